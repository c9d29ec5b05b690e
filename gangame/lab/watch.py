"""A wrapper that notes on the device when a player turns infinite or NaN, and what is said about it on the host."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

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


class Diverged(NamedTuple):
    """Who turned infinite or NaN, in which seed, and after which step first."""

    player: str
    seed: int
    step: int


def watched(rule: UpdateRule, freeze: bool = False) -> UpdateRule:
    """Returns the same rule, which also remembers the first step at which each player was not finite.

    Args:
      rule: the rule.
      freeze: leave all players, and what the rule remembers, where they were before that step.
    """

    def init(players: Players) -> Watched:
        return Watched(rule.init(players), jnp.zeros((), jnp.int32), {name: jnp.int32(NEVER) for name in players})

    def update(game: Game, players: Players, state: Watched, key: Key) -> tuple[Players, Watched]:
        moved, inner = rule.update(game, players, state.inner, key)
        step = state.step + 1
        finite = {name: _all_finite(moved[name]) for name in state.diverged}
        diverged = {
            name: jnp.where((first == NEVER) & ~finite[name], step, first) for name, first in state.diverged.items()
        }
        if freeze:
            fine = jnp.all(jnp.stack([first == NEVER for first in diverged.values()]))
            moved, inner = jax.tree.map(
                lambda new, old: jnp.where(fine, new, old), (moved, inner), (players, state.inner)
            )
        return moved, Watched(inner, step, diverged)

    return UpdateRule(init, update)


def _all_finite(tree: Players) -> Array:
    finite = jnp.array(True)
    for leaf in jax.tree.leaves(tree):
        finite &= jnp.all(jnp.isfinite(leaf))
    return finite


def divergence(state: Watched) -> list[Diverged]:
    """Returns who diverged, from the state of all seeds `[seeds]`."""
    steps = {name: np.asarray(each) for name, each in state.diverged.items()}
    return [
        Diverged(name, int(seed), int(of_player[seed]))
        for name, of_player in steps.items()
        for seed in np.flatnonzero(of_player != NEVER)
    ]


def sentences(label: str, diverged: Sequence[Mapping[str, Any]], num_seeds: int) -> list[str]:
    """Returns one sentence for each seed that turned non-finite, naming who, when and where first."""
    by_seed: dict[int, Diverged] = {}
    for each in sorted((Diverged(**entry) for entry in diverged), key=lambda entry: entry.step):
        by_seed.setdefault(each.seed, each)
    others = num_seeds - len(by_seed)
    return [
        f"{label}: the {each.player} of seed {seed} was no longer finite after step {each.step:,}; "
        f"{others} of {num_seeds} seeds stayed finite."
        for seed, each in sorted(by_seed.items())
    ]
