"""The generative stochastic network: a Markov chain that is learned, of a density that nobody writes down."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from gangame.core import Array, Key, PyTree
from gangame.models.bits import coins, draw_bits, log_bernoulli
from gangame.models.model import Model
from gangame.nets import Network, mlp
from gangame.ranges import check_number, check_numbers, check_sizes


class Transition(NamedTuple):
    """One step of the chain: corrupt, then reconstruct.

    Attributes:
      network: from corrupted points `[batch, num_pixels]` to logits of p(x | corrupted); it may draw.
      corruption: the probability with which a pixel becomes a fair coin.
    """

    network: Network
    corruption: Any

    def corrupted(self, points: Array, key: Key) -> Array:
        """Returns points of which some pixels are coins, salt and pepper."""
        key_which, key_coins = jax.random.split(key)
        chosen = jax.random.bernoulli(key_which, self.corruption, points.shape)
        return jnp.where(chosen, coins(key_coins, *points.shape).astype(points.dtype), points)

    def logits(self, parameters: PyTree, points: Array, key: Key) -> Array:
        """Returns the logits of what the points were before, `[batch, num_pixels]`, given their corruption."""
        key_corruption, key_network = jax.random.split(key)
        return self.network.with_key(key_network).apply(parameters, self.corrupted(points, key_corruption))


def gsn_network(num_pixels: int, *, hidden: tuple[int, ...] = (200,), noise: float = 0.0) -> Network:
    """Returns the network of `gsn`, for who needs the logits of p(x | corrupted); the arguments are those of `gsn`."""
    noises = (0.0, *[noise] * len(hidden))
    return mlp(num_pixels, hidden, num_pixels, activation="tanh", init="glorot", noise=noises)


def gsn(
    num_pixels: int,
    *,
    hidden: tuple[int, ...] = (200,),
    corruption: float = 0.4,
    noise: float = 0.5,
    num_walkbacks: int = 4,
    num_steps: int = 200,
) -> Model:
    """Generative stochastic network: samples by a chain of corruptions and reconstructions; it has no likelihood.

    If p(x | corrupted) is the data's own, the data are the stationary distribution of the chain. It is learned as a
    denoising autoencoder is, by the cross-entropy, which is the loss. With walkbacks the chain goes on from each
    reconstruction, and is to find back to where it came from, which takes away the modes between the data. Noise on the
    hidden units lets a reconstruction have more than one mode, though its bits are independent given the noise.

    Args:
      num_pixels: of a binary vector, 1 or more.
      hidden: widths of the hidden layers, with tanh.
      corruption: probability with which a pixel becomes a fair coin, from 0 to 1.
      noise: standard deviation of the noise on the hidden units, 0 or more.
      num_walkbacks: steps of the chain in the loss, 1 or more.
      num_steps: steps of a sample, from fair coins; 1 or more.

    Raises:
      ValueError: a number outside its range.

    Source: Bengio, Thibodeau-Laufer, Alain, Yosinski, "Deep Generative Stochastic Networks Trainable by Backprop",
    2014, https://arxiv.org/abs/1306.1091, with hidden units that are drawn anew in each step.

    Example:
      >>> model = gsn(4, hidden=(8,), num_steps=10)
      >>> model.sample(model.init(jax.random.key(0)), jax.random.key(1), 3).shape
      (3, 4)
    """
    check_sizes(num_pixels=num_pixels, num_walkbacks=num_walkbacks, num_steps=num_steps)
    check_number(corruption, "corruption", 0, 1)
    check_numbers(noise=noise)
    network = gsn_network(num_pixels, hidden=hidden, noise=noise)
    transition = Transition(network, corruption)

    def loss(parameters: PyTree, points: Array, key: Key) -> Array:
        def walk(place: Array, key: Key) -> tuple[Array, Array]:
            key_logits, key_bits = jax.random.split(key)
            logits = transition.logits(parameters, place, key_logits)
            return draw_bits(key_bits, logits), -jnp.mean(log_bernoulli(logits, points))

        return jnp.mean(jax.lax.scan(walk, points, jax.random.split(key, num_walkbacks))[1])

    def sample(parameters: PyTree, key: Key, num_samples: int) -> Array:
        key_start, key_chain = jax.random.split(key)

        def step(index: Array, points: Array) -> Array:
            key_logits, key_bits = jax.random.split(jax.random.fold_in(key_chain, index))
            return draw_bits(key_bits, transition.logits(parameters, points, key_logits))

        return jax.lax.fori_loop(0, num_steps, step, coins(key_start, num_samples, num_pixels))

    return Model(network.init, loss, sample)
