"""InceptionV3 as the standard implementations of FID have it, for weights that the user has."""

import jax
import jax.numpy as jnp
from flax import linen

from gangame.core import Array
from gangame.nets.network import Network, from_linen

SIZE = 299
NUM_CLASSES = 1008
NUM_FEATURES = 2048
EPSILON = 1e-3


class Conv(linen.Module):
    """A convolution without bias, batch normalisation with fixed statistics, and ReLU."""

    width: int
    kernel_size: tuple[int, int]
    strides: int = 1
    padding: tuple[int, int] = (0, 0)

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, h, w, channels]` to `[batch, h', w', width]`."""
        dtype, ones, zeros = jnp.result_type(float), linen.initializers.ones, linen.initializers.zeros
        shape = (*self.kernel_size, x.shape[-1], self.width)
        kernel = self.param("kernel", linen.initializers.lecun_normal(), shape, dtype)
        scale, variance = (self.param(name, ones, (self.width,), dtype) for name in ("scale", "variance"))
        bias, mean = (self.param(name, zeros, (self.width,), dtype) for name in ("bias", "mean"))
        x = jax.lax.conv_general_dilated(
            x, kernel, (self.strides,) * 2, [(each, each) for each in self.padding],
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )  # fmt: skip
        return jax.nn.relu((x - mean) * jax.lax.rsqrt(variance + EPSILON) * scale + bias)


def conv(name: str, width: int, height: int = 1, across: int = 1, strides: int = 1, same: bool = True) -> Conv:
    """Returns a convolution with a kernel of odd size, which keeps the size of maps where `same` is set."""
    padding = (height // 2, across // 2) if same else (0, 0)
    return Conv(width, (height, across), strides, padding, name=name)


def smoothed(x: Array) -> Array:
    """Returns means over 3×3, at the edges over those places alone that are inside."""
    ones = jnp.ones_like(x[:1, ..., :1])
    sums, inside = (linen.pool(each, 0.0, jax.lax.add, (3, 3), (1, 1), "SAME") for each in (x, ones))
    return sums / inside


def largest(x: Array, strides: int = 2, padding: str = "VALID") -> Array:
    """Returns the largest numbers of 3×3 places."""
    return linen.max_pool(x, (3, 3), (strides, strides), padding)


def beside(*branches: Array) -> Array:
    """Returns maps with the channels of all branches."""
    return jnp.concatenate(branches, axis=-1)


class MixedA(linen.Module):
    """Branches of 1×1, 5×5, twice 3×3, and means: 35×35."""

    pooled: int

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, h, w, channels]` to `[batch, h, w, 224 + pooled]`."""
        twice = conv("branch3x3dbl_2", 96, 3, 3)(conv("branch3x3dbl_1", 64)(x))
        return beside(
            conv("branch1x1", 64)(x),
            conv("branch5x5_2", 64, 5, 5)(conv("branch5x5_1", 48)(x)),
            conv("branch3x3dbl_3", 96, 3, 3)(twice),
            conv("branch_pool", self.pooled)(smoothed(x)),
        )


class MixedB(linen.Module):
    """From 35×35 to 17×17."""

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, h, w, channels]` to `[batch, h', w', 480 + channels]`."""
        twice = conv("branch3x3dbl_2", 96, 3, 3)(conv("branch3x3dbl_1", 64)(x))
        return beside(
            conv("branch3x3", 384, 3, 3, 2, same=False)(x),
            conv("branch3x3dbl_3", 96, 3, 3, 2, same=False)(twice),
            largest(x),
        )


