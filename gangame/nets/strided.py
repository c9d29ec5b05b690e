"""Convolutions of stride 2, down and up, without a stride that is differentiated.

XLA's CPU compiler has fast code for a plain convolution, and for those that are its derivatives, of any order and in
either mode (`nets.plain_conv`). A derivative of one with a stride may have a kernel that is larger than its image; the
compiler exchanges the two and turns one around, and has then no fast code for it. So it is with the gradient of
`lax.conv_transpose` with respect to its kernel, and with second derivatives of a strided one, as in a penalty on
slopes. What is here has their values and, on a CPU, no stride to differentiate: plain convolutions on every second row
and column, or for grey images products of matrices, which are quicker there. Elsewhere it is JAX's.

Source: Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural
Network", 2016, https://arxiv.org/abs/1609.05158, section 2.2, for the way up.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

import jax.numpy as jnp
from jax import lax

from gangame.core import Array
from gangame.nets.plain_conv import AXES, Pads, plain_conv


def strided_conv(x: Array, kernel: Array, padding: Sequence[tuple[int, int]] | str = "SAME") -> Array:
    """Returns the convolution of stride 2, on a CPU the sum of plain ones of every second tap with every second pixel.

        y[m] = Σ_j w[j] x[2m + j − a] = Σ_p Σ_t w[2t + p] x[2 (m + t − l) + r],

    with r = (p − a) mod 2 and l = (a + r − p) / 2, for p = 0 and 1, in rows and in columns.

    Args:
      x: `[batch, h, w, in]`.
      kernel: `[k, k, in, out]`.
      padding: zeros a before and b after the rows, and the columns; or a name that `lax.padtype_to_pads` knows.

    Returns:
      `[batch, ⌊(h + a + b − k)/2⌋ + 1, ..., out]`: what `lax.conv_general_dilated` returns.

    Example:
      >>> strided_conv(jnp.ones((1, 4, 4, 1)), jnp.ones((2, 2, 1, 1)))[0, ..., 0].tolist()
      [[4.0, 4.0], [4.0, 4.0]]
    """
    sizes, taps = x.shape[1:3], kernel.shape[:2]
    pads = lax.padtype_to_pads(sizes, taps, (2, 2), padding) if isinstance(padding, str) else padding
    here = _of_patches if x.shape[-1] == 1 else _of_phases
    return lax.platform_dependent(x, kernel, cpu=partial(here, pads), default=partial(_of_jax, pads))


def _of_jax(pads: Pads, x: Array, kernel: Array) -> Array:
    """Returns the strided convolution as accelerators have it."""
    return lax.conv_general_dilated(x, kernel, (2, 2), pads, dimension_numbers=AXES)


def _outputs(x: Array, kernel: Array, pads: Pads) -> list[int]:
    lengths = zip(x.shape[1:3], kernel.shape[:2], pads, strict=True)
    return [(size + sum(pad) - k) // 2 + 1 for size, k, pad in lengths]


def _of_patches(pads: Pads, x: Array, kernel: Array) -> Array:
    """Returns the strided convolution as a product of matrices: what the kernel sees of x, and the kernel."""
    rows, columns = _outputs(x, kernel, pads)
    padded = jnp.pad(x, ((0, 0), *pads, (0, 0)))
    seen = [
        padded[:, i : i + 2 * rows - 1 : 2, j : j + 2 * columns - 1 : 2]
        for i, j in product(range(kernel.shape[0]), range(kernel.shape[1]))
    ]
    return jnp.concatenate(seen, axis=-1) @ kernel.reshape(-1, kernel.shape[-1])


def _of_phases(pads: Pads, x: Array, kernel: Array) -> Array:
    """Returns the strided convolution as the sum over rows and columns that are even and odd."""
    (top, _), (left, _) = pads
    outputs = _outputs(x, kernel, pads)
    y: Any = 0
    for p, q in product((0, 1), repeat=2):
        r, s = (p - top) % 2, (q - left) % 2
        before = (top + r - p) // 2, (left + s - q) // 2
        y = y + _plain(x[:, r::2, s::2], kernel[p::2, q::2], before, outputs)
    return y


def transposed_conv(x: Array, kernel: Array) -> Array:
    """Returns the transposed convolution of stride 2: on a CPU each second pixel is a plain one of every second tap.

        y[2m + r] = Σ_t w[2t + p] x[m + t − l],

    with p = (a + r) mod 2 and l = (a − r − p) / 2, for r = 0 and 1, in rows and in columns. It has the value of
    `lax.conv_transpose(x, kernel, (2, 2), "SAME")`, and so a is ⌈k/2⌉, or 0 for k = 1.

    Args:
      x: `[batch, h, w, in]`.
      kernel: `[k, k, in, out]`.

    Returns:
      `[batch, 2h, 2w, out]`.

    Example:
      >>> transposed_conv(jnp.ones((1, 1, 2, 1)), jnp.ones((2, 2, 1, 1)))[0, ..., 0].tolist()
      [[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]]
    """
    here = _of_products if kernel.shape[-1] == 1 else _of_plain
    return lax.platform_dependent(
        x, kernel, cpu=here, default=partial(lax.conv_transpose, strides=(2, 2), padding="SAME")
    )


def _interleaved(every_second: Callable[[int, int], Array]) -> Array:
    """Returns `[batch, 2h, 2w, out]` of its pixels at 2m + r and 2n + s, `every_second(r, s)`, `[batch, h, w, out]`."""
    rows = [jnp.stack([every_second(r, s) for s in (0, 1)], axis=3) for r in (0, 1)]
    batch, height, _, width, _, channels = jnp.stack(rows, axis=2).shape
    return jnp.stack(rows, axis=2).reshape(batch, 2 * height, 2 * width, channels)


def _before(k: int) -> int:
    """Returns a, the zeros before the image in a transposed convolution with k taps."""
    return min((k + 1) // 2, k - 1)


def _of_products(x: Array, kernel: Array) -> Array:
    """Returns the transposed convolution: a product of matrices makes what each pixel adds to its surroundings."""
    (batch, height, width, channels), (*taps, _, outputs) = x.shape, kernel.shape
    added = x.reshape(-1, channels) @ kernel.transpose(2, 0, 1, 3).reshape(channels, -1)
    added = added.reshape(batch, height, width, *taps, outputs)
    added = jnp.pad(added, ((0, 0), *((k, k) for k in taps), (0, 0), (0, 0), (0, 0)))
    top, left = map(_before, taps)

    def every_second(r: int, s: int) -> Array:
        y = jnp.zeros((batch, height, width, outputs), x.dtype)
        for i, j in product(range((top + r) % 2, taps[0], 2), range((left + s) % 2, taps[1], 2)):
            row, column = taps[0] + (r + i - top) // 2, taps[1] + (s + j - left) // 2
            y = y + added[:, row : row + height, column : column + width, i, j]
        return y

    return _interleaved(every_second)


def _of_plain(x: Array, kernel: Array) -> Array:
    """Returns the transposed convolution: every second pixel is a plain one of every second tap."""
    top, left = map(_before, kernel.shape[:2])

    def every_second(r: int, s: int) -> Array:
        p, q = (top + r) % 2, (left + s) % 2
        before = (top - r - p) // 2, (left - s - q) // 2
        return _plain(x, kernel[p::2, q::2], before, x.shape[1:3])

    return _interleaved(every_second)


def _plain(x: Array, kernel: Array, before: Sequence[int], outputs: Sequence[int]) -> Array:
    """Returns y[m] = Σ_t w[t] x[m + t − before] in rows and columns, without the taps that only ever meet zeros."""
    pads = []
    for axis, (pixels, zeros, size) in enumerate(zip(x.shape[1:3], before, outputs, strict=True)):
        first = max(zeros - size + 1, 0)
        taps = max(min(kernel.shape[axis], zeros + pixels) - first, 0)
        kernel = lax.slice_in_dim(kernel, first, first + taps, axis=axis)
        pads.append((zeros - first, size + taps - 1 - (zeros - first) - pixels))
    if not kernel.size:
        return jnp.zeros((len(x), *outputs, kernel.shape[-1]), x.dtype)
    return plain_conv(x, kernel, pads)
