"""Batch normalisation, and what all normalisations are made of."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from flax import linen

from gangame.core import Array

EPSILON = 1e-5


class Norm(linen.Module):
    """A normalisation: γ x̂ + β, with x̂ of mean 0 and variance 1, and γ and β for each channel.

    Statistics are computed in float32 at least. Each kind of normalisation says over what they are taken.

    Attributes:
      scale_init: how γ starts; β starts at zero.
    """

    scale_init: Callable = linen.initializers.ones

    def standardised(self, x: Array) -> Array:
        """Returns x̂ for `[batch, ..., channels]`."""
        raise NotImplementedError

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, ..., channels]` to the same shape."""
        scale = self.param("scale", self.scale_init, x.shape[-1:], x.dtype)
        bias = self.param("bias", linen.initializers.zeros, x.shape[-1:], x.dtype)
        return (self.standardised(wide(x)) * wide(scale) + wide(bias)).astype(x.dtype)


def wide(x: Array) -> Array:
    """Returns numbers in a type in which sums of many may be taken: float32 for anything shorter."""
    return x.astype(jnp.float32) if jnp.finfo(x.dtype).bits < 32 else x


class BatchNorm(Norm):
    """Over the batch and all places, without memory: each output depends on the whole batch.

    Source: Ioffe & Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
    Shift", 2015, https://arxiv.org/abs/1502.03167.
    """

    def standardised(self, x: Array) -> Array:
        """Returns x̂ for `[batch, ..., channels]`."""
        return jax.nn.standardize(x, axis=range(x.ndim - 1), epsilon=EPSILON)
