"""Sliced Wasserstein distance between the patches of images, for each level of detail."""

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.data.pyramid import laplacian_pyramid
from gangame.metrics.wasserstein import sliced_wasserstein


def _patches(images: Array, key: Key, size: int, per_image: int) -> Array:
    """Returns random patches `[n · per_image, size · size · channels]`, each channel with mean 0 and deviation 1."""
    height, width, channels = images.shape[1:]
    keys = jax.random.split(key)
    tops = jax.random.randint(keys[0], (len(images), per_image), 0, height - size + 1)
    lefts = jax.random.randint(keys[1], (len(images), per_image), 0, width - size + 1)

    def cut(image: Array, top: Array, left: Array) -> Array:
        return jax.lax.dynamic_slice(image, (top, left, jnp.zeros_like(top)), (size, size, channels))

    patches = jax.vmap(jax.vmap(cut, in_axes=(None, 0, 0)))(images, tops, lefts)
    patches = patches - jnp.mean(patches, axis=(0, 1, 2, 3))
    patches = patches / jnp.std(patches, axis=(0, 1, 2, 3))
    return patches.reshape(len(images) * per_image, -1)


def patch_wasserstein(
    real: Array,
    fake: Array,
    key: Key,
    *,
    coarsest: int = 16,
    patch: int = 7,
    per_image: int = 128,
    num_projections: int = 512,
) -> Array:
    """Returns the sliced Wasserstein distance between patches of images, times 1000, for each level of a pyramid.

    Each level of the Laplacian pyramid gives random patches, normalised for each channel over all patches of the set.

    Args:
      real: `[num_real, height, width, channels]`.
      fake: `[num_fake, height, width, channels]`.
      key: draws patches and directions.
      coarsest: the pyramid goes on while half the height is this or more; `patch` or more.
      patch: height and width of a patch.
      per_image: number of patches of each image on each level, 1 or more.
      num_projections: number of directions.

    Returns:
      `[levels]`, the finest first.

    Raises:
      ValueError: images of another shape, or too small.

    Source: Karras, Aila, Laine, Lehtinen, "Progressive Growing of GANs for Improved Quality, Stability, and Variation",
    2018, https://arxiv.org/abs/1710.10196.

    Example:
      >>> import jax
      >>> images = jax.random.normal(jax.random.key(0), (4, 32, 32, 1))
      >>> patch_wasserstein(images, images, jax.random.key(1), per_image=8).shape
      (2,)
    """
    real, fake = jnp.asarray(real), jnp.asarray(fake)
    if real.ndim != 4 or real.shape[1:] != fake.shape[1:]:
        raise ValueError(
            f"The images have the shapes {real.shape} and {fake.shape}; both have to be [images, height, width, "
            "channels], of the same size."
        )
    side = min(real.shape[1:3])
    if not 1 <= patch <= coarsest <= side or per_image < 1:
        raise ValueError(
            f"patch is {patch}, coarsest {coarsest}, per_image {per_image}; a patch fits into the coarsest level, that "
            f"into the images of {side}, and each image gives 1 patch or more."
        )
    num_levels = (side // coarsest).bit_length()
    distances = []
    for level, pair in enumerate(
        zip(laplacian_pyramid(real, num_levels), laplacian_pyramid(fake, num_levels), strict=True)
    ):
        keys = jax.random.split(jax.random.fold_in(key, level), 3)
        one, other = (_patches(images, each, patch, per_image) for images, each in zip(pair, keys[:2], strict=True))
        distances.append(sliced_wasserstein(one, other, keys[2], num_projections=num_projections))
    return 1000 * jnp.stack(distances)
