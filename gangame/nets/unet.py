"""From image to image: the U-Net and the patch discriminator, after pix2pix."""

import jax
import jax.numpy as jnp
from flax import linen

from gangame.core import Array
from gangame.nets.convolutions import conv
from gangame.nets.dcgan import KERNEL_INIT, gain_init
from gangame.nets.network import Network, from_linen
from gangame.nets.noise import Dropout
from gangame.nets.norms import NORMS, check_plain_norm, normalised, prepared
from gangame.nets.precision import computed_in
from gangame.nets.resampling import UPSAMPLING, upsampled
from gangame.ranges import check_sizes, is_number

NUM_DROPPED = 3
"""How many decoder layers have dropout."""


class UNet(linen.Module):
    """An encoder down to the smallest map, and a decoder that sees the map of its size of the encoder as well."""

    depth: int
    outputs: int
    width: int
    upsampling: str
    norm: str
    dropout: float

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, h, w, channels]` to `[batch, h, w, outputs]`."""
        widths = [self.width * min(2**level, 8) for level in range(self.depth)]
        use_bias = NORMS[self.norm] is None
        maps = []
        for level, width in enumerate(widths):
            # None at the pixels, and none at the smallest map, which a norm over one place would set to zero.
            plain = level in (0, self.depth - 1)
            x = jax.nn.leaky_relu(x, 0.2) if level else x
            x = conv(width, 4, KERNEL_INIT, strides=2, use_bias=use_bias or plain)(x)
            x = x if plain else normalised(self.norm, x, scale_init=gain_init)
            maps.append(x)
        for layer, (width, beside) in enumerate(zip(widths[-2::-1], maps[-2::-1], strict=True)):
            x = upsampled(self.upsampling, jax.nn.relu(x), width, 4, KERNEL_INIT, use_bias)
            x = normalised(self.norm, x, scale_init=gain_init)
            x = Dropout(self.dropout)(x) if layer < NUM_DROPPED else x
            x = jnp.concatenate([x, beside], axis=-1)
        return jnp.tanh(upsampled(self.upsampling, jax.nn.relu(x), self.outputs, 4, KERNEL_INIT))


class PatchDiscriminator(linen.Module):
    """Convolutions only, so each output sees a patch of the image."""

    width: int
    num_layers: int
    norm: str

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, h, w, channels]` to `[batch, patches, patches, 1]`."""
        x = jax.nn.leaky_relu(conv(self.width, 4, KERNEL_INIT, strides=2, padding=1)(x), 0.2)
        for layer in range(1, self.num_layers + 1):
            width, strides = self.width * min(2**layer, 8), 2 if layer < self.num_layers else 1
            x = conv(width, 4, KERNEL_INIT, strides=strides, padding=1, use_bias=NORMS[self.norm] is None)(x)
            x = jax.nn.leaky_relu(normalised(self.norm, x, scale_init=gain_init), 0.2)
        return conv(1, 4, KERNEL_INIT, padding=1)(x)


def unet(
    size: int,
    channels: int,
    outputs: int,
    *,
    width: int = 64,
    depth: int | None = None,
    upsampling: str = "transposed",
    norm: str = "batch",
    dropout: float = 0.5,
    dtype: str | None = None,
) -> Network:
    """Returns the U-Net of pix2pix, from images `[batch, size, size, channels]` to images in [−1, 1].

    Convolutions of size 4 and stride 2 go down, with leaky ReLU, and others go up again, with ReLU; each on the way up
    sees the map of its size on the way down as well. Dropout on the first three of the way up is the only noise: with
    some the network is stochastic.

    Args:
      size: of the images, divisible by 2 to the power of `depth`.
      channels: of the input, 1 or more.
      outputs: channels of the output, 1 or more.
      width: channels of the largest map, 1 or more; twice as many at each further one, up to 8 times.
      depth: how many times maps are halved, 2 or more; `None` is as often as it goes, up to 8.
      upsampling: "transposed" or "resize", see `nets.dcgan_generator`.
      norm: of all layers but the first, the last, and the smallest: "none", "batch", "layer", "group", "instance" or
        "spectral", see `nets.mlp`.
      dropout: probability that a number is dropped, 0 or more and below 1.
      dtype: what it computes in, such as "bfloat16", or `None` for the type of its parameters.

    Returns:
      The network, to images `[batch, size, size, outputs]`.

    Raises:
      ValueError: an unknown name, or a number outside its range.

    Source: Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2017,
    https://arxiv.org/abs/1611.07004.

    Example:
      >>> network = unet(8, 1, 3, width=2)
      >>> jax.eval_shape(lambda key: network.apply(network.init(key), jnp.ones((2, 8, 8, 1))), jax.random.key(0)).shape
      (2, 8, 8, 3)
    """
    check_sizes(size=size, channels=channels, outputs=outputs, width=width)
    depth = min((size & -size).bit_length() - 1, 8) if depth is None else depth
    if depth < 2 or size % 2**depth:
        raise ValueError(f"size is {size} and depth is {depth}; depth has to be 2 or more, and 2^depth to divide size.")
    if upsampling not in UPSAMPLING:
        raise ValueError(f"upsampling is {upsampling!r}; it has to be one of {', '.join(UPSAMPLING)}.")
    if not isinstance(dropout, jax.core.Tracer) and not (is_number(dropout) and 0 <= dropout < 1):
        raise ValueError(f"dropout is {dropout}; it has to be 0 or more and below 1.")
    check_plain_norm(norm)
    module = UNet(depth, outputs, width, upsampling, norm, dropout)
    stochastic = isinstance(dropout, jax.core.Tracer) or dropout > 0
    return prepared(computed_in(from_linen(module, (size, size, channels), stochastic=stochastic), dtype), norm)


def patch_discriminator(
    size: int,
    channels: int,
    *,
    width: int = 64,
    num_layers: int = 3,
    norm: str = "batch",
    dtype: str | None = None,
) -> Network:
    """Returns the patch discriminator of pix2pix, from images `[batch, size, size, channels]` to logits of patches.

    Its outputs are `[batch, patches, patches, 1]`, so the costs of a GAN are means over all patches of all images. A
    conditional one sees the condition as further channels.

    Args:
      size: of the images.
      channels: of the images, with those of the condition; 1 or more.
      width: channels of the first layer, 1 or more.
      num_layers: of stride 2, 1 or more. An output sees a patch of 16×16, 34×34, 70×70, 142×142 for 1, 2, 3, 4.
      norm: of all layers but the first and the last: "none", "batch", "layer", "group", "instance" or "spectral", see
        `nets.mlp`.
      dtype: what it computes in, such as "bfloat16", or `None` for the type of its parameters.

    Raises:
      ValueError: an unknown name, a number outside its range, or images too small for a patch.

    Source: Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2017,
    https://arxiv.org/abs/1611.07004.

    Example:
      >>> network, images = patch_discriminator(16, 1, width=2, num_layers=1), jnp.ones((2, 16, 16, 1))
      >>> jax.eval_shape(lambda key: network.apply(network.init(key), images), jax.random.key(0)).shape
      (2, 6, 6, 1)
    """
    check_sizes(size=size, channels=channels, width=width, num_layers=num_layers)
    if size // 2**num_layers < 3:
        raise ValueError(
            f"size is {size} and num_layers is {num_layers}; images of {3 * 2**num_layers} or more have a patch."
        )
    check_plain_norm(norm)
    network = from_linen(PatchDiscriminator(width, num_layers, norm), (size, size, channels))
    return prepared(computed_in(network, dtype), norm)
