"""How near to real images, and how good by themselves, are images that stand for them."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from gangame.core import Array
from gangame.data import Images, ImageSet, laplacian_pyramid
from gangame.metrics import FeatureNetwork, fid


class Truth(NamedTuple):
    """What images are judged by, a pytree.

    Attributes:
      judge: names the classes of images.
      seen: its features of images for training, `[images, features]`.
      images: for testing, `[images, height, width, channels]`.
      labels: of these.
    """

    judge: FeatureNetwork
    seen: Array
    images: Array
    labels: Array


def truth_of(found: ImageSet, judge: FeatureNetwork) -> Truth:
    """Returns the truth of a set, of all its images."""

    def whole(part: Images) -> Array:
        return part.scaled(part.pixels)

    return Truth(judge, jax.jit(judge.features)(whole(found.train)), whole(found.test), found.test.labels)


def likeness(truth: Truth, said: Array) -> dict[str, Array]:
    """Returns the measures of what was said in place of the images for testing, `[images, height, width, channels]`.

    Returns:
      `error`, the mean squared error; `detail`, the energy of the finest level of the Laplacian pyramid over that of
      the truth; `accuracy`, the share that the judge names right; and `fid` of its features, from images for training.
    """
    finest, true_finest = (laplacian_pyramid(each, 2)[0] for each in (said, truth.images))
    return {
        "error": jnp.mean((said - truth.images) ** 2),
        "detail": jnp.sum(finest**2) / jnp.sum(true_finest**2),
        "accuracy": jnp.mean(truth.judge.classes(said) == truth.labels),
        "fid": fid(truth.seen, truth.judge.features(said)),
    }
