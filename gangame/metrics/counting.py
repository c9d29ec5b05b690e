"""How many separate parts an image has."""

import jax
import jax.numpy as jnp

from gangame.core import Array


def count_parts(images: Array, *, threshold: float | Array) -> Array:
    """Returns the number `[n]` of connected parts of each image, pixels that touch at a side or corner being connected.

    Every bright pixel starts with a number of its own and takes the largest among its bright neighbours until nothing
    changes; then each part has one pixel that still has its own.

    Args:
      images: `[n, height, width]`.
      threshold: pixels above it are bright.

    Raises:
      ValueError: images of another shape.

    Source: Goodfellow, "NIPS 2016 Tutorial: Generative Adversarial Networks", 2016, https://arxiv.org/abs/1701.00160,
    whose slide 61 shows animals with too many heads; Rosenfeld, Pfaltz, "Sequential Operations in Digital Picture
    Processing", 1966, https://doi.org/10.1145/321356.321357, for connected parts.

    Example:
      >>> import jax.numpy as jnp
      >>> image = jnp.array([[1, 0, 0, 1], [1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0]])
      >>> count_parts(image[None], threshold=0.5).tolist()
      [3]
    """
    images = jnp.asarray(images)
    if images.ndim != 3:
        raise ValueError(f"The images have the shape {images.shape}; it has to be [images, height, width].")
    bright = images > jnp.asarray(threshold)
    height, width = images.shape[1:]
    own = jnp.arange(1, height * width + 1, dtype=jnp.int32).reshape(height, width)

    def spread(numbers: Array) -> Array:
        window = jax.lax.reduce_window(numbers, jnp.int32(0), jax.lax.max, (1, 3, 3), (1, 1, 1), "SAME")
        return jnp.where(bright, window, 0)

    def changed(carry: tuple[Array, Array]) -> Array:
        return jnp.any(carry[0] != carry[1])

    start = jnp.where(bright, own, 0)
    numbers, _ = jax.lax.while_loop(changed, lambda carry: (spread(carry[0]), carry[0]), (spread(start), start))
    return jnp.sum(bright & (numbers == own), axis=(1, 2), dtype=jnp.int32)
