"""Averages of the points that a rule visits."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from gangame.core import Array, Game, Key, Players, State, UpdateRule
from gangame.ranges import check_number
from gangame.rules.cost import Cost, costs


class Averaged(NamedTuple):
    """State of the rule inside, the average, and how many points it is of."""

    inner: State
    mean: Players
    num_points: Array


@costs(Cost(copies=1))
def averaged(rule: UpdateRule, *, decay: float | None = None) -> UpdateRule:
    """A wrapper: the rule plays as ever, and the average of its points is kept beside it.

        w̄_t = (1/t) Σ_{s≤t} w_s,    or    w̄_t = β w̄_{t−1} + (1 − β) w_t  with  w̄_0 = w_0

    The players themselves are those of the rule; `rules.average(state)` reads the average. On V = xy the uniform
    average of alternating steps converges like 1/T; the exponential one shrinks their rotation, by φ per step, by the
    factor (1 − β)/√(1 − 2β cos φ + β²).

    Args:
      rule: the rule that plays.
      decay: β, from 0 (the last point) to 1 (the starting point); `None` is the uniform average of all points after
        the start.

    Returns:
      The rule. Its state holds the average, before the first step the starting point.

    Raises:
      ValueError: a decay outside its range.

    Source: Yazici et al., "The Unusual Effectiveness of Averaging in GAN Training", 2019,
    https://arxiv.org/abs/1806.04498; Gidel et al. 2019, https://arxiv.org/abs/1802.10551.

    Example:
      >>> import jax
      >>> import gangame as gg
      >>> from gangame import games, rules
      >>> run = gg.play(games.bilinear(), averaged(rules.alternating(0.1), decay=0.99), jax.random.key(0), 100)
      >>> sorted(average(run.state))
      ['x', 'y']
    """
    check_decay(decay)

    def init(players: Players) -> Averaged:
        return Averaged(rule.init(players), players, jnp.zeros((), jnp.int32))

    def update(game: Game, players: Players, state: Averaged, key: Key) -> tuple[Players, Averaged]:
        moved, inner = rule.update(game, players, state.inner, key)
        num_points = state.num_points + 1
        return moved, Averaged(inner, running_mean(state.mean, moved, num_points, decay), num_points)

    return UpdateRule(init, update)


def average(state: State) -> Players:
    """Returns the average in the state of a rule that `averaged` made.

    Raises:
      ValueError: it is the state of another rule.
    """
    if not isinstance(state, Averaged):
        raise ValueError("This state holds no average; the outermost rule has to be averaged(rule).")
    return state.mean


def outcome(players: Players, state: State) -> Players:
    """Returns what a run stands for: the average where its rule keeps one, else the players themselves."""
    return average(state) if isinstance(state, Averaged) else players


def check_decay(decay: float | None) -> None:
    """Raises a ValueError for a decay that is neither `None` nor from 0 to 1."""
    if decay is not None:
        check_number(decay, "decay", 0, 1)


def running_mean(mean: Players, point: Players, num_points: Array, decay: float | None) -> Players:
    """Returns the mean after one more point: uniform, of `num_points` with the new one, or exponential with `decay`."""

    def one(mean: Array, point: Array) -> Array:
        weight = 1 / num_points.astype(mean.dtype) if decay is None else jnp.asarray(1 - decay).astype(mean.dtype)
        return mean + weight * (point - mean)

    return jax.tree.map(one, mean, point)
