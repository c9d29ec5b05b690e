"""A generator that paints an image column by column: an LSTM whose steps in time go from left to right."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from flax import linen

from gangame.core import Array, Key
from gangame.nets.mlp import orthogonal
from gangame.nets.network import Network, from_linen
from gangame.nets.precision import computed_in
from gangame.ranges import check_sizes


class ColumnGenerator(linen.Module):
    """An LSTM over the columns, and a linear layer with tanh that makes each column of what the LSTM remembers."""

    size: int
    channels: int
    num_hidden: int
    recurrent_init: Callable

    @linen.compact
    def __call__(self, z: Array) -> Array:
        """Maps `[batch, columns · parts]` to `[batch, size, size, channels]`."""
        dtype = jnp.result_type(float)
        parts = z.reshape(len(z), self.size, -1)

        def zeros(key: Key, shape: tuple[int, ...], dtype: Any) -> Array:
            del key, dtype
            return jnp.zeros(shape, z.dtype)  # not of the parameters, which may be in a longer type than is computed in

        cell = linen.OptimizedLSTMCell(
            self.num_hidden, recurrent_kernel_init=self.recurrent_init, carry_init=zeros, param_dtype=dtype
        )
        remembered = linen.RNN(cell)(parts)
        columns = jnp.tanh(linen.Dense(self.size * self.channels, param_dtype=dtype)(remembered))
        return columns.reshape(len(z), self.size, self.size, self.channels).swapaxes(1, 2)


def column_generator(
    size: int, channels: int, latent_dim: int, *, num_hidden: int = 128, dtype: str | None = None
) -> Network:
    """Returns a recurrent generator, from latents `[batch, latent_dim]` to images in [−1, 1], one column at a time.

    An LSTM that starts from zero takes a part of the latents with each column,

        (h_t, c_t) = LSTM(h_{t−1}, c_{t−1}, z_t),    column t = tanh(W h_t + b),

    so column t depends on z_1, ..., z_t alone. The columns share all weights, and the gradient of an image goes back
    through all steps in time. Any discriminator of images goes with it, such as `nets.dcgan_discriminator`; Metz et al.
    mean it as a pair that fits badly, and needs unrolling to learn.

    Args:
      size: height and width of the images, 1 or more.
      channels: of the images, 1 or more.
      latent_dim: size of the latents, a multiple of `size`: each column gets as many of them.
      num_hidden: width of the LSTM, 1 or more.
      dtype: what it computes in, such as "bfloat16", or `None` for the type of its parameters.

    Returns:
      The network, to images `[batch, size, size, channels]`.

    Raises:
      ValueError: a number outside its range.

    Source: Metz, Poole, Pfau, Sohl-Dickstein, "Unrolled Generative Adversarial Networks", 2017,
    https://arxiv.org/abs/1611.02163, for MNIST by columns; that each column gets latents of its own is ours.
    Hochreiter, Schmidhuber, "Long Short-Term Memory", 1997, https://doi.org/10.1162/neco.1997.9.8.1735.

    Example:
      >>> import jax
      >>> network = column_generator(8, 1, 16, num_hidden=4)
      >>> jax.eval_shape(lambda key: network.apply(network.init(key), jnp.ones((3, 16))), jax.random.key(0)).shape
      (3, 8, 8, 1)
    """
    check_sizes(size=size, channels=channels, latent_dim=latent_dim, num_hidden=num_hidden)
    if latent_dim % size:
        raise ValueError(f"latent_dim is {latent_dim}; it has to be a multiple of size, {size}, one part per column.")
    module = ColumnGenerator(size, channels, num_hidden, orthogonal(1.0))
    return computed_in(from_linen(module, (latent_dim,)), dtype)
