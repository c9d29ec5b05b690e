"""What a network is here: a pair of pure functions over plain nested dictionaries."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import linen
from jax.tree_util import Partial

from gangame.core import Array, Key, PyTree, as_partial


class Network(NamedTuple):
    """A network as two pure functions; made from `flax.linen` by `from_linen`, or by hand, or from any other library.

    It is a pytree, whose leaves are the arrays that its functions hold (`jax.tree_util.Partial`), such as a reference
    batch. The inputs of a network that takes labels are a pair (points `[batch, ...]`, labels), labels being whole
    numbers `[batch]` or weights of the classes `[batch, classes]`, such as one-hot ones.

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

    def mapped(self, transform: Callable[..., Array], *held: Any) -> "Network":
        """Returns the network whose `apply` and `features` go through one and the same function.

        Args:
          transform: `transform(function, *held, parameters, inputs, **key)`, where the function is one of these two.
          held: what the transformation needs besides: functions, or trees of arrays, which are leaves of the network.
        """

        def through(function: Callable[..., Array]) -> Callable[..., Array]:
            return Partial(transform, *(as_partial(each) if callable(each) else each for each in (function, *held)))

        return self._replace(
            apply=through(self.apply), features=None if self.features is None else through(self.features)
        )

    def reparametrised(self, init: Callable[[Key], PyTree], weights: Callable[[PyTree], PyTree]) -> "Network":
        """Returns the network with other parameters, of which its own are a function.

        Args:
          init: `init(key) -> parameters`.
          weights: `weights(parameters)`, the parameters of this network.
        """
        return self._replace(init=init).mapped(_with_weights, weights)


def _with_weights(
    function: Callable, weights: Callable, parameters: PyTree, inputs: PyTree, *key: Any, **keyed: Any
) -> Array:
    return function(weights(parameters), inputs, *key, **keyed)


def _flatten(network: Network) -> tuple[tuple[Any, Any, Any], bool]:
    features = None if network.features is None else as_partial(network.features)
    return (as_partial(network.init), as_partial(network.apply), features), network.stochastic


def _unflatten(stochastic: bool, functions: tuple[Any, Any, Any]) -> Network:
    init, apply, features = functions
    return Network(init, apply, features, stochastic)


jax.tree_util.register_pytree_node(Network, _flatten, _unflatten)


def from_linen(
    module: linen.Module,
    input_shape: tuple[int, ...],
    *,
    features: bool = False,
    stochastic: bool = False,
    labelled: bool = False,
    num_examples: int = 2,
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
      labelled: whether the module takes a pair (points, labels).
      num_examples: of how many inputs the module makes its parameters.

    Raises:
      ValueError: at `init`, if the module keeps other variables.
    """

    def init(key: Key) -> PyTree:
        points = jnp.zeros((num_examples, *input_shape))
        variables = module.init(key, (points, jnp.zeros(num_examples, int)) if labelled else points)
        if others := set(variables) - {"params", "batch_stats"}:
            raise ValueError(
                f"The module keeps {', '.join(sorted(others))} besides its parameters; losses of a game have no "
                "memory, so use layers that compute what they need from the batch."
            )
        return variables["params"]

    def evaluate(parameters: PyTree, inputs: PyTree, key: Key | None = None, **options: Any) -> Array:
        streams = {} if key is None else {"noise": key}
        outputs, _ = module.apply({"params": parameters}, inputs, rngs=streams, mutable=["batch_stats"], **options)
        return outputs

    return Network(init, evaluate, partial(evaluate, with_last=False) if features else None, stochastic)
