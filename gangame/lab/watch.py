"""A wrapper that notes when a player turns infinite or NaN, without stopping anybody."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from gangame.core import Array, Game, Key, Players, State, UpdateRule

NEVER = -1


class Watched(NamedTuple):
    """State of a watched rule.

    Attributes:
      inner: state of the rule itself.
      step: number of steps done.
      diverged: for each player the first step after which it was not finite, or `NEVER`.
    """

    inner: State
    step: Array
    diverged: dict[str, Array]


def watched(rule: UpdateRule) -> UpdateRule:
    """Returns the same rule, which also remembers the first step at which each player was not finite."""

    def init(players: Players) -> Watched:
        return Watched(rule.init(players), jnp.zeros((), jnp.int32), {name: jnp.int32(NEVER) for name in players})

    def update(game: Game, players: Players, state: Watched, key: Key) -> tuple[Players, Watched]:
        players, inner = rule.update(game, players, state.inner, key)
        step = state.step + 1
        diverged = {}
        for name, first in state.diverged.items():
            finite = jnp.array(True)
            for leaf in jax.tree.leaves(players[name]):
                finite &= jnp.all(jnp.isfinite(leaf))
            diverged[name] = jnp.where((first == NEVER) & ~finite, step, first)
        return players, Watched(inner, step, diverged)

    return UpdateRule(init, update)
