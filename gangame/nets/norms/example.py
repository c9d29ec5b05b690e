"""Normalisations of each example by itself: layer, instance and group."""

import jax

from gangame.core import Array
from gangame.nets.norms.batch import EPSILON, Norm


class LayerNorm(Norm):
    """Over all places and channels of an example.

    Source: Ba, Kiros, Hinton, "Layer Normalization", 2016, https://arxiv.org/abs/1607.06450.
    """

    def standardised(self, x: Array) -> Array:
        """Returns x̂ for `[batch, ..., channels]`."""
        return jax.nn.standardize(x, axis=range(1, x.ndim), epsilon=EPSILON)


class InstanceNorm(Norm):
    """Over the places of one channel of an example, so for images only.

    Source: Ulyanov, Vedaldi, Lempitsky, "Instance Normalization: The Missing Ingredient for Fast Stylization", 2016,
    https://arxiv.org/abs/1607.08022.
    """

    def standardised(self, x: Array) -> Array:
        """Returns x̂ for `[batch, ..., channels]`."""
        if x.ndim < 3:
            raise ValueError(f"Inputs of shape {x.shape} have no places to take statistics over; use another norm.")
        return jax.nn.standardize(x, axis=range(1, x.ndim - 1), epsilon=EPSILON)


class GroupNorm(Norm):
    """Over the places and the channels of one group of channels of an example.

    Attributes:
      num_groups: at most; fewer where channels do not divide into so many, and where there are no places, so that a
        group has four channels or more.

    Source: Wu & He, "Group Normalization", 2018, https://arxiv.org/abs/1803.08494.
    """

    num_groups: int = 32

    def standardised(self, x: Array) -> Array:
        """Returns x̂ for `[batch, ..., channels]`."""
        channels = x.shape[-1]
        most = channels if x.ndim > 2 else max(channels // 4, 1)
        groups = next(number for number in range(min(self.num_groups, most), 0, -1) if channels % number == 0)
        apart = x.reshape(*x.shape[:-1], groups, channels // groups)
        axes = (*range(1, x.ndim - 1), x.ndim)
        return jax.nn.standardize(apart, axis=axes, epsilon=EPSILON).reshape(x.shape)
