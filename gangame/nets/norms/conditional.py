"""Conditional batch normalisation: each class has a scale and an offset of its own."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from flax import linen

from gangame.core import Array
from gangame.nets.norms.batch import EPSILON, wide


class ConditionalBatchNorm(linen.Module):
    """γ_y x̂ + β_y with the statistics of the batch, over all classes in it.

    Attributes:
      scale_init: how γ starts, for each class; β starts at zero.

    Source: Dumoulin, Shlens, Kudlur, "A Learned Representation For Artistic Style", 2017,
    https://arxiv.org/abs/1610.07629; de Vries et al., "Modulating early visual processing by language", 2017,
    https://arxiv.org/abs/1707.00683.
    """

    scale_init: Callable = linen.initializers.ones

    @linen.compact
    def __call__(self, x: Array, classes: Array) -> Array:
        """Maps `[batch, ..., channels]` and one-hot classes `[batch, classes]` to the shape of the former."""
        shape = (classes.shape[-1], x.shape[-1])
        scale = self.param("scale", self.scale_init, shape, x.dtype)
        bias = self.param("bias", linen.initializers.zeros, shape, x.dtype)

        def chosen(each: Array) -> Array:
            return jnp.expand_dims(wide(classes) @ wide(each), range(1, x.ndim - 1))

        standardised = jax.nn.standardize(wide(x), axis=range(x.ndim - 1), epsilon=EPSILON)
        return (standardised * chosen(scale) + chosen(bias)).astype(x.dtype)
