"""What a network is here: a pair of pure functions over plain nested dictionaries."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax.numpy as jnp
from flax import linen

from gangame.core import Array, Key, PyTree


class Network(NamedTuple):
    """A network as two pure functions; made from `flax.linen` by `from_linen`, or by hand, or from any other library.

    Attributes:
      init: `init(key) -> parameters`, plain nested dictionaries of arrays.
      apply: `apply(parameters, inputs) -> outputs`, batched along the first axis; `apply(parameters, inputs, key)` may
        be called too where the network is stochastic.
      features: `features(parameters, inputs) -> [batch, features]`, what the last layer sees, or `None`; with a key
        like `apply`.
      stochastic: whether the network draws, such as the noise between its layers. It does so with a key only; without
        one it is in evaluation mode, and deterministic.
    """

    init: Callable[[Key], PyTree]
    apply: Callable[..., Array]
    features: Callable[..., Array] | None = None
    stochastic: bool = False

    def with_key(self, key: Key | None) -> "Network":
        """Returns the network that draws with this key; one that does not draw, or without a key, stays as it is.

        Its `apply(parameters, inputs)` is for one batch: at another one it would draw the same again.
        """
        if not self.stochastic or key is None:
            return self
        features = None if self.features is None else partial(self.features, key=key)
        return Network(self.init, partial(self.apply, key=key), features)

    def reparametrised(self, init: Callable[[Key], PyTree], weights: Callable[[PyTree], PyTree]) -> "Network":
        """Returns the network with other parameters, of which its own are a function.

        Args:
          init: `init(key) -> parameters`.
          weights: `weights(parameters)`, the parameters of this network.
        """

        def through(function: Callable[..., Array]) -> Callable[..., Array]:
            return lambda parameters, *inputs, **key: function(weights(parameters), *inputs, **key)

        return self._replace(
            init=init, apply=through(self.apply), features=None if self.features is None else through(self.features)
        )


def from_linen(
    module: linen.Module, input_shape: tuple[int, ...], *, features: bool = False, stochastic: bool = False
) -> Network:
    """Returns the stateless network of a `flax.linen` module.

    Batch normalisation normalises with the statistics of its batch (`use_running_average=False` in the module); the
    running averages that it would also keep are dropped, since the losses of a game have no memory.

    Args:
      module: a module whose variables are its parameters, and at most batch statistics besides.
      input_shape: shape of one input, without the batch axis.
      features: whether `module(x, with_last=False)` is what its last layer sees.
      stochastic: whether layers of the module draw from its stream "noise" where it has one, as those of
        `gangame.nets.noise` do.

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

    def evaluate(parameters: PyTree, inputs: Array, key: Key | None = None, **options: Any) -> Array:
        streams = {} if key is None else {"noise": key}
        outputs, _ = module.apply({"params": parameters}, inputs, rngs=streams, mutable=["batch_stats"], **options)
        return outputs

    return Network(init, evaluate, partial(evaluate, with_last=False) if features else None, stochastic)
