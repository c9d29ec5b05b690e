"""Layers that draw: Gaussian noise and dropout. They do so given a stream "noise", else they are idle."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen

from gangame.core import Array
from gangame.ranges import is_number


class GaussianNoise(linen.Module):
    """Adds independent normal noise to each number.

    Attributes:
      std: standard deviation, 0 or more.

    Source: Salimans et al., "Improved Techniques for Training GANs", 2016, https://arxiv.org/abs/1606.03498.
    """

    std: Any

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, ...]` to the same shape."""
        if not self.has_rng("noise"):
            return x
        return x + jnp.asarray(self.std).astype(x.dtype) * jax.random.normal(self.make_rng("noise"), x.shape, x.dtype)


class Dropout(linen.Module):
    """Sets each number to zero with probability p and divides the others by 1 − p, which keeps the mean.

    Attributes:
      rate: p, 0 or more and below 1.

    Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014,
    https://jmlr.org/papers/v15/srivastava14a.html.
    """

    rate: Any

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, ...]` to the same shape."""
        if not self.has_rng("noise"):
            return x
        kept = 1 - jnp.asarray(self.rate, float)
        chosen = jax.random.bernoulli(self.make_rng("noise"), kept, x.shape)
        return jnp.where(chosen, x / kept.astype(x.dtype), 0)


def per_layer(name: str, given: Any, num_layers: int, below: float) -> tuple:
    """Returns one number for each layer, from one for all or several of them; `()` where all are known and zero.

    Args:
      name: of the argument, for the message.
      given: a number, or a sequence or an array `[num_layers]`; any of them may be traced.
      num_layers: how many layers there are.
      below: what each number has to stay below.

    Raises:
      ValueError: another number of numbers, or one outside its range.
    """
    several = np.ndim(given) == 1 if isinstance(given, (jax.Array, np.ndarray)) else isinstance(given, (tuple, list))
    numbers = tuple(given) if several else (given,) * num_layers
    if len(numbers) != num_layers:
        raise ValueError(
            f"{name} is {given}, which is {len(numbers)} numbers; give one for all, or {num_layers}: one for the input "
            "and one for each hidden layer."
        )
    known = [number for number in numbers if not isinstance(number, jax.core.Tracer)]
    if not all(is_number(number) and 0 <= number < below for number in known):
        upper = "" if below == jnp.inf else f" and below {below:g}"
        raise ValueError(f"{name} is {given}; each has to be 0 or more{upper}.")
    return numbers if len(known) < len(numbers) or any(known) else ()
