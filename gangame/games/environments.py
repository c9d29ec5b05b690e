"""Environments of reinforcement learning, from gymnax: what a policy walks about in."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array, Key, PyTree

SCALES = {
    "CartPole-v1": (2.4, 1.0, 0.21, 1.0),
    "MountainCar-v0": (1.2, 0.07),
    "Acrobot-v1": (1.0, 1.0, 1.0, 1.0, 12.6, 28.3),
}
"""By how much each number of an observation is divided, so that networks see numbers of about 1."""


def _made(name: str) -> tuple[Any, Any]:
    try:
        import gymnax
    except ImportError as error:
        raise ImportError("This needs gymnax; install it with `pip install 'gangame[rl]'`.") from error
    return gymnax.make(name)


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Environment:
    """A task of classic control with deterministic dynamics, without its clock: whoever walks says for how long.

    Where it has ended it stays as it is, so that all episodes are of one length.
    """

    name: str = dataclasses.field(metadata={"static": True})

    @property
    def num_actions(self) -> int:
        """How many actions there are."""
        return _made(self.name)[0].num_actions

    @property
    def num_features(self) -> int:
        """How many numbers an observation has."""
        return len(SCALES[self.name])

    def reset(self, key: Key) -> PyTree:
        """Returns a state to start from."""
        made, parameters = _made(self.name)
        return jax.tree.map(jnp.asarray, made.reset_env(key, parameters)[1])

    def observe(self, state: PyTree) -> Array:
        """Returns what networks see of a state, `[features]`."""
        seen = _made(self.name)[0].get_obs(state)
        return seen / jnp.asarray(SCALES[self.name], seen.dtype)

    def ended(self, state: PyTree) -> Array:
        """Returns whether the task is over: the pole has fallen, the car is up the hill."""
        return _made(self.name)[0].is_terminated(state, _made(self.name)[1])

    def step(self, state: PyTree, action: Array) -> PyTree:
        """Returns the state after an action, a whole number."""
        made, parameters = _made(self.name)
        with jax.numpy_dtype_promotion("standard"):  # gymnax takes truth values from 1.0
            moved = made.step_env(jax.random.key(0), state, action, parameters)[1]
        return jax.tree.map(lambda new, old: jnp.where(self.ended(state), old, new.astype(old.dtype)), moved, state)


def environment(name: str = "CartPole-v1") -> Environment:
    """Returns a task of gymnax (extra `rl`).

    Args:
      name: "CartPole-v1", "MountainCar-v0" or "Acrobot-v1".

    Raises:
      ValueError: another name.
      ImportError: gymnax is not installed.

    Source: Lange, "gymnax: A JAX-based Reinforcement Learning Environment Library", 2022,
    https://github.com/RobertTLange/gymnax; Barto, Sutton, Anderson, "Neuronlike Adaptive Elements That Can Solve
    Difficult Learning Control Problems", 1983, for the pole on the cart.

    Example:
      >>> poles = environment()
      >>> state = poles.step(poles.reset(jax.random.key(0)), jnp.array(1))
      >>> poles.observe(state).shape, bool(poles.ended(state))
      ((4,), False)
    """
    if name not in SCALES:
        raise ValueError(f"name is {name!r}; it has to be one of {', '.join(SCALES)}.")
    _made(name)
    return Environment(name)
