"""Spectral normalisation, without memory: a network none of whose linear layers stretches anything."""

import jax
import jax.numpy as jnp
from jax import lax

from gangame.core import Array, PyTree
from gangame.nets.kernels import is_kernel
from gangame.nets.network import Network
from gangame.ranges import check_sizes


def largest_singular_value(matrix: Array, num_iterations: int = 20) -> Array:
    """Returns σ(W) by power iteration, from below, of a matrix `[n, m]`; 0 for one of zeros.

    The relative error is below (σ₂/σ₁)^(2 num_iterations), times a factor of the start. The start is one fixed vector
    without a pattern, so the result is a function of the matrix alone. Derivatives go through the iteration, the second
    ones too; those of a matrix of zeros, which has none, are taken as zero.
    """
    start = jnp.cos(jnp.arange(matrix.shape[1], dtype=matrix.dtype) ** 2 + 1)

    def length(vector: Array) -> Array:
        squares = jnp.sum(vector**2)
        return jnp.where(squares > 0, jnp.sqrt(jnp.where(squares > 0, squares, 1)), 0)

    def unit(vector: Array) -> Array:
        return vector / _or_one(length(vector))

    def improve(vector: Array, _: None) -> tuple[Array, None]:
        return unit(matrix.T @ (matrix @ vector)), None

    vector, _ = lax.scan(improve, unit(start), length=num_iterations)
    return length(matrix @ vector)


def _or_one(number: Array) -> Array:
    """Returns what to divide by: a kernel of zeros stays as it is."""
    return jnp.where(number > 0, number, 1)


def spectrally_normalised(network: Network, num_iterations: int = 20) -> Network:
    """Returns the network with each kernel divided by its largest singular value, at every evaluation anew.

    A chain of linear layers and activations of slope 1 at most then has slope 1 at most, up to the error of the power
    iteration. What else a network has keeps its slope: sums, as in residual blocks and projections, norms, and the
    features of minibatch discrimination, whose directions have lengths of their own and are left alone, as are scales
    and biases of conditional norms. A kernel is any other array of two axes or more, taken as a matrix with one column
    for each output; of a convolution that is the usual stand-in for the norm of the map. The published layer remembers
    its vectors between steps and improves them once in each; here nothing is remembered, as losses of a game have no
    memory.

    Args:
      network: whose parameters are arrays in any tree.
      num_iterations: of the power iteration, 1 or more.

    Raises:
      ValueError: no iteration.

    Source: Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018,
    https://arxiv.org/abs/1802.05957.

    Example:
      >>> from gangame import nets
      >>> line = spectrally_normalised(nets.mlp(2, (), 1))
      >>> parameters = {"Dense_0": {"kernel": jnp.array([[3.0], [4.0]]), "bias": jnp.zeros(1)}}
      >>> print(line.apply(parameters, jnp.array([[1.0, 2.0]])).round(4))  # (3 + 8)/5
      [[2.2]]
    """
    check_sizes(num_iterations=num_iterations)

    def normalise(path: tuple, leaf: Array) -> Array:
        if not is_kernel(getattr(path[-1], "key", None) if path else None, leaf):
            return leaf
        return leaf / _or_one(largest_singular_value(leaf.reshape(-1, leaf.shape[-1]), num_iterations))

    def normalised(parameters: PyTree) -> PyTree:
        return jax.tree_util.tree_map_with_path(normalise, parameters)

    return network.reparametrised(network.init, normalised)
