"""A plain convolution for the CPU, whose derivatives, of any order and in either mode, are plain ones again.

XLA's CPU compiler has fast code for one order of axes, images `[batch, h, w, in]` with kernels `[k, k, in, out]`.
Derivatives of JAX's convolution name others, and the compiler puts those right at the top of a program alone: in the
body of a loop, such as `play` is, it falls back on loops over pixels, and layers of JAX's convolutions take with their
derivatives 19 to 105 times as long as those of `nets.strided` (`gangame bench --setting convolutions`). Here a
derivative is a convolution in that one order, of arrays that are transposed first.

    y[m] = Σ_t w[t] x[m + t − a]          in rows and in columns, with a zeros before the first

Under `vmap` images of several batches become one batch, and kernels of several have their outputs side by side; where
both have several, they are played one after the other.

Source: Dumoulin, Visin, "A guide to convolution arithmetic for deep learning", 2016, https://arxiv.org/abs/1603.07285,
section 4, for the convolutions that are the derivatives.
"""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from gangame.core import Array

Pads = Sequence[tuple[int, int]]
AXES = ("NHWC", "HWIO", "NHWC")

_plain_conv = Primitive("plain_conv")


def plain_conv(x: Array, kernel: Array, pads: Pads) -> Array:
    """Returns the convolution of stride 1.

    Args:
      x: `[batch, h, w, in]`.
      kernel: `[k, l, in, out]`.
      pads: zeros a before and b after the rows, and the columns; below 0 pixels are cut off.

    Returns:
      `[batch, h + a + b − k + 1, ..., out]`: what `lax.conv_general_dilated` returns.

    Example:
      >>> plain_conv(jnp.ones((1, 2, 2, 1)), jnp.ones((2, 2, 1, 1)), ((0, 1), (0, 1)))[0, ..., 0].tolist()
      [[4.0, 2.0], [2.0, 1.0]]
    """
    if x.shape[3] != kernel.shape[2] or x.dtype != kernel.dtype:
        raise ValueError(
            f"The image is {x.dtype}{list(x.shape)} and the kernel {kernel.dtype}{list(kernel.shape)}; they need the "
            "same type, and as many channels in the last axis of the image as in the last but one of the kernel."
        )
    return _plain_conv.bind(x, kernel, pads=tuple((int(a), int(b)) for a, b in pads))


def _of_jax(x: Array, kernel: Array, *, pads: Pads) -> Array:
    return lax.conv_general_dilated(x, kernel, (1, 1), pads, dimension_numbers=AXES)


def _shape(x: Any, kernel: Any, *, pads: Pads) -> Any:
    sides = [
        max(size + sum(pad) - taps + 1, 0) for size, pad, taps in zip(x.shape[1:3], pads, kernel.shape[:2], strict=True)
    ]
    return x.update(shape=(x.shape[0], *sides, kernel.shape[3]), weak_type=False)


def _by_image(slope: Array, x: Any, kernel: Array, *, pads: Pads) -> Array:
    """Returns the slope in the image: the slope of the output with the kernel turned around."""
    turned = jnp.flip(kernel, (0, 1)).swapaxes(2, 3)
    back = []
    for axis, (before, _) in enumerate(pads):
        zeros = kernel.shape[axis] - 1
        back.append((zeros - before, x.aval.shape[1 + axis] + before - slope.shape[1 + axis]))
    return plain_conv(slope, turned, back)


def _by_kernel(slope: Array, x: Array, kernel: Any, *, pads: Pads) -> Array:
    """Returns the slope in the kernel: the image with the slope of the output for a kernel, channels for a batch."""
    del kernel
    return plain_conv(x.transpose(3, 1, 2, 0), slope.transpose(1, 2, 0, 3), pads).transpose(1, 2, 0, 3)


def _batched(arrays: Sequence[Array], axes: Sequence[int | None], *, pads: Pads) -> tuple[Array, int]:
    (x, kernel), (of_x, of_kernel) = arrays, axes
    if of_x is not None and of_kernel is None:
        x = jnp.moveaxis(x, of_x, 0)
        y = plain_conv(x.reshape(-1, *x.shape[2:]), kernel, pads)
        return y.reshape(*x.shape[:2], *y.shape[1:]), 0
    if of_x is None and of_kernel is not None:
        kernel = jnp.moveaxis(kernel, of_kernel, 3)
        y = plain_conv(x, kernel.reshape(*kernel.shape[:3], -1), pads)
        return y.reshape(*y.shape[:3], *kernel.shape[3:]), 3
    both = [jnp.moveaxis(each, axis or 0, 0) for each, axis in zip(arrays, axes, strict=True)]
    return lax.map(lambda one: plain_conv(one[0], one[1], pads), both), 0


_plain_conv.def_impl(jax.jit(_of_jax, static_argnames="pads"))
_plain_conv.def_abstract_eval(_shape)
ad.defbilinear(_plain_conv, _by_image, _by_kernel)
batching.primitive_batchers[_plain_conv] = _batched
mlir.register_lowering(_plain_conv, mlir.lower_fun(_of_jax, multiple_results=False))
