"""The networks of a level of detail, after LAPGAN, and convolutions from image to image, which keep the size."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from flax import linen

from gangame.core import Array, PyTree
from gangame.nets.convolutions import conv
from gangame.nets.network import Network, from_linen
from gangame.nets.precision import computed_in
from gangame.ranges import check_sizes

KERNEL_INIT = linen.initializers.lecun_normal()


class SameSize(linen.Module):
    """Convolutions that keep the size, with ReLU between them and nothing after the last."""

    channels: int
    width: int
    kernel_sizes: tuple[int, ...]

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, h, w, inputs]` to `[batch, h, w, channels]`."""
        for layer, kernel_size in enumerate(self.kernel_sizes):
            last = layer + 1 == len(self.kernel_sizes)
            x = conv(self.channels if last else self.width, kernel_size, KERNEL_INIT)(x)
            x = x if last else jax.nn.relu(x)
        return x


class ResidualDiscriminator(linen.Module):
    """Two convolutions, of which the second halves the size, and a linear layer."""

    width: int
    kernel_size: int

    @linen.compact
    def __call__(self, x: Array, with_last: bool = True) -> Array:
        """Maps `[batch, h, w, channels]` to `[batch, 1]`, or to what comes out before the last layer."""
        for strides in (1, 2):
            x = jax.nn.leaky_relu(conv(self.width, self.kernel_size, KERNEL_INIT, strides=strides)(x), 0.2)
        features = x.reshape(len(x), -1)
        last = linen.Dense(1, kernel_init=KERNEL_INIT, param_dtype=jnp.result_type(float))
        return last(features) if with_last else features


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
    them. Kernels start from a normal distribution with a variance of one over their inputs, which is 0.018² for the
    second of the paper's; a narrower network with N(0, 0.02²) would hardly hear its inputs.

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
    check_sizes(size=size, channels=channels, width=width)
    check_kernels(kernel_sizes)
    module = SameSize(channels, width, tuple(kernel_sizes))
    network = computed_in(from_linen(module, (size, size, channels + 1)), dtype)

    def beside(apply: Callable[..., Array], parameters: PyTree, inputs: PyTree) -> Array:
        latents, base = inputs
        return apply(parameters, jnp.concatenate([base, latents.reshape(-1, size, size, 1)], axis=-1))

    return network.mapped(beside)


def residual_discriminator(
    size: int,
    channels: int,
    *,
    width: int = 64,
    kernel_size: int = 5,
    dtype: str | None = None,
) -> Network:
    """Returns the discriminator of a level of LAPGAN, from images with their bases to one logit each, `[batch, 1]`.

    A convolution keeps the size, so that nothing of the finest detail is passed over, and one of stride 2 halves it,
    each with a leaky ReLU of slope 0.2 and without norms; a linear layer judges. Kernels start as those of
    `residual_generator` do.

    Args:
      size: height and width of the images, 1 or more.
      channels: of the images and their bases together, 1 or more.
      width: channels after each convolution, 1 or more.
      kernel_size: of both, 1 or more.
      dtype: what it computes in, such as "bfloat16", or `None` for the type of its parameters.

    Returns:
      The network. Its features are the flattened last map.

    Raises:
      ValueError: a number outside its range.

    Source: Denton, Chintala, Szlam, Fergus, "Deep Generative Image Models using a Laplacian Pyramid of Adversarial
    Networks", 2015, https://arxiv.org/abs/1506.05751. There with ReLU, and with dropout before the linear layer.

    Example:
      >>> network, images = residual_discriminator(8, 2, width=4), jnp.ones((3, 8, 8, 2))
      >>> jax.eval_shape(lambda key: network.features(network.init(key), images), jax.random.key(0)).shape
      (3, 64)
    """
    check_sizes(size=size, channels=channels, width=width, kernel_size=kernel_size)
    module = ResidualDiscriminator(width, kernel_size)
    return computed_in(from_linen(module, (size, size, channels), features=True), dtype)


def same_size_generator(
    size: int,
    channels: int,
    outputs: int,
    *,
    width: int = 16,
    kernel_sizes: Sequence[int] = (5, 5, 3),
    dtype: str | None = None,
) -> Network:
    """Returns convolutions from images `[batch, size, size, channels]` to images in [−1, 1] of the same size.

    ReLU between them, tanh at the end, no norm, so that latents among the channels count as much as pixels. An output
    sees as far as half of all kernels reach together, and the same is done everywhere, but for zeros around the image.
    Kernels start from a normal distribution with a variance of one over their inputs.

    Args:
      size: height and width of the images, 1 or more.
      channels: of the input, 1 or more.
      outputs: channels of the output, 1 or more.
      width: channels between the convolutions, 1 or more.
      kernel_sizes: of the convolutions, 1 or more of 1 or more.
      dtype: what it computes in, such as "bfloat16", or `None` for the type of its parameters.

    Raises:
      ValueError: a number outside its range.

    Example:
      >>> network = same_size_generator(8, 3, 1, width=4)
      >>> jax.eval_shape(lambda key: network.apply(network.init(key), jnp.ones((2, 8, 8, 3))), jax.random.key(0)).shape
      (2, 8, 8, 1)
    """
    check_sizes(size=size, channels=channels, outputs=outputs, width=width)
    check_kernels(kernel_sizes)
    module = SameSize(outputs, width, tuple(kernel_sizes))
    network = computed_in(from_linen(module, (size, size, channels)), dtype)
    return network.mapped(lambda apply, parameters, inputs: jnp.tanh(apply(parameters, inputs)))


def check_kernels(kernel_sizes: Sequence[int]) -> None:
    """Raises a ValueError unless there are kernels, of sizes 1 or more."""
    check_sizes(kernel_sizes=len(kernel_sizes))
    for kernel_size in kernel_sizes:
        check_sizes(kernel_sizes=kernel_size)
