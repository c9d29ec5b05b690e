"""Multi-layer perceptrons."""

from collections.abc import Callable, Iterable
from numbers import Integral
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen
from jax.custom_batching import sequential_vmap

from gangame.core import Array, Key
from gangame.nets.network import Network, from_linen

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    "leaky_relu": lambda x: jax.nn.leaky_relu(x, 0.2),
    "softplus": jax.nn.softplus,
    "elu": jax.nn.elu,
}


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


class BatchNorm(linen.Module):
    """Batch normalisation with the statistics of the batch and no memory, in the float type of its input."""

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, features]` to the same shape."""
        scale = self.param("scale", linen.initializers.ones, x.shape[-1:], x.dtype)
        bias = self.param("bias", linen.initializers.zeros, x.shape[-1:], x.dtype)
        return jax.nn.standardize(x, axis=0, epsilon=1e-5) * scale + bias


class MLP(linen.Module):
    """Dense layers with an activation between them and none after the last; biases start at zero."""

    hidden: tuple[int, ...]
    outputs: int
    activation: Callable[[Array], Array]
    kernel_init: Callable
    maxout: int = 1
    batch_norm: bool = False

    @linen.compact
    def __call__(self, x: Array, with_last: bool = True) -> Array:
        """Maps `[batch, inputs]` to `[batch, outputs]`, or without the last layer to what that one would see."""
        dtype = jnp.result_type(float)

        def dense(width: int, use_bias: bool = True) -> linen.Dense:
            return linen.Dense(width, use_bias=use_bias, kernel_init=self.kernel_init, param_dtype=dtype)

        for width in self.hidden:
            x = dense(width * self.maxout, use_bias=not self.batch_norm)(x)
            if self.batch_norm:
                x = BatchNorm()(x)
            x = x.reshape(*x.shape[:-1], width, self.maxout).max(axis=-1) if self.maxout > 1 else self.activation(x)
        return dense(self.outputs)(x) if with_last else x


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
    squash: bool = False,
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
      batch_norm: normalise each hidden layer over the batch, before the activation (Ioffe & Szegedy 2015,
        https://arxiv.org/abs/1502.03167); outputs then depend on the whole batch.
      scale: the inputs are multiplied by it first.
      squash: end with tanh, for data in [−1, 1].

    Raises:
      ValueError: an unknown name, or a number outside its range.
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation is {activation!r}; it has to be one of {', '.join(ACTIVATIONS)}.")
    if init not in INITIALIZERS:
        raise ValueError(f"init is {init!r}; it has to be one of {', '.join(INITIALIZERS)}.")
    if isinstance(hidden, str) or not isinstance(hidden, Iterable):
        raise ValueError(f"The hidden layers are {hidden!r}; give a sequence of their widths, such as (64,).")
    if not all(isinstance(width, Integral) for width in (inputs, outputs, maxout, *hidden)):
        raise ValueError(f"Layers have the sizes {inputs}, {hidden}, {outputs}; sizes are whole numbers.")
    if min(inputs, outputs, maxout, *hidden) < 1:
        raise ValueError(f"A layer of size {min(inputs, outputs, maxout, *hidden)} is too small; sizes are 1 or more.")
    if not isinstance(gain, jax.core.Tracer) and not gain > 0:
        raise ValueError(f"gain is {gain}; it has to be positive.")
    module = MLP(tuple(hidden), outputs, ACTIVATIONS[activation], INITIALIZERS[init](gain), maxout, batch_norm)
    network = from_linen(module, (inputs,))

    def apply(parameters: dict, x: Array) -> Array:
        y = network.apply(parameters, x * scale)
        return jnp.tanh(y) if squash else y

    def features(parameters: dict, x: Array) -> Array:
        seen, _ = module.apply({"params": parameters}, x * scale, with_last=False, mutable=["batch_stats"])
        return seen

    return Network(network.init, apply, features)