class MixedC(linen.Module):
    """Branches of 1×1, 7×7 and twice 7×7 in two factors each, and means: 17×17."""

    width: int

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, h, w, channels]` to `[batch, h, w, 768]`."""
        once, twice = conv("branch7x7_1", self.width)(x), conv("branch7x7dbl_1", self.width)(x)
        once = conv("branch7x7_2", self.width, 1, 7)(once)
        for layer, (height, across) in enumerate(((7, 1), (1, 7), (7, 1)), start=2):
            twice = conv(f"branch7x7dbl_{layer}", self.width, height, across)(twice)
        return beside(
            conv("branch1x1", 192)(x),
            conv("branch7x7_3", 192, 7, 1)(once),
            conv("branch7x7dbl_5", 192, 1, 7)(twice),
            conv("branch_pool", 192)(smoothed(x)),
        )


class MixedD(linen.Module):
    """From 17×17 to 8×8."""

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, h, w, channels]` to `[batch, h', w', 512 + channels]`."""
        seven = conv("branch7x7x3_2", 192, 1, 7)(conv("branch7x7x3_1", 192)(x))
        return beside(
            conv("branch3x3_2", 320, 3, 3, 2, same=False)(conv("branch3x3_1", 192)(x)),
            conv("branch7x7x3_4", 192, 3, 3, 2, same=False)(conv("branch7x7x3_3", 192, 7, 1)(seven)),
            largest(x),
        )


class MixedE(linen.Module):
    """Branches of 1×1, and of 3×3 in two halves: 8×8."""

    largest: bool

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, h, w, channels]` to `[batch, h, w, 2048]`."""
        once = conv("branch3x3_1", 384)(x)
        twice = conv("branch3x3dbl_2", 384, 3, 3)(conv("branch3x3dbl_1", 448)(x))
        pooled = largest(x, 1, "SAME") if self.largest else smoothed(x)
        return beside(
            conv("branch1x1", 320)(x),
            conv("branch3x3_2a", 384, 1, 3)(once),
            conv("branch3x3_2b", 384, 3, 1)(once),
            conv("branch3x3dbl_3a", 384, 1, 3)(twice),
            conv("branch3x3dbl_3b", 384, 3, 1)(twice),
            conv("branch_pool", 192)(pooled),
        )


class InceptionV3(linen.Module):
    """The network of 2015 whose pooled last maps are the features of FID."""

    @linen.compact
    def __call__(self, x: Array, with_last: bool = True) -> Array:
        """Maps `[batch, 299, 299, 3]` in [−1, 1] to logits `[batch, 1008]`, or to features `[batch, 2048]`."""
        x = conv("Conv2d_1a_3x3", 32, 3, 3, 2, same=False)(x)
        x = conv("Conv2d_2a_3x3", 32, 3, 3, same=False)(x)
        x = largest(conv("Conv2d_2b_3x3", 64, 3, 3)(x))
        x = conv("Conv2d_3b_1x1", 80)(x)
        x = largest(conv("Conv2d_4a_3x3", 192, 3, 3, same=False)(x))
        for name, pooled in (("Mixed_5b", 32), ("Mixed_5c", 64), ("Mixed_5d", 64)):
            x = MixedA(pooled, name=name)(x)
        x = MixedB(name="Mixed_6a")(x)
        for name, width in (("Mixed_6b", 128), ("Mixed_6c", 160), ("Mixed_6d", 160), ("Mixed_6e", 192)):
            x = MixedC(width, name=name)(x)
        x = MixedD(name="Mixed_7a")(x)
        # The last block takes largest numbers where the one before it takes means, as the weights were trained.
        x = MixedE(False, name="Mixed_7b")(x)
        x = MixedE(True, name="Mixed_7c")(x)
        features = jnp.mean(x, axis=(1, 2))
        if not with_last:
            return features
        return linen.Dense(NUM_CLASSES, param_dtype=jnp.result_type(float), name="fc")(features)


def inception_v3() -> Network:
    """Returns InceptionV3 with the pooling of the standard FID, `[batch, 299, 299, 3]` in [−1, 1] to 1008 logits.

    Its features, `[batch, 2048]`, are those of FID. It differs from the network that is usually called so in its means
    over 3×3, which leave out what lies beyond the edges, and in its last block, which takes maxima instead. Statistics
    of batch normalisation are parameters, so images do not depend on each other. See `metrics.inception` for weights.

    Source: Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, "Rethinking the Inception Architecture for Computer Vision", 2016,
    https://arxiv.org/abs/1512.00567; Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", 2017,
    https://arxiv.org/abs/1706.08500; names as in https://github.com/mseitzer/pytorch-fid.

    Example:
      >>> network, images = inception_v3(), jnp.ones((1, SIZE, SIZE, 3))
      >>> jax.eval_shape(lambda key: network.features(network.init(key), images), jax.random.key(0)).shape
      (1, 2048)
    """
    return from_linen(InceptionV3(), (SIZE, SIZE, 3), features=True, num_examples=1)
