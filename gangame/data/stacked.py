"""Stacked digits: three grey images as the three colours of one, a distribution of 1,000 known modes."""

import dataclasses

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.data.pixels import Images

COLOURS = 3


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Stacked:
    """Three independent draws from grey images, stacked as channels; made by `stacked`.

    Attributes:
      images: the grey images.
      num_classes: classes of these; there are num_classes³ modes.
    """

    images: Images
    num_classes: int = dataclasses.field(metadata={"static": True})

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return (*self.images.shape[:2], COLOURS)

    @property
    def weights(self) -> Array:
        """The probability of each mode, `[num_classes³]`; equal where the classes are equally large."""
        share = jnp.mean(jax.nn.one_hot(self.images.labels, self.num_classes), axis=0)
        return jnp.einsum("a,b,c->abc", share, share, share).reshape(-1)

    def __call__(self, key: Key, num_samples: int) -> Array:
        """Returns images `[num_samples, height, width, 3]` in [−1, 1]."""
        return self.labelled(key, num_samples)[0]

    def labelled(self, key: Key, num_samples: int) -> tuple[Array, Array]:
        """Returns the images that a call with this key returns, and the mode of each `[num_samples]`, see `modes`."""
        flat, labels = self.images.labelled(key, num_samples * COLOURS)
        layers = flat.reshape(num_samples, COLOURS, *self.shape[:2])
        return jnp.moveaxis(layers, 1, -1), self.modes(labels.reshape(num_samples, COLOURS))

    def modes(self, classes: Array) -> Array:
        """Returns the number of the mode `[...]` from the classes of the three channels `[..., 3]`.

        The first channel counts hundreds, so that the digits 3, 1, 4 are mode 314.
        """
        return (classes[..., 0] * self.num_classes + classes[..., 1]) * self.num_classes + classes[..., 2]


def stacked(images: Images) -> Stacked:
    """Returns the sampler of stacks of three images.

    Metz et al. stack digits afresh for every batch, as is done here; VEEGAN and PacGAN fix 128,000 stacks in advance.

    Args:
      images: grey images with labels, such as `data.images("mnist_5000").train`, whose 4,000 images make 4,000³ stacks
        in 1,000 modes of equal weight.

    Raises:
      ValueError: the images are in colour.

    Source: Metz et al., "Unrolled Generative Adversarial Networks", 2017, https://arxiv.org/abs/1611.02163;
      Srivastava et al. (VEEGAN), 2017, https://arxiv.org/abs/1705.07761.

    Example:
      >>> from gangame import data
      >>> stacks = stacked(data.images("digits").train)
      >>> stacks.shape, stacks.weights.size
      ((8, 8, 3), 1000)
    """
    if images.shape[2] != 1:
        raise ValueError(f"images have {images.shape[2]} channels; a stack is made of images with one.")
    return Stacked(images, int(images.labels.max()) + 1)
