"""What a generative model without an adversary is here: pure functions of its parameters."""

from collections.abc import Callable
from typing import NamedTuple

from gangame.core import Array, Key, PyTree


class Model(NamedTuple):
    """A distribution of binary vectors `[num_pixels]`, whose zeros and ones are floats.

    These models are no games: there is one player, who descends one loss. `fit` trains any of them.

    Attributes:
      init: `init(key) -> parameters`.
      loss: `loss(parameters, points [batch, num_pixels], key) -> scalar`: minus the mean log-likelihood in nats or a
        bound on it, or what stands for it, see each model.
      sample: `sample(parameters, key, num_samples) -> [num_samples, num_pixels]`.
      log_likelihood: `log_likelihood(parameters, points, key) -> [batch]` in nats, exact or a bound from below in the
        mean; the key is for the latter. `None` where there is none.
      negatives: `negatives(parameters, chains, key) -> chains`: some steps of the model's own Markov chain. Where there
        is one, `loss(parameters, points, key, chains)` takes as samples of the model what the chains have come to.
    """

    init: Callable[[Key], PyTree]
    loss: Callable[..., Array]
    sample: Callable[[PyTree, Key, int], Array]
    log_likelihood: Callable[[PyTree, Array, Key], Array] | None = None
    negatives: Callable[[PyTree, Array, Key], Array] | None = None
