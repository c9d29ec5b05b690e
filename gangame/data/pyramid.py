"""The Laplacian pyramid of images: a coarse image, and what each level of detail adds to it."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp

from gangame.core import Array


def blurred(images: Array) -> Array:
    """Returns images under the filter [1, 4, 6, 4, 1]/16 along height and width, mirrored at the edges."""
    for axis in (1, 2):
        widths = [(2, 2) if each == axis else (0, 0) for each in range(4)]
        padded, size = jnp.pad(images, widths, mode="reflect"), images.shape[axis]
        shifts = [jax.lax.slice_in_dim(padded, shift, shift + size, axis=axis) for shift in range(5)]
        images = (shifts[0] + 4 * shifts[1] + 6 * shifts[2] + 4 * shifts[3] + shifts[4]) / 16
    return images


def reduced(images: Array) -> Array:
    """Returns every other pixel of blurred images, `[n, h/2, w/2, channels]` of `[n, h, w, channels]`."""
    return blurred(images)[:, ::2, ::2]


def expanded(images: Array) -> Array:
    """Returns smooth images of twice the size, `[n, 2h, 2w, channels]` of `[n, h, w, channels]`; h and w 2 or more."""
    number, height, width, channels = images.shape
    spread = jnp.zeros((number, 2 * height, 2 * width, channels), images.dtype).at[:, ::2, ::2].set(images)
    return 4 * blurred(spread)


def laplacian_pyramid(images: Array, num_levels: int) -> list[Array]:
    """Returns the Laplacian pyramid of images: what each level of detail adds to the next, and the coarsest one itself.

        h_k = I_k − u(I_{k+1}),    I_{k+1} = d(I_k),    I_0 the images,

    with d `reduced` and u `expanded`.

    Args:
      images: `[n, height, width, channels]`; height and width are multiples of 2^(num_levels − 1), and 3 or more on
        every level.
      num_levels: 1 or more.

    Returns:
      The levels, the finest first; `from_laplacian_pyramid` makes images of them again.

    Raises:
      ValueError: another shape.

    Source: Burt, Adelson, "The Laplacian Pyramid as a Compact Image Code", 1983,
    https://doi.org/10.1109/TCOM.1983.1095851.

    Example:
      >>> import jax.numpy as jnp
      >>> [each.shape for each in laplacian_pyramid(jnp.ones((2, 8, 8, 1)), 2)]
      [(2, 8, 8, 1), (2, 4, 4, 1)]
    """
    return [detail.residual for detail in details(images, num_levels)]


class Detail(NamedTuple):
    """A level of a pyramid, and what it is added to.

    Attributes:
      residual: `[n, height, width, channels]`, what the level adds; on the coarsest level the image itself.
      base: u(I_{k+1}), the image of the next level made larger, of the same shape; `None` on the coarsest.
    """

    residual: Array
    base: Array | None

    @property
    def image(self) -> Array:
        """The image of the level."""
        return self.residual if self.base is None else self.base + self.residual


def details(images: Array, num_levels: int) -> tuple[Detail, ...]:
    """Returns the levels of the pyramid with what each is added to, the finest first; see `laplacian_pyramid`."""
    check_levels(images.shape, num_levels)
    found = []
    for _ in range(num_levels - 1):
        coarse = reduced(images)
        base = expanded(coarse)
        found.append(Detail(images - base, base))
        images = coarse
    return (*found, Detail(images, None))


def from_laplacian_pyramid(levels: Sequence[Array]) -> Array:
    """Returns the images of a pyramid, I_k = h_k + u(I_{k+1}), to rounding whatever the levels are.

    Args:
      levels: as `laplacian_pyramid` returns them, the finest first, 1 or more.

    Example:
      >>> import jax.numpy as jnp
      >>> images = jnp.arange(128.0).reshape(2, 8, 8, 1)
      >>> bool(jnp.all(abs(from_laplacian_pyramid(laplacian_pyramid(images, 2)) - images) < 1e-4))
      True
    """
    *details, images = levels
    for detail in reversed(details):
        images = detail + expanded(images)
    return images


def check_levels(shape: tuple[int, ...], num_levels: int) -> None:
    """Complains of images that have no pyramid of so many levels.

    Args:
      shape: of the images, `[n, height, width, channels]`.
      num_levels: 1 or more.

    Raises:
      ValueError: another shape, or number.
    """
    factor = 2 ** max(num_levels - 1, 0)
    if num_levels < 1 or len(shape) != 4 or any(size % factor or size < 3 * factor for size in shape[1:3]):
        raise ValueError(
            f"The images have the shape {shape} and num_levels is {num_levels}; the shape has to be [images, "
            f"height, width, channels], with height and width multiples of {factor} and {3 * factor} or more."
        )
