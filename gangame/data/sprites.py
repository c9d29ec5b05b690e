"""Sprites: one bright shape on black, of which kind, place, size and angle are known."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, Key

SHAPES = ("ellipse", "rectangle", "triangle")
# Corners of the triangle, in units of the sprite's radius; all shapes lie within the circle of that radius.
CORNERS = np.array([[1.0, 0.0], [-0.8, 0.6], [-0.8, -0.6]])


@jax.tree_util.register_static
@dataclasses.dataclass(frozen=True)
class Sprites:
    """Images of one sprite each; made by `sprites`.

    Attributes:
      size: height and width in pixels.
      smallest: radius of the smallest sprite, as a share of half the image.
      largest: that of the largest.
    """

    size: int
    smallest: float
    largest: float

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return self.size, self.size, 1

    def __call__(self, key: Key, num_samples: int) -> Array:
        """Returns images `[num_samples, size, size, 1]` in [−1, 1]."""
        return self.draw(self.factors(key, num_samples))

    def labelled(self, key: Key, num_samples: int) -> tuple[Array, Array]:
        """Returns the images that a call with this key returns, and the kind of each, a place in `SHAPES`."""
        factors = self.factors(key, num_samples)
        return self.draw(factors), factors["kind"]

    def factors(self, key: Key, num_samples: int) -> dict[str, Array]:
        """Returns what makes the images that a call with this key returns.

        Returns:
          `kind` `[num_samples]`, uniform over `SHAPES`; `radius` `[num_samples]`, uniform from smallest to largest;
          `angle` `[num_samples]`, uniform in [0, 2π), of which ellipse and rectangle show half; `center`
          `[num_samples, 2]`, row and column, uniform where the whole sprite is in the image, which is [−1, 1]².
        """
        key_kind, key_radius, key_angle, key_center = jax.random.split(key, 4)
        radius = jax.random.uniform(key_radius, (num_samples,), minval=self.smallest, maxval=self.largest)
        return {
            "kind": jax.random.randint(key_kind, (num_samples,), 0, len(SHAPES), jnp.int32),
            "radius": radius,
            "angle": jax.random.uniform(key_angle, (num_samples,), maxval=2 * np.pi),
            "center": (1 - radius)[:, None] * jax.random.uniform(key_center, (num_samples, 2), minval=-1, maxval=1),
        }

    def draw(self, factors: dict[str, Array]) -> Array:
        """Returns images `[num_samples, size, size, 1]` from factors; edges are one pixel soft, and differentiable."""
        return jax.vmap(self._draw_one)(factors)

    def _draw_one(self, factors: dict[str, Array]) -> Array:
        line = (jnp.arange(self.size, dtype=float) + 0.5) * (2 / self.size) - 1
        rows, columns = jnp.meshgrid(line - factors["center"][0], line - factors["center"][1], indexing="ij")
        cos, sin = jnp.cos(factors["angle"]), jnp.sin(factors["angle"])
        # The pixel as the sprite sees it: from its centre, in units of its radius, turned back.
        x = (cos * columns + sin * rows) / factors["radius"]
        y = (cos * rows - sin * columns) / factors["radius"]
        outside = jnp.stack([_ellipse(x, y), _rectangle(x, y), _triangle(x, y)])[factors["kind"]]
        pixels = outside * factors["radius"] * (self.size / 2)
        return 2 * jnp.clip(0.5 - pixels, 0, 1)[..., None] - 1


def _ellipse(x: Array, y: Array) -> Array:
    """Returns how far outside of the ellipse of half axes 1 and ½ a point is, to first order at its edge."""
    level = x**2 + 4 * y**2 - 1
    return level / jnp.sqrt(4 * x**2 + 64 * y**2 + 1e-6)


def _rectangle(x: Array, y: Array) -> Array:
    """Returns how far outside of the rectangle with corners on the circle, twice as long as it is high."""
    long, high = 2 / np.sqrt(5), 1 / np.sqrt(5)
    return jnp.maximum(jnp.abs(x) - long, jnp.abs(y) - high)


def _triangle(x: Array, y: Array) -> Array:
    """Returns how far outside of the triangle of `CORNERS`."""
    sides = []
    for (here_x, here_y), (there_x, there_y) in zip(CORNERS, np.roll(CORNERS, -1, axis=0), strict=True):
        length = np.hypot(there_x - here_x, there_y - here_y)
        normal = (
            (there_y - here_y) / length,
            (here_x - there_x) / length,
        )  # outwards
        sides.append(normal[0] * (x - here_x) + normal[1] * (y - here_y))
    return jnp.max(jnp.stack(sides), axis=0)


def sprites(size: int = 32, smallest: float = 0.25, largest: float = 0.5) -> Sprites:
    """Returns the sampler of images with one sprite: an ellipse, a rectangle or a triangle, anywhere, at any angle.

    Made here, so free of any licence but this library's; no data, so none are ever seen twice.

    Args:
      size: height and width in pixels, 8 or more.
      smallest: smallest radius, as a share of half the image, positive.
      largest: largest radius, from `smallest` to 1.

    Raises:
      ValueError: a number outside its range.

    Source: in the manner of Matthey, Higgins, Hassabis, Lerchner, "dSprites", 2017,
      https://github.com/google-deepmind/dsprites-dataset, which has other shapes.

    Example:
      >>> import jax
      >>> sprites(size=16)(jax.random.key(0), 5).shape
      (5, 16, 16, 1)
    """
    if size < 8 or not 0 < smallest <= largest <= 1:
        raise ValueError(
            f"size is {size}, smallest {smallest}, largest {largest}; size has to be 8 or more, and 0 < smallest ≤ "
            "largest ≤ 1."
        )
    return Sprites(size, smallest, largest)
