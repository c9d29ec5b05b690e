"""Residual networks for images, after SNGAN."""

import jax
import jax.numpy as jnp
from flax import linen

from gangame.core import Array, PyTree
from gangame.nets.convolutions import conv
from gangame.nets.labels import Projection, beside, points_and_classes
from gangame.nets.network import Network, from_linen
from gangame.nets.norms import check_norm, examples, normalised, num_references, prepared
from gangame.nets.precision import computed_in
from gangame.nets.resampling import averaged, enlarged, halvings
from gangame.ranges import check_sizes

# Glorot & Bengio's uniform one, with the gain √2 where a ReLU comes before.
PLAIN_INIT = linen.initializers.variance_scaling(1.0, "fan_avg", "uniform")
RELU_INIT = linen.initializers.variance_scaling(2.0, "fan_avg", "uniform")


def _conv(width: int, kernel_size: int) -> linen.Conv:
    init = PLAIN_INIT if kernel_size == 1 else RELU_INIT
    return conv(width, kernel_size, init)


class Generator(linen.Module):
    """A linear layer, residual blocks that double the size, and a convolution to the image."""

    size: int
    channels: int
    width: int
    norm: str
    num_classes: int
    num_references: int

    @linen.compact
    def __call__(self, inputs: PyTree) -> Array:
        """Maps `[batch, latent_dim]` to `[batch, size, size, channels]`."""
        dtype, (base, doublings) = jnp.result_type(float), halvings(self.size)
        z, classes = points_and_classes(inputs, self.num_classes)
        z = z if self.norm == "conditional" else beside(z, classes)

        def active(x: Array, norm: str = self.norm) -> Array:
            return jax.nn.relu(normalised(norm, x, classes=classes, num_references=self.num_references))

        x = linen.Dense(base**2 * self.width, kernel_init=PLAIN_INIT, param_dtype=dtype)(z)
        x = x.reshape(-1, base, base, self.width)
        for _ in range(doublings):
            inner = _conv(self.width, 3)(enlarged(active(x)))
            x = _conv(self.width, 3)(active(inner)) + _conv(self.width, 1)(enlarged(x))
        x = active(x, "batch" if self.norm == "conditional" else self.norm)
        x = examples(x, self.num_references)
        return jnp.tanh(conv(self.channels, 3, PLAIN_INIT)(x))


class Discriminator(linen.Module):
    """Residual blocks that halve the size, two that keep it, the sum over all places, and a linear layer."""

    size: int
    width: int
    norm: str
    num_outputs: int
    num_classes: int
    num_references: int

    @linen.compact
    def __call__(self, inputs: PyTree, with_last: bool = True) -> Array:
        """Maps `[batch, size, size, channels]` to `[batch, outputs]`, or to what the last layer sees."""
        dtype = jnp.result_type(float)
        x, classes = points_and_classes(inputs, self.num_classes)

        def active(x: Array) -> Array:
            return jax.nn.relu(normalised(self.norm, x, classes=classes, num_references=self.num_references))

        # The first block sees pixels: neither a norm nor a ReLU before its first convolution.
        inner = _conv(self.width, 3)(x)
        inner = _conv(self.width, 3)(active(inner))
        x = averaged(inner) + _conv(self.width, 1)(averaged(x))
        base, times = halvings(self.size)
        for _ in range(1, times if base == 7 else times - 1):
            inner = _conv(self.width, 3)(active(x))
            inner = _conv(self.width, 3)(active(inner))
            x = averaged(inner) + averaged(_conv(self.width, 1)(x))
        for _ in range(2):
            inner = _conv(self.width, 3)(active(x))
            x = x + _conv(self.width, 3)(active(inner))
        x, classes = examples(x, self.num_references), examples(classes, self.num_references)
        features = jnp.sum(jax.nn.relu(x), axis=(1, 2))
        if not with_last:
            return features
        outputs = linen.Dense(self.num_outputs, kernel_init=PLAIN_INIT, param_dtype=dtype)(features)
        return outputs if classes is None else outputs + Projection()(features, classes)


