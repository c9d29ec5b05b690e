"""Maps of images made smaller and larger, and what sizes there are."""

from collections.abc import Callable

import jax.numpy as jnp

from gangame.core import Array
from gangame.nets.convolutions import ConvTranspose, conv

UPSAMPLING = ("transposed", "resize")


def halvings(size: int) -> tuple[int, int]:
    """Returns the size of the smallest map, 4 or 7, and how often images are halved on the way to it, 1 or more.

    Raises:
      ValueError: the size is not twice such a number, or four times, ...
    """
    for base in (4, 7):
        times = (size // base).bit_length() - 1
        if times > 0 and size == base * 2**times:
            return base, times
    raise ValueError(f"size is {size}; it has to be 4 or 7 times 2, 4, 8, ...: one of 8, 14, 16, 28, 32, 56, 64, ...")


def enlarged(x: Array) -> Array:
    """Returns maps `[batch, 2h, 2w, channels]`, each number of `[batch, h, w, channels]` four times."""
    return jnp.repeat(jnp.repeat(x, 2, axis=1), 2, axis=2)


def averaged(x: Array) -> Array:
    """Returns maps `[batch, h/2, w/2, channels]`, means over 2×2 of `[batch, h, w, channels]`."""
    batch, height, width, channels = x.shape
    return jnp.mean(x.reshape(batch, height // 2, 2, width // 2, 2, channels), axis=(2, 4))


def upsampled(
    upsampling: str, x: Array, width: int, kernel_size: int, kernel_init: Callable, use_bias: bool = True
) -> Array:
    """Returns twice as large maps from a new convolution; to be called where a module is compact.

    Args:
      upsampling: "transposed" or "resize".
      x: `[batch, h, w, channels]`.
      width: channels of the output.
      kernel_size: of the convolution.
      kernel_init: how its kernel starts.
      use_bias: whether it has one.
    """
    if upsampling == "resize":
        return conv(width, kernel_size, kernel_init, use_bias=use_bias)(enlarged(x))
    return ConvTranspose(width, kernel_size, kernel_init, use_bias)(x)
