"""InfoGAN's networks: convolutions and dense layers, and a head of its own for the codes."""

import jax
import jax.numpy as jnp
from flax import linen

from gangame.core import Array
from gangame.nets.convolutions import conv
from gangame.nets.dcgan import KERNEL_INIT, gain_init
from gangame.nets.network import Network, from_linen
from gangame.nets.norms import BatchNorm
from gangame.nets.precision import computed_in
from gangame.nets.resampling import upsampled
from gangame.ranges import check_sizes

KERNEL_SIZE = 4


def dense(width: int, *, use_bias: bool = False) -> linen.Dense:
    """Returns a dense layer that starts as the convolutions do."""
    return linen.Dense(width, use_bias=use_bias, kernel_init=KERNEL_INIT, param_dtype=jnp.result_type(float))


def normal(x: Array) -> Array:
    """Returns what batch normalisation makes of the output of a layer."""
    return BatchNorm(scale_init=gain_init)(x)


class Generator(linen.Module):
    """Two dense layers to maps of a quarter of the size, and two transposed convolutions."""

    size: int
    channels: int
    width: int
    hidden: int

    @linen.compact
    def __call__(self, latents: Array) -> Array:
        """Maps `[batch, latent_dim]` to `[batch, size, size, channels]`."""
        small = self.size // 4
        x = jax.nn.relu(normal(dense(self.hidden)(latents)))
        x = jax.nn.relu(normal(dense(small**2 * 2 * self.width)(x))).reshape(-1, small, small, 2 * self.width)
        x = jax.nn.relu(normal(upsampled("transposed", x, self.width, KERNEL_SIZE, KERNEL_INIT, False)))
        return jnp.tanh(upsampled("transposed", x, self.channels, KERNEL_SIZE, KERNEL_INIT))


class Discriminator(linen.Module):
    """Two convolutions and a dense layer that both heads share; the head of the codes has one more of its own."""

    width: int
    hidden: int
    code_hidden: int
    num_codes: int

    @linen.compact
    def __call__(self, x: Array, with_last: bool = True) -> Array:
        """Maps `[batch, size, size, channels]` to `[batch, 1 + num_codes]`, or to what both heads see."""

        def active(x: Array) -> Array:
            return jax.nn.leaky_relu(x, 0.1)

        x = active(conv(self.width, KERNEL_SIZE, KERNEL_INIT, strides=2)(x))
        x = active(normal(conv(2 * self.width, KERNEL_SIZE, KERNEL_INIT, strides=2, use_bias=False)(x)))
        x = active(normal(dense(self.hidden)(x.reshape(len(x), -1))))
        if not with_last:
            return x
        seen = active(normal(dense(self.code_hidden)(x)))
        heads = dense(1, use_bias=True)(x), dense(self.num_codes, use_bias=True)(seen)
        return jnp.concatenate(heads, axis=-1)


def infogan_networks(
    size: int,
    channels: int,
    latent_dim: int,
    num_codes: int,
    *,
    width: int = 64,
    hidden: int = 1024,
    code_hidden: int = 128,
    dtype: str | None = None,
) -> tuple[Network, Network]:
    """Returns InfoGAN's generator and discriminator for MNIST, to which Q belongs.

    The generator has two dense layers and two transposed convolutions, with ReLU, and ends in tanh. The discriminator
    has two convolutions of stride 2 and a dense layer, with leaky ReLU of slope 0.1; one number of those after the
    dense layer is the logit, and a further dense layer leads from them to what Q says. Batch normalisation everywhere
    but at the image, at the first convolution and at the heads; kernels are 4×4 and start from N(0, 0.02²).

    Args:
      size: of the images, a multiple of 4: 28 in the paper.
      channels: of the images, 1 or more.
      latent_dim: size of the latents with their codes, 1 or more.
      num_codes: how many numbers Q says, 1 or more: `categories` in all and `num_continuous` of `games.infogan`.
      width: channels of the largest maps before the image, 1 or more; those half as large have twice as many.
      hidden: width of the dense layers, 1 or more.
      code_hidden: width of the dense layer of Q alone, 1 or more.
      dtype: what they compute in, such as "bfloat16", or `None` for the type of their parameters.

    Returns:
      The networks, `[batch, latent_dim]` to images `[batch, size, size, channels]`, and these to
      `[batch, 1 + num_codes]`. The features of the discriminator are what both heads see, `[batch, hidden]`.

    Raises:
      ValueError: a number outside its range.

    Source: Chen et al., "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative
    Adversarial Nets", 2016, https://arxiv.org/abs/1606.03657, appendix C.1.

    Example:
      >>> generator, discriminator = infogan_networks(8, 1, 5, 3, width=2, hidden=4, code_hidden=4)
      >>> def judged(key):
      ...     images = generator.apply(generator.init(key), jnp.ones((2, 5)))
      ...     return images, discriminator.apply(discriminator.init(key), images)
      >>> [each.shape for each in jax.eval_shape(judged, jax.random.key(0))]
      [(2, 8, 8, 1), (2, 4)]
    """
    check_sizes(
        size=size, channels=channels, latent_dim=latent_dim, num_codes=num_codes, width=width, hidden=hidden,
        code_hidden=code_hidden,
    )  # fmt: skip
    if size % 4:
        raise ValueError(f"size is {size}; it has to be a multiple of 4, as maps are made half as large twice.")
    generator = from_linen(Generator(size, channels, width, hidden), (latent_dim,))
    discriminator = from_linen(
        Discriminator(width, hidden, code_hidden, num_codes), (size, size, channels), features=True
    )
    return computed_in(generator, dtype), computed_in(discriminator, dtype)
