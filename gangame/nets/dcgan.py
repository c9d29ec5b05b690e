"""Convolutional networks for images, after DCGAN."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen

from gangame.core import Array, PyTree
from gangame.nets.convolutions import conv
from gangame.nets.labels import Projection, beside, points_and_classes
from gangame.nets.minibatch import check_minibatch, with_minibatch
from gangame.nets.network import Network, from_linen
from gangame.nets.norms import NORMS, check_norm, examples, normalised, num_references, prepared
from gangame.nets.precision import computed_in
from gangame.nets.resampling import UPSAMPLING, halvings, upsampled
from gangame.ranges import check_sizes

KERNEL_INIT = linen.initializers.normal(0.02)


def gain_init(key: Array, shape: tuple[int, ...], dtype: Any) -> Array:
    """Returns the scales of a norm at the start, N(1, 0.02²)."""
    return 1 + 0.02 * jax.random.normal(key, shape, dtype)


class Generator(linen.Module):
    """From latents to the smallest map, and then twice as large with each layer."""

    size: int
    channels: int
    width: int
    kernel_size: int
    upsampling: str
    norm: str
    num_classes: int
    num_references: int

    @linen.compact
    def __call__(self, inputs: PyTree) -> Array:
        """Maps `[batch, latent_dim]` to `[batch, size, size, channels]`."""
        dtype, (base, doublings) = jnp.result_type(float), halvings(self.size)
        use_bias = NORMS[self.norm] is None
        z, classes = points_and_classes(inputs, self.num_classes)
        z = z if self.norm == "conditional" else beside(z, classes)

        def active(x: Array) -> Array:
            return jax.nn.relu(
                normalised(self.norm, x, classes=classes, num_references=self.num_references, scale_init=gain_init)
            )

        widths = [self.width * 2**power for power in reversed(range(doublings))]
        x = linen.Dense(base**2 * widths[0], use_bias=use_bias, kernel_init=KERNEL_INIT, param_dtype=dtype)(z)
        x = active(x.reshape(-1, base, base, widths[0]))
        for width in widths[1:]:
            x = active(upsampled(self.upsampling, x, width, self.kernel_size, KERNEL_INIT, use_bias))
        x = examples(x, self.num_references)
        return jnp.tanh(upsampled(self.upsampling, x, self.channels, self.kernel_size, KERNEL_INIT))


class Discriminator(linen.Module):
    """Maps half as large with each layer, and a linear layer on the smallest."""

    size: int
    width: int
    kernel_size: int
    norm: str
    num_outputs: int
    minibatch: str
    num_kernels: int
    num_classes: int
    projection: bool
    num_references: int

    @linen.compact
    def __call__(self, inputs: PyTree, with_last: bool = True) -> Array:
        """Maps `[batch, size, size, channels]` to `[batch, outputs]`, or to what comes out before the last layer."""
        dtype = jnp.result_type(float)
        x, classes = points_and_classes(inputs, self.num_classes)
        x = x if self.projection or self.norm == "conditional" else beside(x, classes)
        for layer in range(halvings(self.size)[1]):
            norm = "none" if layer == 0 else self.norm
            use_bias = NORMS[norm] is None
            x = conv(self.width * 2**layer, self.kernel_size, KERNEL_INIT, strides=2, use_bias=use_bias)(x)
            x = normalised(norm, x, classes=classes, num_references=self.num_references, scale_init=gain_init)
            x = jax.nn.leaky_relu(x, 0.2)
        x, classes = examples(x, self.num_references), examples(classes, self.num_references)
        features = x.reshape(len(x), -1)
        if not with_last:
            return features
        seen = with_minibatch(self.minibatch, features, num_kernels=self.num_kernels)
        outputs = linen.Dense(self.num_outputs, kernel_init=KERNEL_INIT, param_dtype=dtype)(seen)
        return (
            outputs if classes is None or not self.projection else outputs + Projection(KERNEL_INIT)(features, classes)
        )


def dcgan_generator(
    size: int,
    channels: int,
    latent_dim: int,
    *,
    width: int = 64,
    kernel_size: int = 5,
    upsampling: str = "transposed",
    norm: str = "batch",
    reference: PyTree = None,
    num_classes: int = 0,
    dtype: str | None = None,
) -> Network:
    """Returns the convolutional generator of DCGAN, from latents `[batch, latent_dim]` to images in [−1, 1].

    A linear layer makes a map of 4×4 (7×7 for 28), and each further layer one that is twice as large, with half as many
    channels; ReLU between them, tanh at the end. No norm at the output; kernels start from N(0, 0.02²), the scales of
    norms from N(1, 0.02²).

    Args:
      size: of the images, 8, 14, 16, 28, 32, 56, 64, ...: 4 or 7 times a power of two, 8 or more.
      channels: of the images, 1 or more.
      latent_dim: size of the latents, 1 or more.
      width: channels of the largest map before the image, 1 or more.
      kernel_size: of the convolutions, 1 or more: 5 in the paper.
      upsampling: how maps are made larger: "transposed" convolutions, or "resize", nearest neighbours and then a
        convolution, which leaves no checkerboard (Odena et al. 2016, https://distill.pub/2016/deconv-checkerboard).
      norm: of all layers but the last, one of `nets.NORMS`; see `nets.mlp`.
      reference: the reference batch of the norms "reference" and "virtual", latents `[references, latent_dim]`, or
        (latents, labels).
      num_classes: 0, or the number of classes: the network then takes a pair (latents, labels), and has one-hot classes
        beside the latents, or with the norm "conditional" only there.
      dtype: what it computes in, such as "bfloat16", or `None` for the type of its parameters.

    Returns:
      The network, to images `[batch, size, size, channels]`.

    Raises:
      ValueError: an unknown name, or a number outside its range.

    Source: Radford, Metz, Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative
    Adversarial Networks", 2016, https://arxiv.org/abs/1511.06434.

    Example:
      >>> network = dcgan_generator(8, 1, 2, width=4)
      >>> jax.eval_shape(lambda key: network.apply(network.init(key), jnp.ones((3, 2))), jax.random.key(0)).shape
      (3, 8, 8, 1)
    """
    halvings(size)
    check_sizes(channels=channels, latent_dim=latent_dim, width=width, kernel_size=kernel_size)
    if upsampling not in UPSAMPLING:
        raise ValueError(f"upsampling is {upsampling!r}; it has to be one of {', '.join(UPSAMPLING)}.")
    check_norm(norm, reference, num_classes)
    module = Generator(size, channels, width, kernel_size, upsampling, norm, num_classes, num_references(reference))
    network = from_linen(module, (latent_dim,), labelled=num_classes > 0, num_examples=2 + num_references(reference))
    return prepared(computed_in(network, dtype), norm, reference)


def dcgan_discriminator(
    size: int,
    channels: int,
    *,
    width: int = 64,
    kernel_size: int = 5,
    norm: str = "batch",
    reference: PyTree = None,
    num_outputs: int = 1,
    minibatch: str = "none",
    num_kernels: int = 100,
    num_classes: int = 0,
    projection: bool = False,
    dtype: str | None = None,
) -> Network:
    """Returns the convolutional discriminator of DCGAN, images `[batch, size, size, channels]` to `[batch, outputs]`.

    Convolutions of stride 2 make maps half as large, with twice as many channels, down to 4×4 (7×7 for 28), each with a
    leaky ReLU of slope 0.2; a linear layer judges the last. No norm at the input; kernels start from N(0, 0.02²), the
    scales of norms from N(1, 0.02²).

    Args:
      size: of the images: 4 or 7 times a power of two, 8 or more.
      channels: of the images, 1 or more; of a pack where there are packs.
      width: channels of the first layer, 1 or more.
      kernel_size: of the convolutions, 1 or more: 5 in the paper.
      norm: of all layers but the first, one of `nets.NORMS`; see `nets.mlp`. With batch normalisation a penalty on
        slopes, which are those of each image by itself, makes no sense.
      reference: the reference batch of the norms "reference" and "virtual", images, or (images, labels).
      num_outputs: 1 or more.
      minibatch: what the last layer sees besides, of the whole batch: "none", "discrimination" or "deviation", see
        `nets.minibatch`.
      num_kernels: of "discrimination", 1 or more; time and memory grow with it times the square of the batch.
      num_classes: 0, or the number of classes: the network then takes a pair (images, labels), and has one-hot classes
        beside the channels of the input, or with the norm "conditional" only there.
      projection: add the features along a direction of their class, in place of classes at the input.
      dtype: what it computes in, such as "bfloat16", or `None` for the type of its parameters.

    Returns:
      The network. Its features are the flattened last map.

    Raises:
      ValueError: an unknown name, or a number outside its range.

    Source: Radford, Metz, Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative
    Adversarial Networks", 2016, https://arxiv.org/abs/1511.06434.

    Example:
      >>> network, images = dcgan_discriminator(8, 1, width=4), jnp.ones((3, 8, 8, 1))
      >>> jax.eval_shape(lambda key: network.features(network.init(key), images), jax.random.key(0)).shape
      (3, 64)
    """
    halvings(size)
    check_sizes(
        channels=channels, width=width, kernel_size=kernel_size, num_outputs=num_outputs, num_kernels=num_kernels
    )
    check_norm(norm, reference, num_classes)
    check_minibatch(minibatch)
    if projection and not num_classes:
        raise ValueError("projection is set and num_classes is 0; it needs the number of classes.")
    module = Discriminator(
        size, width, kernel_size, norm, num_outputs, minibatch, num_kernels, num_classes, projection,
        num_references(reference),
    )  # fmt: skip
    network = from_linen(
        module, (size, size, channels), features=True, labelled=num_classes > 0,
        num_examples=2 + num_references(reference),
    )  # fmt: skip
    return prepared(computed_in(network, dtype), norm, reference)
