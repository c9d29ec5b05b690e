"""The contract that everything else rests on: games, update rules, and nothing more.

A *game* says what each player wants, an *update rule* says how everybody moves. Neither knows the other, so every rule
plays every game.
"""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jax.tree_util import Partial

Array = jax.Array
Key = jax.Array
"""A typed key of `jax.random.key`."""
PyTree = Any
Players = dict[str, PyTree]
"""Each player's parameters under its name, such as `{"generator": ..., "discriminator": ...}`."""
Batch = PyTree
"""ALL the randomness of one evaluation of the losses: data and latents (and dropout keys, if any)."""
State = PyTree
"""What an update rule remembers from one step to the next."""


class Game(NamedTuple):
    """What each player wants.

    A game is pure: `losses` has no memory and no randomness of its own, so a rule may evaluate it anywhere, as often as
    it likes, on the same batch or on another one. Player order is the sorted order of the names, which is the order in
    which JAX flattens a dictionary.

    Arrays that a game holds (data, matrices, strengths) are leaves of its callables (`jax.tree_util.Partial` or a
    registered dataclass): then a game is a pytree, and its data enter a compiled program as arguments.

    Attributes:
      init: `init(key) -> players`, the starting point.
      sample: `sample(key) -> batch`, one draw of all the randomness. `None` is a fine batch for a deterministic game.
      losses: `losses(players, batch) -> {name: loss}`, one scalar for each player, which that player minimises.
      equilibrium: players at which nobody wants to move, where such a point is known in closed form; else `None`.

    Example:
      >>> import gangame as gg
      >>> import jax.numpy as jnp
      >>> game = gg.Game(
      ...     init=lambda key: {"x": jnp.array(1.0), "y": jnp.array(0.0)},
      ...     sample=lambda key: None,
      ...     losses=lambda players, batch: {"x": players["x"] * players["y"], "y": -players["x"] * players["y"]},
      ... )
    """

    init: Callable[[Key], Players]
    sample: Callable[[Key], Batch]
    losses: Callable[[Players, Batch], dict[str, Array]]
    equilibrium: Players | None = None


class UpdateRule(NamedTuple):
    """How everybody moves.

    The rule receives the whole game and a fresh key on each call. It draws as many samples as it wants and decides
    where the same sample is used twice; it never receives more than that, so no rule needs a special argument.

    Attributes:
      init: `init(players) -> state`, what the rule remembers before the first step.
      update: `update(game, players, state, key) -> (players, state)`, one step of all players. Structure, shapes and
        dtypes of players and state stay as they are. What turns infinite or NaN is a result, not an exception.
    """

    init: Callable[[Players], State]
    update: Callable[[Game, Players, State, Key], tuple[Players, State]]


def as_partial(function: Callable) -> Callable:
    """Returns a callable that is a pytree: the function itself if it is one, else the function without leaves.

    A game whose callables are pytrees can be an argument of a compiled function; see `portable`.
    """
    return Partial(function) if jax.tree_util.all_leaves([function]) else function


def portable(game: Game) -> Game:
    """Returns the same game as a pytree that may enter `jax.jit` as an argument, its arrays being the leaves."""
    return game._replace(init=as_partial(game.init), sample=as_partial(game.sample), losses=as_partial(game.losses))


def portable_rule(rule: UpdateRule) -> UpdateRule:
    """Returns the same rule as a pytree that may enter `jax.jit` as an argument; one of plain functions has no leaves.

    Programs that take it are compiled once for each rule, or once for all numbers of a rule that holds them as leaves.
    """
    return UpdateRule(as_partial(rule.init), as_partial(rule.update))


def nothing(key: Key) -> None:
    """Returns no randomness: the `sample` of a deterministic game."""
    del key


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class ZeroSumLosses:
    """`losses` of two players, one of whom pays what the other one gains."""

    value: Callable[[Players, Batch], Array]
    minimizer: str = dataclasses.field(metadata={"static": True})
    maximizer: str = dataclasses.field(metadata={"static": True})

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses."""
        worth = self.value(players, batch)
        return {self.minimizer: worth, self.maximizer: -worth}


def zero_sum(
    value: Callable[[Players, Batch], Array],
    minimizer: str = "x",
    maximizer: str = "y",
    *,
    init: Callable[[Key], Players] | None = None,
    sample: Callable[[Key], Batch] | None = None,
    equilibrium: Players | None = None,
) -> Game:
    """Returns the two-player game with one value function V, min over one player and max over the other.

    Args:
      value: `value(players, batch) -> V`, a scalar.
      minimizer: name of the player with loss V.
      maximizer: name of the player with loss -V; differs from `minimizer`.
      init: starting point; by default each player is one standard normal scalar.
      sample: randomness of the value; by default there is none, and the batch is `None`.
      equilibrium: the saddle point, if known.

    Raises:
      ValueError: both players have the same name.

    Example:
      >>> import gangame as gg
      >>> game = gg.zero_sum(lambda players, batch: players["x"] * players["y"])
      >>> losses = game.losses({"x": 2.0, "y": 3.0}, game.sample(None))
      >>> losses["x"], losses["y"]
      (6.0, -6.0)
    """
    if minimizer == maximizer:
        raise ValueError(f"minimizer and maximizer are both named {minimizer!r}; give the two players different names.")

    def standard_normals(key: Key) -> Players:
        key_minimizer, key_maximizer = jax.random.split(key)
        return {minimizer: jax.random.normal(key_minimizer), maximizer: jax.random.normal(key_maximizer)}

    return Game(
        init=as_partial(init or standard_normals),
        sample=as_partial(sample or nothing),
        losses=ZeroSumLosses(as_partial(value), minimizer, maximizer),
        equilibrium=equilibrium,
    )
