"""Layers of convolutions, which networks are made of: flax.linen's, with arithmetic that a CPU has fast code for."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax.numpy as jnp
from flax import linen
from jax import lax

from gangame.core import Array
from gangame.nets.plain_conv import AXES, plain_conv
from gangame.nets.strided import strided_conv, transposed_conv


def conv(width: int, kernel_size: int, kernel_init: Any, **options: Any) -> linen.Conv:
    """Returns a layer with a square kernel, made as `linen.Conv` makes it.

    Args:
      width: channels of the output.
      kernel_size: k.
      kernel_init: how the kernel starts.
      **options: others of `linen.Conv`, such as `strides`, `padding` and `use_bias`.
    """
    return linen.Conv(
        width, (kernel_size, kernel_size), kernel_init=kernel_init, param_dtype=jnp.result_type(float),
        conv_general_dilated=general_conv, **options,
    )  # fmt: skip


def general_conv(x: Array, kernel: Array, strides: Sequence[int], padding: Any, **options: Any) -> Array:
    """Returns what `lax.conv_general_dilated` returns, to be given to `linen.Conv` in its place."""
    dilated = {*(options.get("lhs_dilation") or ()), *(options.get("rhs_dilation") or ())} - {1}
    square = len(strides) == 2 and len({*strides}) == 1 and strides[0] in (1, 2)
    if not square or dilated or options.get("feature_group_count", 1) != 1 or options.get("precision") is not None:
        return lax.conv_general_dilated(x, kernel, strides, padding, **options)
    if strides[0] == 2:
        return strided_conv(x, kernel, padding)
    pads = lax.padtype_to_pads(x.shape[1:3], kernel.shape[:2], (1, 1), padding) if isinstance(padding, str) else padding
    jaxs = partial(lax.conv_general_dilated, window_strides=(1, 1), padding=pads, dimension_numbers=AXES)
    return lax.platform_dependent(x, kernel, cpu=partial(plain_conv, pads=pads), default=jaxs)


class ConvTranspose(linen.Module):
    """`linen.ConvTranspose` of stride 2, with the same parameters under the same names.

    Attributes:
      features: channels of the output.
      kernel_size: k.
      kernel_init: how the kernel starts; the bias starts at zero.
      use_bias: whether there is one.
    """

    features: int
    kernel_size: int
    kernel_init: Any
    use_bias: bool = True

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, h, w, channels]` to `[batch, 2h, 2w, features]`."""
        dtype, shape = jnp.result_type(float), (self.kernel_size,) * 2 + (x.shape[-1], self.features)
        x, kernel = linen.dtypes.promote_dtype(x, self.param("kernel", self.kernel_init, shape, dtype))
        y = transposed_conv(x, kernel)
        if not self.use_bias:
            return y
        bias = self.param("bias", linen.initializers.zeros_init(), (self.features,), dtype)
        return y + bias.astype(y.dtype)
