"""Images on the device, drawn inside the scan."""

import dataclasses

import jax
import jax.numpy as jnp

from gangame.core import Array, Key

NUM_REFERENCES = 1000
"""Images of a set with which generated ones are compared, about."""


def spaced(num_images: int) -> slice:
    """Returns which images stand for a set of so many: `NUM_REFERENCES` to twice as many, evenly spaced, or all."""
    return slice(None, None, max(num_images // NUM_REFERENCES, 1))


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Images:
    """Images, drawn from uniformly with replacement: a sampler `(key, num_samples) -> images` for a game.

    Pixels and labels are leaves, so they enter a compiled program as arguments, and other images of the same shapes may
    take their place without compiling again.

    Attributes:
      pixels: `[num_images, height, width, channels]`, or `[num_images, height · width · channels]` once `flat`, uint8
        from 0 (black) to `white`.
      labels: `[num_images]`, int32, the class of each image, 0 where there are no classes.
      shape: height, width and channels of one image.
      white: the value of a pixel that becomes 1, from 1 to 255.
    """

    pixels: Array
    labels: Array
    shape: tuple[int, int, int] = dataclasses.field(metadata={"static": True})
    white: int = dataclasses.field(default=255, metadata={"static": True})

    def __call__(self, key: Key, num_samples: int) -> Array:
        """Returns images `[num_samples, ...]` in [−1, 1], each of the form of `pixels`."""
        return self.labelled(key, num_samples)[0]

    def labelled(self, key: Key, num_samples: int) -> tuple[Array, Array]:
        """Returns the images that a call with this key returns, and their labels `[num_samples]`."""
        index = jax.random.randint(key, (num_samples,), 0, self.pixels.shape[0])
        return self.scaled(self.pixels[index]), self.labels[index]

    def scaled(self, pixels: Array) -> Array:
        """Returns pixels of any shape as floats in [−1, 1]."""
        return pixels.astype(jnp.result_type(float)) * (2 / self.white) - 1

    def flat(self) -> "Images":
        """Returns the same images, each a vector of height · width · channels numbers."""
        return dataclasses.replace(self, pixels=self.pixels.reshape(self.pixels.shape[0], -1))

    def black_and_white(self) -> "Images":
        """Returns the same images of two levels: a pixel is 1, white, if it is half of `white` or more, else 0."""
        return dataclasses.replace(self, pixels=(2 * self.pixels.astype(int) >= self.white).astype(jnp.uint8), white=1)

    def pictures(self, images: Array) -> Array:
        """Returns images of this set, or generated ones of their form, as `[..., height, width, channels]`."""
        leading = images.shape[: images.ndim - (self.pixels.ndim - 1)]
        return images.reshape(*leading, *self.shape)
