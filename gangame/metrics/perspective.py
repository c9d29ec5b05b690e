"""Which way the lines of an image run, and whether two parts agree on it."""

import jax.numpy as jnp

from gangame.core import Array


def _structure(images: Array) -> tuple[Array, Array]:
    """Returns Σ(gₓ² − g_y²) and Σ2gₓg_y of the image gradients: a vector at twice the angle of the mean gradient."""
    if images.ndim != 3 or min(images.shape[1:]) < 3:
        raise ValueError(
            f"The images have the shape {images.shape}; it has to be [images, height, width], of 3 pixels or more."
        )
    down = (images[:, 2:, 1:-1] - images[:, :-2, 1:-1]) / 2
    right = (images[:, 1:-1, 2:] - images[:, 1:-1, :-2]) / 2
    return jnp.sum(right**2 - down**2, axis=(1, 2)), jnp.sum(2 * right * down, axis=(1, 2))


def line_angle(images: Array) -> Array:
    """Returns the angle `[n]` in [−π/2, π/2] at which the lines of each image run, 0 for level ones.

    Lines run across the gradient, whose dominant direction is that of the structure tensor. Angles are counted from the
    horizontal towards the bottom of the image; π/2 and −π/2 are the same.

    Args:
      images: `[n, height, width]`, 3 pixels or more each way.

    Raises:
      ValueError: images of another shape.

    Source: Bigün, Granlund, "Optimal orientation detection of linear symmetry", 1987.

    Example:
      >>> import jax.numpy as jnp
      >>> stripes = jnp.tile(jnp.array([0.0, 0.0, 1.0, 1.0, 0.0])[:, None], (1, 5))
      >>> abs(float(line_angle(stripes[None])[0])) < 1e-6
      True
    """
    difference, product = _structure(jnp.asarray(images))
    return jnp.arctan2(-product, -difference) / 2  # the other sign is the direction across


def parallelism(images: Array) -> Array:
    """Returns how parallel the lines in the left half of each image are to those in the right half, `[n]`.

        cos 2(α_left − α_right):    1 for parallel, −1 for perpendicular lines; NaN where a half has none

    Args:
      images: `[n, height, width]`, 3 pixels or more high and 6 or more wide.

    Raises:
      ValueError: images of another shape.

    Source: Goodfellow, "NIPS 2016 Tutorial: Generative Adversarial Networks", 2016, https://arxiv.org/abs/1701.00160,
    whose slide 62 shows scenes that have no common perspective; the measure is ours.

    Example:
      >>> import jax.numpy as jnp
      >>> level = jnp.tile(jnp.array([0.0, 0.0, 1.0, 1.0, 0.0])[:, None], (1, 5))
      >>> round(float(parallelism(jnp.concatenate([level, level.T], axis=1)[None])[0]), 5)
      -1.0
    """
    images = jnp.asarray(images)
    half = images.shape[-1] // 2
    left, right = (jnp.stack(_structure(part)) for part in (images[..., :half], images[..., -half:]))
    return jnp.sum(left * right, axis=0) / (jnp.linalg.norm(left, axis=0) * jnp.linalg.norm(right, axis=0))
