"""How far each player moves: an optax transformation for each, from whatever the user gave as `optimizer`."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import optax

from gangame.core import Array, Players, State
from gangame.ranges import check_number

Optimizer: TypeAlias = float | Array | optax.GradientTransformation | Mapping[str, Any]
"""A learning rate, an optax transformation, or a dict with one of these for each player."""


LearningRate: TypeAlias = float | Array | Mapping[str, Any]
"""A learning rate, or a dict with one for each player."""


def transformation(optimizer: Any) -> optax.GradientTransformation:
    """Returns one player's optax transformation; a learning rate means plain gradient descent, w − ηv."""
    if isinstance(optimizer, optax.GradientTransformation):
        return optimizer
    if callable(optimizer):
        raise ValueError("The optimizer is a function; pass a schedule inside a transformation: optax.sgd(schedule).")
    check_number(optimizer, "learning rate")
    return optax.sgd(optimizer)


def scaled(factor: Any, tree: Players) -> Players:
    """Returns a tree times a number, which may be traced, in the float types of the tree."""
    return jax.tree.map(lambda leaf: jnp.asarray(factor).astype(leaf.dtype) * leaf, tree)


def guarded_root(square: Array) -> Array:
    """Returns √s with the derivative 0 at s = 0: for the mean square of a gradient that has always been zero."""
    positive = square > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, square, 1)), 0)


class PlayerRates:
    """One learning rate for each player, for rules which are defined by plain steps."""

    def __init__(self, learning_rate: LearningRate, name: str = "learning rate"):
        """Checks the argument.

        Args:
          learning_rate: a number of at least 0, or a dict with one for each player.
          name: what it is called in messages.

        Raises:
          ValueError: a rate is negative, not finite or not a number.
        """
        self._name = name
        self._rates = learning_rate
        for rate in learning_rate.values() if isinstance(learning_rate, Mapping) else [learning_rate]:
            if isinstance(rate, optax.GradientTransformation) or callable(rate):
                raise ValueError(
                    f"The {name} is an optimizer; this rule is defined by plain steps, so give a number, 0 or more, or "
                    "a dict with one for each player."
                )
            check_number(rate, name)

    def check(self, players: Players) -> None:
        """Raises a ValueError if a dict of rates does not name these very players."""
        if isinstance(self._rates, Mapping) and set(self._rates) != set(players):
            raise ValueError(
                f"The {self._name} names the players {', '.join(sorted(self._rates))}, and the game has "
                f"{', '.join(sorted(players))}; give one entry for each of them."
            )

    def __getitem__(self, name: str) -> Any:
        """Returns the rate of one player."""
        return self._rates[name] if isinstance(self._rates, Mapping) else self._rates

    def times(self, direction: Players) -> Players:
        """Returns η_i d_i for each player i of a direction."""
        return {name: scaled(self[name], own) for name, own in direction.items()}

    def step(self, players: Players, direction: Players) -> Players:
        """Returns all players after w_i − η_i d_i for each player i that has an entry in the direction d."""
        moves = self.times(direction)
        moved = {name: jax.tree.map(lambda w, d: w - d, players[name], moves[name]) for name in direction}
        return {**players, **moved}


class PlayerOptimizers:
    """One optax transformation for each player.

    Made once in the factory of a rule, so that what is wrong with the argument is said there; which players there are
    is known when the rule meets the game.
    """

    def __init__(self, optimizer: Optimizer):
        """Checks the argument.

        Args:
          optimizer: a learning rate, an optax transformation, or a dict with one of these for each player.

        Raises:
          ValueError: a learning rate is negative or not a number.
        """
        self._by_name: dict[str, optax.GradientTransformation] = {}
        self._for_all: optax.GradientTransformation | None = None
        if isinstance(optimizer, Mapping):
            self._by_name = {name: transformation(each) for name, each in optimizer.items()}
        else:
            self._for_all = transformation(optimizer)

    def __getitem__(self, name: str) -> optax.GradientTransformation:
        """Returns the transformation of one player."""
        return self._for_all or self._by_name[name]

    def init(self, players: Players, everyone: Players | None = None) -> State:
        """Returns the state of the transformations of `players`, by name.

        Args:
          players: the players who move.
          everyone: all players of the game, where `players` are some of them.

        Raises:
          ValueError: a dict of optimisers lacks one of `players`, or names somebody who is not in the game.
        """
        if self._for_all is None:
            named = set(self._by_name)
            if not set(players) <= named <= set(everyone or players):
                raise ValueError(
                    f"The optimizer names the players {', '.join(sorted(named))}, and those who move are "
                    f"{', '.join(sorted(players))}; give one entry for each of them."
                )
        return {name: self[name].init(own) for name, own in players.items()}

    def step(self, name: str, gradient: Players, state: State, own: Players) -> tuple[Players, State]:
        """Returns the parameters and the optimiser state of one player after one step along `gradient`."""
        updates, state = self[name].update(gradient, state, own)
        return optax.apply_updates(own, updates), state

    def step_all(self, gradients: Players, state: State, players: Players) -> tuple[Players, State]:
        """Returns players and states after one step of each player that has an entry in `gradients`."""
        players, state = dict(players), dict(state)
        for name, gradient in gradients.items():
            players[name], state[name] = self.step(name, gradient, state[name], players[name])
        return players, state
