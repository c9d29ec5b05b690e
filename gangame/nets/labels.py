"""How a network takes labels: beside its inputs, or as the direction that its features should have."""

import jax
import jax.numpy as jnp
from flax import linen

from gangame.core import Array, PyTree


def points_and_classes(inputs: PyTree, num_classes: int) -> tuple[Array, Array | None]:
    """Returns the points and their one-hot classes `[batch, classes]`, or `None` where there are no classes.

    Args:
      inputs: points `[batch, ...]`; with classes a pair of these and labels, which are whole numbers `[batch]`, or
        weights of the classes `[batch, classes]`, which stay as they are.
      num_classes: 0 for no labels.
    """
    if not num_classes:
        return inputs, None
    points, labels = inputs
    if labels.ndim == 1:
        labels = jax.nn.one_hot(labels, num_classes, dtype=points.dtype)
    return points, labels.astype(points.dtype)


def beside(x: Array, classes: Array | None) -> Array:
    """Returns inputs with the classes as further channels, the same at each place.

    Args:
      x: `[batch, ..., channels]`.
      classes: `[batch, classes]`, or `None` to leave the inputs alone.
    """
    if classes is None:
        return x
    everywhere = jnp.expand_dims(classes, range(1, x.ndim - 1))
    return jnp.concatenate([x, jnp.broadcast_to(everywhere, (*x.shape[:-1], classes.shape[-1]))], axis=-1)


class Projection(linen.Module):
    """⟨v_y, h⟩, the part of the features h along the direction v_y of their class: `[batch, 1]`.

    Added to the output of an unconditional discriminator it makes the projection discriminator. The directions are the
    columns of its kernel, so weight normalisation gives each class a length of its own.

    Attributes:
      kernel_init: how the directions start.

    Source: Miyato & Koyama, "cGANs with Projection Discriminator", 2018, https://arxiv.org/abs/1802.05637.
    """

    kernel_init: jax.nn.initializers.Initializer = linen.initializers.glorot_uniform()

    @linen.compact
    def __call__(self, features: Array, classes: Array) -> Array:
        """Maps features `[batch, features]` and one-hot classes `[batch, classes]` to `[batch, 1]`."""
        kernel = self.param("kernel", self.kernel_init, (features.shape[-1], classes.shape[-1]), features.dtype)
        return jnp.sum((features @ kernel) * classes, axis=-1, keepdims=True)
