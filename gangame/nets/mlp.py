"""Multi-layer perceptrons."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen
from jax.custom_batching import sequential_vmap

from gangame.core import Array, Key, PyTree
from gangame.nets.labels import beside, points_and_classes
from gangame.nets.minibatch import check_minibatch, with_minibatch
from gangame.nets.network import Network, from_linen
from gangame.nets.noise import Dropout, GaussianNoise, per_layer
from gangame.nets.norms import NORMS, check_norm, examples, normalised, num_references, prepared
from gangame.nets.precision import computed_in
from gangame.nets.weight_norm import weight_normalised
from gangame.ranges import check_positive, is_whole

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    "leaky_relu": lambda x: jax.nn.leaky_relu(x, 0.2),
    "softplus": jax.nn.softplus,
    "elu": jax.nn.elu,
}

SQUASHES: dict[str, Callable[[Array], Array]] = {"tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}


def orthogonal(gain: float) -> Callable:
    """Returns the orthogonal initialiser, which under `jax.vmap` factorises one matrix after the other.

    A batched QR factorisation on the CPU can wait for ever: its kernel blocks a thread of the pool until other threads
    of the same pool have worked, and two such kernels at once fill a pool of two threads (jaxlib 0.10).
    """

    def init(key: Key, shape: tuple[int, ...], dtype: Any = float) -> Array:
        return gain * sequential_vmap(lambda key: jax.nn.initializers.orthogonal()(key, shape, dtype))(key)

    return init


INITIALIZERS: dict[str, Callable[[float], Callable]] = {
    "orthogonal": orthogonal,
    "normal": lambda gain: jax.nn.initializers.normal(gain),
    "glorot": lambda gain: jax.nn.initializers.variance_scaling(gain**2, "fan_avg", "uniform"),
    "lecun": lambda gain: jax.nn.initializers.variance_scaling(gain**2, "fan_in", "normal"),
}


class MLP(linen.Module):
    """Dense layers with an activation between them and none after the last; biases start at zero."""

    hidden: tuple[int, ...]
    outputs: int
    activation: Callable[[Array], Array]
    kernel_init: Callable
    maxout: int = 1
    norm: str = "none"
    scale: float = 1.0
    squash: bool | str = False
    noise: tuple[Any, ...] = ()
    dropout: tuple[Any, ...] = ()
    minibatch: str = "none"
    num_classes: int = 0
    num_references: int = 0

    @linen.compact
    def __call__(self, inputs: PyTree, with_last: bool = True) -> Array:
        """Maps `[batch, inputs]` to `[batch, outputs]`, or without the last layer to what comes out before it."""
        dtype = jnp.result_type(float)

        def dense(width: int, use_bias: bool = True) -> linen.Dense:
            return linen.Dense(width, use_bias=use_bias, kernel_init=self.kernel_init, param_dtype=dtype)

        def disturbed(x: Array, layer: int) -> Array:
            x = GaussianNoise(self.noise[layer])(x) if self.noise else x
            return Dropout(self.dropout[layer])(x) if self.dropout else x

        x, classes = points_and_classes(inputs, self.num_classes)
        x = x * self.scale
        x = x if self.norm == "conditional" else beside(x, classes)
        for layer, width in enumerate(self.hidden):
            x = dense(width * self.maxout, use_bias=NORMS[self.norm] is None)(disturbed(x, layer))
            x = normalised(self.norm, x, classes=classes, num_references=self.num_references)
            x = x.reshape(*x.shape[:-1], width, self.maxout).max(axis=-1) if self.maxout > 1 else self.activation(x)
        x = examples(x, self.num_references)
        if not with_last:
            return x
        x = dense(self.outputs)(with_minibatch(self.minibatch, disturbed(x, len(self.hidden))))
        return SQUASHES[self.squash](x) if self.squash else x  # type: ignore[index]


def mlp(
    inputs: int,
    hidden: tuple[int, ...],
    outputs: int,
    *,
    activation: str = "relu",
    init: str = "orthogonal",
    gain: float = 1.0,
    maxout: int = 1,
    batch_norm: bool = False,
    scale: float = 1.0,
    squash: bool | str = False,
    noise: float | Sequence[float] | Array = 0.0,
    dropout: float | Sequence[float] | Array = 0.0,
    weight_norm: bool = False,
    norm: str = "none",
    reference: PyTree = None,
    minibatch: str = "none",
    num_classes: int = 0,
    dtype: str | None = None,
) -> Network:
    """Returns a multi-layer perceptron from `[batch, inputs]` to `[batch, outputs]`.

    Parameters have the default float type of JAX at the time of `init`: float32, or float64 under `jax.enable_x64`.

    Args:
      inputs: number of inputs, 1 or more.
      hidden: widths of the hidden layers, each 1 or more; `()` is a linear map.
      outputs: number of outputs, 1 or more.
      activation: one of `ACTIVATIONS`: "relu", "tanh", "leaky_relu" (slope 0.2), "softplus", "elu".
      init: how the kernels start, one of `INITIALIZERS`: "orthogonal" and "normal" (of standard deviation `gain`),
        "glorot" (uniform) and "lecun" (normal), both times `gain`.
      gain: scale of the kernels at the start, positive.
      maxout: 1 for the activation; m > 1 replaces it by the maximum over m linear pieces for each unit (Goodfellow et
        al. 2013, https://arxiv.org/abs/1302.4389).
      batch_norm: short for `norm="batch"`.
      scale: the inputs are multiplied by it first.
      squash: how it ends: "tanh" (or `True`) for data in [−1, 1], "sigmoid" for data in [0, 1], `False` for neither.
      noise: standard deviation of normal noise on what each layer sees, 0 or more: one number, or one for the input and
        one for each hidden layer, any of which may be traced. Where it is not 0 the network is stochastic.
      dropout: probability that a number which a layer sees is set to zero, 0 or more and below 1, given like `noise`.
      weight_norm: each column of a kernel has a length of its own, see `weight_normalised`.
      norm: of each hidden layer, before the activation, one of `NORMS`: "none", "batch" (outputs then depend on the
        whole batch), "reference", "virtual", "layer", "group", "conditional" (on the labels), or "spectral", which
        divides the kernels.
      reference: the reference batch of "reference" and "virtual", `[references, inputs]`, or (inputs, labels).
      minibatch: what the last layer sees besides, of the whole batch: "none", "discrimination" or "deviation", see
        `nets.minibatch`.
      num_classes: 0, or the number of classes: the network then takes a pair (inputs, labels), and has one-hot classes
        beside the inputs, or with the norm "conditional" only there.
      dtype: what it computes in, such as "bfloat16", or `None` for the type of its parameters; see `computed_in`.

    Returns:
      The network. Its features are the outputs of its last hidden layer, without the noise on them.

    Raises:
      ValueError: an unknown name, or a number outside its range.

    Example:
      The networks of Salimans et al. 2016 (https://arxiv.org/abs/1606.03498) for MNIST with few labels:

      >>> generator = mlp(100, (500, 500), 784, activation="softplus", batch_norm=True, squash="sigmoid")
      >>> noise = (0.3, 0.5, 0.5, 0.5, 0.5, 0.5)
      >>> discriminator = mlp(784, (1000, 500, 250, 250, 250), 10, noise=noise, weight_norm=True)
      >>> discriminator.stochastic
      True
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation is {activation!r}; it has to be one of {', '.join(ACTIVATIONS)}.")
    if init not in INITIALIZERS:
        raise ValueError(f"init is {init!r}; it has to be one of {', '.join(INITIALIZERS)}.")
    if isinstance(hidden, str) or not isinstance(hidden, Iterable):
        raise ValueError(f"The hidden layers are {hidden!r}; give a sequence of their widths, such as (64,).")
    if not all(is_whole(width) for width in (inputs, outputs, maxout, *hidden)):
        raise ValueError(f"Layers have the sizes {inputs}, {hidden}, {outputs}; sizes are whole numbers.")
    if min(inputs, outputs, maxout, *hidden) < 1:
        raise ValueError(f"A layer of size {min(inputs, outputs, maxout, *hidden)} is too small; sizes are 1 or more.")
    check_positive(gain=gain)
    squash = "tanh" if squash is True else squash
    if squash and squash not in SQUASHES:
        raise ValueError(f"squash is {squash!r}; it has to be one of {', '.join(SQUASHES)}, True or False.")
    if batch_norm and norm not in ("none", "batch"):
        raise ValueError(f"norm is {norm!r} and batch_norm is set; choose one of them.")
    norm = "batch" if batch_norm else norm
    check_norm(norm, reference, num_classes)
    check_minibatch(minibatch)
    hidden = tuple(hidden)
    noises = per_layer("noise", noise, len(hidden) + 1, math.inf)
    rates = per_layer("dropout", dropout, len(hidden) + 1, 1)
    module = MLP(
        hidden, outputs, ACTIVATIONS[activation], INITIALIZERS[init](gain), maxout, norm, scale, squash, noises, rates,
        minibatch, num_classes, num_references(reference),
    )  # fmt: skip
    network = from_linen(
        module, (inputs,), features=True, stochastic=bool(noises or rates), labelled=num_classes > 0,
        num_examples=2 + num_references(reference),
    )  # fmt: skip
    network = prepared(computed_in(network, dtype), norm, reference)
    return weight_normalised(network) if weight_norm else network
