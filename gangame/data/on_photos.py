"""Images on the background of photographs: MNIST-M."""

import jax.numpy as jnp
import numpy as np

from gangame.data.images import ImageSet, images
from gangame.data.pixels import Images
from gangame.ranges import check_whole


def on_photos(found: ImageSet, seed: int = 0) -> ImageSet:
    """Returns the images of a set, each on a patch of a photograph: |patch − image|, in colour.

    Images for training get patches for training, and those for testing get others; see `images("photos")`.

    Args:
      found: images of one channel or three, square.
      seed: of which patch goes with which image, 0 or more.

    Raises:
      ValueError: images that are not square, or scikit-image is not installed.

    Source: Ganin et al., "Domain-Adversarial Training of Neural Networks", 2016, https://arxiv.org/abs/1505.07818,
    whose MNIST-M has patches of BSDS500.

    Example:
      >>> on_photos(images("digits")).train.shape
      (8, 8, 3)
    """
    check_whole(seed, "seed", 0)
    height, width, _ = found.train.shape
    if height != width:
        raise ValueError(f"The images are {height}×{width}; they have to be square.")
    photos = images("photos", size=height)
    rng = np.random.default_rng(seed)
    train, test = (_blended(one, other, rng) for one, other in ((found.train, photos.train), (found.test, photos.test)))
    facts = found.facts._replace(
        name=f"{found.facts.name} on photos",
        content=f"{found.facts.content}; on {photos.facts.content}",
        licence=f"{found.facts.licence}; {photos.facts.licence}",
        source=f"{found.facts.source}; {photos.facts.source}",
    )
    return ImageSet(train, test, facts)


def _blended(over: Images, photos: Images, rng: np.random.Generator) -> Images:
    bright = np.round(np.asarray(over.pixels, float) * (255 / over.white)).reshape(-1, *over.shape)
    patches = np.asarray(photos.pixels, float)[rng.integers(0, len(photos.pixels), len(bright))]
    pixels = np.abs(patches - bright).astype(np.uint8)
    return Images(jnp.asarray(pixels), over.labels, (*over.shape[:2], 3))
