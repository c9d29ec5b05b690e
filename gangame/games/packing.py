"""Packing: the discriminator judges several samples at once, so it sees whether they are all alike."""

from gangame.core import Array


def packed(points: Array, num_packed: int) -> Array:
    """Returns packs of m points each, side by side along the last axis: `[batch, ..., c]` to `[batch/m, ..., m·c]`.

    A pack is made of neighbours in the batch; samples are independent, so any m would do.

    Args:
      points: data or samples, `[batch, ..., c]`, c features or channels.
      num_packed: m, which divides the batch; 1 changes nothing.

    Source: Lin et al., "PacGAN: The power of two samples in generative adversarial networks", 2018,
    https://arxiv.org/abs/1712.04086.

    Example:
      >>> import jax.numpy as jnp
      >>> print(packed(jnp.arange(8).reshape(4, 2), 2))
      [[0 1 2 3]
       [4 5 6 7]]
    """
    if num_packed == 1:
        return points
    batch, *inner, channels = points.shape
    together = points.reshape(batch // num_packed, num_packed, *inner, channels)
    axes = (0, *range(2, 2 + len(inner)), 1, 2 + len(inner))
    return together.transpose(axes).reshape(batch // num_packed, *inner, num_packed * channels)
