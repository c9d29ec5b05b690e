"""What sampling costs, of several models in turn."""

from collections.abc import Callable, Mapping
from functools import partial

import jax
import numpy as np

from gangame.core import Array, Key, PyTree
from gangame.lab.bench.turns import interleaved

Sampler = tuple[Callable[[Key], PyTree], Callable[[PyTree, Key, int], Array]]
"""`init(key) -> parameters` and `sample(parameters, key, num_samples)`."""


def sampling_seconds(
    samplers: Mapping[str, Sampler], num_samples: int, rounds: int, batches: Mapping[str, int]
) -> dict[str, np.ndarray]:
    """Returns the seconds in which each model draws its samples, `[rounds]`, compiling apart.

    The models are at their start: training takes no time off sampling.

    Args:
      samplers: by name.
      num_samples: that are drawn at once, 1 or more.
      rounds: how often each has its turn, 1 or more.
      batches: how many times a model draws them in a turn, where once is too short for a clock.

    Example:
      >>> coins = lambda held, key, num_samples: jax.random.bernoulli(key, shape=(num_samples, 4))
      >>> sampling_seconds({"coins": (lambda key: None, coins)}, 10, 2, {"coins": 5})["coins"].shape
      (2,)
    """

    def worker(name: str, init: Callable, sample: Callable) -> Callable[[], None]:
        held = jax.jit(init)(jax.random.key(0)), jax.random.key(1)
        compiled = jax.jit(partial(sample, num_samples=num_samples)).lower(*held).compile()

        def work() -> None:
            for _ in range(batches.get(name, 1)):
                jax.block_until_ready(compiled(*held))

        return work

    seconds = interleaved({name: worker(name, *pair) for name, pair in samplers.items()}, rounds)
    return {name: each / batches.get(name, 1) for name, each in seconds.items()}
