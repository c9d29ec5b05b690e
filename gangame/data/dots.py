"""Counted dots: images with an exact number of dots, to see whether a generator can count."""

import dataclasses
from collections.abc import Sequence

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.ranges import check_numbers, check_sizes


@jax.tree_util.register_static
@dataclasses.dataclass(frozen=True)
class Dots:
    """Images of separate dots; made by `dots`.

    Attributes:
      counts: how many dots an image may have, each as likely as the others.
      size: height and width in pixels.
      radius: of a dot, in pixels.
    """

    counts: tuple[int, ...]
    size: int
    radius: float

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return self.size, self.size, 1

    @property
    def cells(self) -> int:
        """Cells along a side of the grid on which dots are placed, one in a cell at most."""
        return int(self.size // (3 * self.radius + 2))

    def __call__(self, key: Key, num_samples: int) -> Array:
        """Returns images `[num_samples, size, size, 1]` in [−1, 1], bright dots on black."""
        return self.labelled(key, num_samples)[0]

    def labelled(self, key: Key, num_samples: int) -> tuple[Array, Array]:
        """Returns the images that a call with this key returns, and how many dots each has, `[num_samples]`."""
        key_count, key_cell, key_place = jax.random.split(key, 3)
        count = jax.random.choice(key_count, jnp.array(self.counts, jnp.int32), (num_samples,))
        most, side = max(self.counts), self.size / self.cells
        # The cells with the largest of random numbers: distinct, and any of them as likely as the others.
        _, cell = jax.lax.top_k(jax.random.uniform(key_cell, (num_samples, self.cells**2)), most)
        corner = jnp.stack(jnp.divmod(cell, self.cells), axis=-1).astype(jnp.result_type(float)) * side
        # A dot and half a pixel of its soft edge keep half a pixel from the border of the cell.
        margin = self.radius + 1
        place = corner + jax.random.uniform(key_place, corner.shape, minval=margin, maxval=max(side - margin, margin))
        line = jnp.arange(self.size, dtype=float) + 0.5
        squared = (line[:, None] - place[..., None, None, 0]) ** 2 + (line - place[..., None, None, 1]) ** 2
        drawn = jnp.clip(self.radius + 0.5 - jnp.sqrt(squared), 0, 1)
        there = jnp.arange(most, dtype=jnp.int32) < count[:, None]
        return 2 * jnp.max(jnp.where(there[..., None, None], drawn, 0), axis=1)[..., None] - 1, count


def dots(counts: Sequence[int] = (1, 2, 3, 4, 5), size: int = 32, radius: float = 2.0) -> Dots:
    """Returns the sampler of images with a known number of dots that do not touch each other or the border.

    Generators of animals give them too many heads (slide 61 of the tutorial): they do not count. Here a count is right
    or wrong.

    Args:
      counts: the numbers of dots that occur, each 1 or more, and no more than there is room for.
      size: height and width in pixels.
      radius: of a dot in pixels, 1 or more.

    Raises:
      ValueError: no counts, a number outside its range, or no room for so many dots.

    Source: Goodfellow, "NIPS 2016 Tutorial: Generative Adversarial Networks", 2016, https://arxiv.org/abs/1701.00160,
      on problems with counting; the images are ours.

    Example:
      >>> import jax
      >>> pictures, count = dots((3,), size=16, radius=1.0).labelled(jax.random.key(0), 5)
      >>> pictures.shape, count.tolist()
      ((5, 16, 16, 1), [3, 3, 3, 3, 3])
    """
    if not counts or min(counts) < 1:
        raise ValueError(f"counts are {tuple(counts)}; there have to be some, each 1 or more.")
    check_sizes(size=size)
    check_numbers(1, radius=radius)
    made = Dots(tuple(counts), size, radius)
    if max(counts) > made.cells**2:
        raise ValueError(
            f"counts go up to {max(counts)}, and {size}×{size} pixels have room for {made.cells**2} dots of radius "
            f"{radius}; give fewer, smaller ones, or a larger image."
        )
    return made