def resnet_generator(
    size: int,
    channels: int,
    latent_dim: int,
    *,
    width: int = 256,
    norm: str = "batch",
    reference: PyTree = None,
    num_classes: int = 0,
    dtype: str | None = None,
) -> Network:
    """Returns the residual generator of SNGAN, from latents `[batch, latent_dim]` to images in [−1, 1].

    A linear layer makes a map of 4×4 (7×7 for 28); each block doubles it, x⁺ = conv(σ(conv(u(σ(x))))) + conv₁(u(x))
    with σ the norm and ReLU, u nearest neighbours, and conv₁ of size 1; then σ, a convolution of size 3, and tanh. All
    maps have the same number of channels.

    Args:
      size: of the images: 4 or 7 times a power of two, 8 or more; 32 in the paper for CIFAR-10.
      channels: of the images, 1 or more.
      latent_dim: size of the latents, 1 or more; 128 in the paper.
      width: channels of all maps, 1 or more.
      norm: before each ReLU, one of `nets.NORMS`; see `nets.mlp`. With "conditional" the last one is "batch".
      reference: the reference batch of the norms "reference" and "virtual", latents, or (latents, labels).
      num_classes: 0, or the number of classes: the network then takes a pair (latents, labels), and has one-hot classes
        beside the latents, or with the norm "conditional" only there.
      dtype: what it computes in, such as "bfloat16", or `None` for the type of its parameters.

    Returns:
      The network, to images `[batch, size, size, channels]`.

    Raises:
      ValueError: an unknown name, or a number outside its range.

    Source: Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018,
    https://arxiv.org/abs/1802.05957, table 4, in the sizes of its published code.

    Example:
      >>> network = resnet_generator(8, 3, 2, width=4)
      >>> jax.eval_shape(lambda key: network.apply(network.init(key), jnp.ones((3, 2))), jax.random.key(0)).shape
      (3, 8, 8, 3)
    """
    halvings(size)
    check_sizes(channels=channels, latent_dim=latent_dim, width=width)
    check_norm(norm, reference, num_classes)
    module = Generator(size, channels, width, norm, num_classes, num_references(reference))
    network = from_linen(module, (latent_dim,), labelled=num_classes > 0, num_examples=2 + num_references(reference))
    return prepared(computed_in(network, dtype), norm, reference)


def resnet_discriminator(
    size: int,
    channels: int,
    *,
    width: int = 128,
    norm: str = "spectral",
    reference: PyTree = None,
    num_outputs: int = 1,
    num_classes: int = 0,
    dtype: str | None = None,
) -> Network:
    """Returns the residual discriminator of SNGAN, from images `[batch, size, size, channels]` to `[batch, outputs]`.

    Blocks x⁺ = p(conv(σ(conv(σ(x))))) + p(conv₁(x)) with p the mean over 2×2 halve the maps to 8×8 (7×7 for 14, 28, 56,
    ..., and 4×4 for 8), two blocks without p and conv₁ follow, then ReLU, the sum over all places, and a linear layer.
    With labels it is the projection discriminator.

    Args:
      size: of the images: 4 or 7 times a power of two, 8 or more; 32 in the paper for CIFAR-10.
      channels: of the images, 1 or more; of a pack where there are packs.
      width: channels of all maps, 1 or more.
      norm: "spectral" as in the paper, or another one of `nets.NORMS`, before each ReLU but the last.
      reference: the reference batch of the norms "reference" and "virtual", images, or (images, labels).
      num_outputs: 1 or more.
      num_classes: 0, or the number of classes: the network then takes a pair (images, labels), and the features along a
        direction of their class are added to the outputs (Miyato & Koyama 2018, https://arxiv.org/abs/1802.05637).
      dtype: what it computes in, such as "bfloat16", or `None` for the type of its parameters.

    Returns:
      The network. Its features are the sums over all places.

    Raises:
      ValueError: an unknown name, or a number outside its range.

    Source: Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018,
    https://arxiv.org/abs/1802.05957, table 4, in the sizes of its published code.

    Example:
      >>> network, images = resnet_discriminator(8, 1, width=4), jnp.ones((3, 8, 8, 1))
      >>> jax.eval_shape(lambda key: network.features(network.init(key), images), jax.random.key(0)).shape
      (3, 4)
    """
    halvings(size)
    check_sizes(channels=channels, width=width, num_outputs=num_outputs)
    check_norm(norm, reference, num_classes)
    module = Discriminator(size, width, norm, num_outputs, num_classes, num_references(reference))
    network = from_linen(
        module, (size, size, channels), features=True, labelled=num_classes > 0,
        num_examples=2 + num_references(reference),
    )  # fmt: skip
    return prepared(computed_in(network, dtype), norm, reference)
