"""How symmetric images are."""

import jax.numpy as jnp

from gangame.core import Array


def mirror_symmetry(images: Array) -> Array:
    """Returns the correlation `[n]` of each image with its mirror image, left and right exchanged.

    1 for a symmetric image, −1 for one whose halves are opposites, near 0 for noise; NaN for one without contrast. Its
    distribution over fakes against that over real images (`wasserstein_1d`) says whether two halves fit each other.

    Args:
      images: `[n, height, width]`, or with channels as a last axis.

    Raises:
      ValueError: images of another shape.

    Source: Goodfellow, "NIPS 2016 Tutorial: Generative Adversarial Networks", 2016, https://arxiv.org/abs/1701.00160,
    whose slide 63 shows bodies without their other half; the measure is ours.

    Example:
      >>> import jax.numpy as jnp
      >>> mirror_symmetry(jnp.array([[[1.0, 0.0, 1.0]], [[1.0, 0.0, -1.0]]])).tolist()
      [1.0, -1.0]
    """
    images = jnp.asarray(images)
    if images.ndim not in (3, 4):
        raise ValueError(
            f"The images have the shape {images.shape}; it has to be [images, height, width], or with channels as "
            "a last axis."
        )
    axes = tuple(range(1, images.ndim))
    centered = images - jnp.mean(images, axis=axes, keepdims=True)
    return jnp.sum(centered * jnp.flip(centered, axis=2), axis=axes) / jnp.sum(centered**2, axis=axes)
