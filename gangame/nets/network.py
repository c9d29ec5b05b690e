"""What a network is here: a pair of pure functions over plain nested dictionaries."""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from flax import linen

from gangame.core import Array, Key, PyTree


class Network(NamedTuple):
    """A network as two pure functions; made from `flax.linen` by `from_linen`, or by hand, or from any other library.

    Attributes:
      init: `init(key) -> parameters`, plain nested dictionaries of arrays.
      apply: `apply(parameters, inputs) -> outputs`, batched along the first axis.
      features: `features(parameters, inputs) -> [batch, features]`, what the last layer sees, or `None`.
    """

    init: Callable[[Key], PyTree]
    apply: Callable[[PyTree, Array], Array]
    features: Callable[[PyTree, Array], Array] | None = None


def from_linen(module: linen.Module, input_shape: tuple[int, ...]) -> Network:
    """Returns the stateless network of a `flax.linen` module.

    Batch normalisation normalises with the statistics of its batch (`use_running_average=False` in the module); the
    running averages that it would also keep are dropped, since the losses of a game have no memory.

    Args:
      module: a module whose variables are its parameters, and at most batch statistics besides.
      input_shape: shape of one input, without the batch axis.

    Raises:
      ValueError: at `init`, if the module keeps other variables.
    """

    def init(key: Key) -> PyTree:
        variables = module.init(key, jnp.zeros((2, *input_shape)))
        if others := set(variables) - {"params", "batch_stats"}:
            raise ValueError(
                f"The module keeps {', '.join(sorted(others))} besides its parameters; losses of a game have no "
                "memory, so use layers that compute what they need from the batch."
            )
        return variables["params"]

    def apply(parameters: PyTree, inputs: Array) -> Array:
        outputs, _ = module.apply({"params": parameters}, inputs, mutable=["batch_stats"])
        return outputs

    return Network(init, apply)
