"""Networks whose outputs see only the inputs before them: masked layers, dense ones and convolutions."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen

from gangame.core import Array
from gangame.nets.convolutions import conv
from gangame.nets.mlp import ACTIVATIONS
from gangame.nets.network import Network, from_linen
from gangame.ranges import check_sizes


class MaskedDense(linen.Module):
    """A dense layer without the weights from inputs to outputs that are not to see them.

    Attributes:
      before: a number for each input.
      after: a number for each output, which sees the inputs whose number is as large as its own or smaller.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, inputs]` to `[batch, outputs]`."""
        dtype = jnp.result_type(float)
        kernel = self.param("kernel", linen.initializers.lecun_normal(), (len(self.before), len(self.after)), dtype)
        bias = self.param("bias", linen.initializers.zeros, (len(self.after),), dtype)
        seen = np.asarray(self.before)[:, None] <= np.asarray(self.after)
        return x @ jnp.where(seen, kernel, 0).astype(x.dtype) + bias.astype(x.dtype)


class MaskedMLP(linen.Module):
    """Masked dense layers, and weights from the inputs past all of them to the outputs."""

    inputs: int
    hidden: tuple[int, ...]
    activation: str

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, inputs]` to `[batch, inputs]`."""
        first, before = tuple(range(1, self.inputs + 1)), tuple(range(1, self.inputs + 1))
        last, seen = tuple(range(self.inputs)), x
        for width in self.hidden:
            after = tuple(1 + unit % max(self.inputs - 1, 1) for unit in range(width))
            x = ACTIVATIONS[self.activation](MaskedDense(before, after)(x))
            before = after
        outputs = MaskedDense(before, last)(x)
        return outputs + MaskedDense(first, last)(seen) if self.hidden else outputs


def masked_mlp(inputs: int, hidden: tuple[int, ...], *, activation: str = "relu") -> Network:
    """Returns a perceptron `[batch, inputs]` to `[batch, inputs]` whose output i sees the inputs before i alone.

    Each unit has a number: input i has i, hidden units have 1 to `inputs` − 1 in turn, output i has i − 1. A unit sees
    those units of the layer before whose numbers are not larger than its own. The inputs go past the hidden layers to
    the outputs as well, masked in the same way.

    Args:
      inputs: number of inputs and of outputs, 1 or more.
      hidden: widths of the hidden layers, each 1 or more; from `inputs` − 1 on they have units of all numbers.
      activation: of the hidden layers, one of `ACTIVATIONS`.

    Raises:
      ValueError: an unknown activation, or a number outside its range.

    Source: Germain, Gregor, Murray, Larochelle, "MADE: Masked Autoencoder for Distribution Estimation", 2015,
    https://arxiv.org/abs/1502.03509, with one order of the inputs and one set of masks.

    Example:
      >>> network = masked_mlp(3, (4,))
      >>> parameters = network.init(jax.random.key(0))
      >>> slopes = jax.jacobian(lambda x: network.apply(parameters, x[None])[0])(jnp.ones(3))
      >>> bool(jnp.all(jnp.triu(slopes) == 0))
      True
    """
    check_sizes(inputs=inputs, **{f"hidden[{layer}]": width for layer, width in enumerate(hidden)})
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation is {activation!r}; it has to be one of {', '.join(ACTIVATIONS)}.")
    return from_linen(MaskedMLP(inputs, tuple(hidden), activation), (inputs,))


class MaskedConv(linen.Module):
    """A convolution of maps that sees what comes before a place in the order of reading, and the place if `own`."""

    width: int
    kernel_size: int
    own: bool

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, h, w, channels]` to `[batch, h, w, width]`."""
        size = self.kernel_size
        seen = np.arange(size**2) < size**2 // 2 + self.own
        mask = np.broadcast_to(seen.reshape(size, size, 1, 1), (size, size, x.shape[-1], self.width))
        start = linen.initializers.lecun_normal()
        return conv(self.width, size, start, mask=jnp.asarray(mask, x.dtype))(x)


class CausalConvolutions(linen.Module):
    """A wide masked convolution, residual blocks of small ones, and two of size 1."""

    width: int
    num_blocks: int
    kernel_size: int

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, h, w, 1]` to `[batch, h, w, 1]`."""
        x = MaskedConv(self.width, self.kernel_size, own=False)(x)
        for _ in range(self.num_blocks):
            inner = MaskedConv(self.width, 3, own=True)(jax.nn.relu(x))
            x = x + MaskedConv(self.width, 1, own=True)(jax.nn.relu(inner))
        x = MaskedConv(self.width, 1, own=True)(jax.nn.relu(x))
        return MaskedConv(1, 1, own=True)(jax.nn.relu(x))


def causal_convolutions(size: int, *, width: int = 16, num_blocks: int = 4, kernel_size: int = 7) -> Network:
    """Returns a network of images `[batch, size, size, 1]` whose output at a place sees the pixels before it alone.

    Before is what one has read: the rows above, and what lies to the left in the row. The first convolution does not
    see the place itself; the others do, whose own place has seen no more than that. Some pixels above and to the right
    remain unseen, the blind spot of the paper that the models after it remove.

    Args:
      size: of the images, 1 or more.
      width: channels of all maps, 1 or more.
      num_blocks: residual blocks, each of which sees a pixel farther, 1 or more.
      kernel_size: of the first convolution, an odd number.

    Raises:
      ValueError: a number outside its range.

    Source: van den Oord, Kalchbrenner, Kavukcuoglu, "Pixel Recurrent Neural Networks", 2016,
    https://arxiv.org/abs/1601.06759, its PixelCNN.

    Example:
      >>> network = causal_convolutions(4, width=2, num_blocks=1)
      >>> jax.eval_shape(lambda key: network.apply(network.init(key), jnp.ones((3, 4, 4, 1))), jax.random.key(0)).shape
      (3, 4, 4, 1)
    """
    check_sizes(size=size, width=width, num_blocks=num_blocks, kernel_size=kernel_size)
    if kernel_size % 2 == 0:
        raise ValueError(f"kernel_size is {kernel_size}; it has to be odd, for a place in the middle.")
    return from_linen(CausalConvolutions(width, num_blocks, kernel_size), (size, size, 1))
