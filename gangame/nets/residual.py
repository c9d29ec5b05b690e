"""The generator of a level of detail, after LAPGAN: convolutions on the coarse image and a plane of noise."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from flax import linen

from gangame.core import Array, PyTree
from gangame.nets.convolutions import conv
from gangame.nets.dcgan import KERNEL_INIT
from gangame.nets.network import Network, from_linen
from gangame.nets.precision import computed_in
from gangame.ranges import check_sizes


class Residual(linen.Module):
    """Convolutions that keep the size, with ReLU between them and nothing after the last."""

    channels: int
    width: int
    kernel_sizes: tuple[int, ...]

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, h, w, channels + 1]` to `[batch, h, w, channels]`."""
        for layer, kernel_size in enumerate(self.kernel_sizes):
            last = layer + 1 == len(self.kernel_sizes)
            x = conv(self.channels if last else self.width, kernel_size, KERNEL_INIT)(x)
            x = x if last else jax.nn.relu(x)
        return x


def residual_generator(
    size: int,
    channels: int,
    *,
    width: int = 64,
    kernel_sizes: Sequence[int] = (7, 7, 5),
    dtype: str | None = None,
) -> Network:
    """Returns the generator of a level of LAPGAN, (latents `[batch, size²]`, base) to residuals of the base's shape.

    The latents are one more channel of the base `[batch, size, size, channels]`; convolutions follow, with ReLU between
    them. Kernels start from N(0, 0.02²), so the residuals start near zero.

    Args:
      size: height and width of the base, 1 or more.
      channels: of the base, 1 or more.
      width: channels between the convolutions, 1 or more.
      kernel_sizes: of the convolutions, 1 or more of 1 or more.
      dtype: what it computes in, such as "bfloat16", or `None` for the type of its parameters.

    Raises:
      ValueError: a number outside its range.

    Source: Denton, Chintala, Szlam, Fergus, "Deep Generative Image Models using a Laplacian Pyramid of Adversarial
    Networks", 2015, https://arxiv.org/abs/1506.05751.

    Example:
      >>> network, inputs = residual_generator(8, 1, width=4), (jnp.ones((3, 64)), jnp.ones((3, 8, 8, 1)))
      >>> jax.eval_shape(lambda key: network.apply(network.init(key), inputs), jax.random.key(0)).shape
      (3, 8, 8, 1)
    """
    check_sizes(size=size, channels=channels, width=width, kernel_sizes=len(kernel_sizes))
    for kernel_size in kernel_sizes:
        check_sizes(kernel_sizes=kernel_size)
    module = Residual(channels, width, tuple(kernel_sizes))
    network = computed_in(from_linen(module, (size, size, channels + 1)), dtype)

    def beside(apply: Callable[..., Array], parameters: PyTree, inputs: PyTree) -> Array:
        latents, base = inputs
        return apply(parameters, jnp.concatenate([base, latents.reshape(-1, size, size, 1)], axis=-1))

    return network.mapped(beside)
