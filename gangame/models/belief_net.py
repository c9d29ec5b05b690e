"""Fully visible belief nets: each pixel given those before it."""

import jax
import jax.numpy as jnp

from gangame.core import Array, Key, PyTree
from gangame.models.bits import draw_bits, log_bernoulli
from gangame.models.model import Model
from gangame.nets import Network
from gangame.ranges import check_sizes


def belief_net(network: Network, num_pixels: int) -> Model:
    """Returns the model p(x) = Π_i p(x_i | x_1, ..., x_{i−1}), exact, of any network that keeps this order.

    A sample takes a pass of the network for each pixel.

    Args:
      network: from `[batch, num_pixels]` to logits `[batch, num_pixels]`, of which the i-th depends on the inputs
        before i alone.
      num_pixels: 1 or more.

    Raises:
      ValueError: a number outside its range.

    Source: Frey, Hinton, Dayan, "Does the Wake-Sleep Algorithm Produce Good Density Estimators?", 1996,
    https://papers.nips.cc/paper/1153.

    Example:
      >>> from gangame import nets
      >>> model = belief_net(nets.masked_mlp(3, (8,)), 3)
      >>> parameters = model.init(jax.random.key(0))
      >>> everything = jnp.indices((2, 2, 2)).reshape(3, -1).T.astype(float)
      >>> round(float(jnp.sum(jnp.exp(model.log_likelihood(parameters, everything, jax.random.key(1))))), 5)
      1.0
    """
    check_sizes(num_pixels=num_pixels)

    def log_likelihood(parameters: PyTree, points: Array, key: Key) -> Array:
        del key
        return log_bernoulli(network.apply(parameters, points), points)

    def loss(parameters: PyTree, points: Array, key: Key) -> Array:
        return -jnp.mean(log_likelihood(parameters, points, key))

    def sample(parameters: PyTree, key: Key, num_samples: int) -> Array:
        def draw_pixel(place: Array, points: Array) -> Array:
            logits = network.apply(parameters, points)[:, place]
            return points.at[:, place].set(draw_bits(jax.random.fold_in(key, place), logits).astype(points.dtype))

        return jax.lax.fori_loop(0, num_pixels, draw_pixel, jnp.zeros((num_samples, num_pixels)))

    return Model(network.init, loss, sample, log_likelihood)
