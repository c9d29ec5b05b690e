"""Weight normalisation: the length of each column of a kernel is a parameter of its own."""

import jax.numpy as jnp
from flax.traverse_util import flatten_dict, unflatten_dict

from gangame.core import Array, Key, PyTree
from gangame.nets.kernels import is_kernel
from gangame.nets.network import Network


def column_lengths(kernel: Array) -> Array:
    """Returns the norm of what leads to each output, `[outputs]`, of a kernel `[..., outputs]`."""
    return jnp.sqrt(jnp.sum(kernel**2, axis=range(kernel.ndim - 1)))


def weight_normalised(network: Network) -> Network:
    """Returns the network whose kernels are w = g v/‖v‖, one column for each output, with parameters g and v.

    The gradient for v has no part along v. At the start g = ‖v‖, so the network starts as it would without; the
    published start, which takes g and the biases from the activations of a first batch, would need data at `init`.

    Args:
      network: whose parameters are arrays in nested dictionaries; a kernel is any of two axes or more but the scales
        and biases of conditional norms, and the directions of minibatch features, which have lengths already.

    Returns:
      The network; beside each "kernel" among its parameters stands a "kernel_length".

    Source: Salimans & Kingma, "Weight Normalization: A Simple Reparameterization to Accelerate Training of Deep Neural
    Networks", 2016, https://arxiv.org/abs/1602.07868.

    Example:
      >>> from gangame import nets
      >>> line = weight_normalised(nets.mlp(2, (), 1))
      >>> layer = {"kernel": jnp.array([[3.0], [4.0]]), "kernel_length": jnp.array([10.0]), "bias": jnp.zeros(1)}
      >>> print(line.apply({"Dense_0": layer}, jnp.array([[1.0, 2.0]])).round(4))  # 10 (3 + 8)/5
      [[22.]]
    """

    def init(key: Key) -> PyTree:
        leaves = flatten_dict(network.init(key))
        lengths = {_length(path): column_lengths(leaf) for path, leaf in leaves.items() if is_kernel(path[-1], leaf)}
        return unflatten_dict({**leaves, **lengths})

    def normalised(parameters: PyTree) -> PyTree:
        leaves = flatten_dict(parameters)
        lengths = {path: leaves.pop(_length(path)) for path, leaf in list(leaves.items()) if is_kernel(path[-1], leaf)}
        for path, length in lengths.items():
            leaves[path] = leaves[path] * (length / column_lengths(leaves[path]))
        return unflatten_dict(leaves)

    return network.reparametrised(init, normalised)


def _length(path: tuple[str, ...]) -> tuple[str, ...]:
    return (*path[:-1], f"{path[-1]}_length")
