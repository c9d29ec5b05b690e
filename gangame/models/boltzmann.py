"""The restricted Boltzmann machine."""

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.models.bits import coins
from gangame.models.gibbs import Weights, free_energy, gibbs
from gangame.models.model import Model
from gangame.models.partition import MOST_HIDDEN, log_partition
from gangame.ranges import check_sizes


def boltzmann(
    num_pixels: int, *, num_hidden: int = 14, num_gibbs: int = 1, num_steps: int = 1000, std: float = 0.01
) -> Model:
    """Restricted Boltzmann machine, p(x) = e^{−F(x)}/Z; its likelihood is exact while its hidden units are few.

    The gradient of −log p(x) is ∇F(x) − E ∇F over the model, and the loss, whose value means nothing, has this gradient
    with samples in place of the model. By default these are where k Gibbs steps lead from the data, contrastive
    divergence (CD-k), whose gradient is biased; with chains of its own that `fit` keeps they are persistent (PCD).

    Args:
      num_pixels: of a binary vector, 1 or more.
      num_hidden: 1 or more; with more than 20 there is no `log_likelihood`, see `annealed_log_partition`.
      num_gibbs: k, 1 or more.
      num_steps: Gibbs steps of a sample, from fair coins; 1 or more.
      std: standard deviation of the weights at the start; biases start at zero.

    Raises:
      ValueError: a number outside its range.

    Source: Hinton, "Training Products of Experts by Minimizing Contrastive Divergence", 2002,
    https://doi.org/10.1162/089976602760128018; Tieleman, "Training Restricted Boltzmann Machines using Approximations
    to the Likelihood Gradient", 2008, https://doi.org/10.1145/1390156.1390290.

    Example:
      >>> model = boltzmann(4, num_hidden=2)
      >>> model.sample(model.init(jax.random.key(0)), jax.random.key(1), 3).shape
      (3, 4)
    """
    check_sizes(num_pixels=num_pixels, num_hidden=num_hidden, num_gibbs=num_gibbs, num_steps=num_steps)

    def init(key: Key) -> Weights:
        weights = std * jax.random.normal(key, (num_pixels, num_hidden))
        return {"weights": weights, "visible": jnp.zeros(num_pixels), "hidden": jnp.zeros(num_hidden)}

    def negatives(parameters: Weights, chains: Array, key: Key) -> Array:
        return gibbs(parameters, chains, key, num_gibbs)

    def loss(parameters: Weights, points: Array, key: Key, chains: Array | None = None) -> Array:
        samples = negatives(parameters, points, key) if chains is None else chains
        fixed = jax.lax.stop_gradient(samples)
        return jnp.mean(free_energy(parameters, points)) - jnp.mean(free_energy(parameters, fixed))

    def log_likelihood(parameters: Weights, points: Array, key: Key) -> Array:
        del key
        return -free_energy(parameters, points) - log_partition(parameters)

    def sample(parameters: Weights, key: Key, num_samples: int) -> Array:
        key_start, key_chain = jax.random.split(key)
        return gibbs(parameters, coins(key_start, num_samples, num_pixels), key_chain, num_steps)

    return Model(init, loss, sample, log_likelihood if num_hidden <= MOST_HIDDEN else None, negatives)
