"""Real images, and what is left of them: pairs for image to image and for super-resolution."""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.data.pixels import Images
from gangame.ranges import check_whole


def outlines(images: Array) -> Array:
    """Returns where images change: 1 where Sobel's slope is more than a quarter of the largest one, −1 elsewhere.

    Args:
      images: `[n, height, width, channels]` in [−1, 1].

    Returns:
      `[n, height, width, 1]`, of the mean over channels.

    Source: Sobel, Feldman, "A 3x3 isotropic gradient operator for image processing", 1968.
    """
    grey = jnp.pad(jnp.mean(images, axis=-1), ((0, 0), (1, 1), (1, 1)), mode="edge")
    across = grey[:, :, 2:] - grey[:, :, :-2]
    down = grey[:, 2:] - grey[:, :-2]
    across = across[:, :-2] + 2 * across[:, 1:-1] + across[:, 2:]
    down = down[:, :, :-2] + 2 * down[:, :, 1:-1] + down[:, :, 2:]
    largest = 8  # of a step from −1 to 1 along an axis
    steep = across**2 + down**2 > (largest / 4) ** 2
    return jnp.where(steep, 1.0, -1.0).astype(images.dtype)[..., None]


def coarsened(images: Array, factor: int = 4) -> Array:
    """Returns images of as many pixels, all those of a square of `factor × factor` being their mean.

    Args:
      images: `[n, height, width, channels]`; `factor` divides height and width.
      factor: 1 or more.
    """
    number, height, width, channels = images.shape
    squares = images.reshape(number, height // factor, factor, width // factor, factor, channels)
    means = jnp.mean(squares, axis=(2, 4), keepdims=True)
    return jnp.broadcast_to(means, squares.shape).reshape(images.shape)


LEFT: dict[str, Callable[[Array, int], Array]] = {
    "outlines": lambda images, factor: outlines(images),
    "coarse": coarsened,
}
"""What is left of an image, by name."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class ImagePairs:
    """Images drawn uniformly, as the answers to what is left of them.

    Attributes:
      images: of which the targets are drawn.
      left: what the inputs are, a name in `LEFT`.
      factor: of "coarse".
    """

    images: Images
    left: str = dataclasses.field(metadata={"static": True})
    factor: int = dataclasses.field(metadata={"static": True})

    @property
    def shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Shapes of one input and of one target."""
        size = self.images.shape
        return (*size[:2], 1) if self.left == "outlines" else size, size

    def __call__(self, key: Key, num_samples: int) -> tuple[Array, Array]:
        """Returns inputs and targets, `[num_samples, height, width, channels]` each, in [−1, 1]."""
        targets = self.images(key, num_samples)
        return self.inputs(targets), targets

    def inputs(self, images: Array) -> Array:
        """Returns what is left of images."""
        return LEFT[self.left](images, self.factor)


def image_pairs(images: Images, left: str = "outlines", factor: int = 4) -> ImagePairs:
    """Returns a sampler of pairs of what is left of an image, and the image.

    Args:
      images: of which the pairs are made, as pictures and not flat.
      left: "outlines", where the image changes, as black and white; or "coarse", the mean of each square of pixels, in
        as many pixels as the image has.
      factor: side of such a square, 1 or more; it divides height and width.

    Raises:
      ValueError: an unknown name, flat images, or another factor.

    Source: the tasks of Isola et al. 2017, https://arxiv.org/abs/1611.07004 (edges to photographs), and of Ledig et al.
      2017, https://arxiv.org/abs/1609.04802 (super-resolution); slides 6 and 9 of the tutorial.

    Example:
      >>> from gangame import data
      >>> pairs = image_pairs(data.images("digits").train, "coarse")
      >>> inputs, targets = pairs(jax.random.key(0), 3)
      >>> inputs.shape, bool(jnp.all(abs(inputs[:, :4, :4] - targets[:, :4, :4].mean((1, 2), keepdims=True)) < 1e-6))
      ((3, 8, 8, 1), True)
    """
    if left not in LEFT:
        raise ValueError(f"left is {left!r}; it has to be one of {', '.join(LEFT)}.")
    check_whole(factor, "factor", 1)
    if images.pixels.ndim != 4:
        raise ValueError("The images are flat; pairs are of pictures, [images, height, width, channels].")
    if left == "coarse" and any(side % factor for side in images.shape[:2]):
        raise ValueError(
            f"factor is {factor} and the images are {images.shape[0]}×{images.shape[1]}; it has to divide both sides."
        )
    return ImagePairs(images, left, factor)
