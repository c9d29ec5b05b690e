"""Basins of attraction: from where a rule goes where."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gangame.analysis.plane import axes_of, on_grid
from gangame.core import Array, Game, Key, UpdateRule, portable, portable_rule
from gangame.play import advance, start


class Basins(NamedTuple):
    """Where runs end.

    Attributes:
      labels: the number of the attractor at which each run ends, or −1 where it ends at none, `[rows, columns]`.
      attractors: the points at which runs end, `[num_attractors, 2]`, the one that draws most first.
    """

    labels: np.ndarray
    attractors: np.ndarray


def basins(
    game: Game,
    rule: UpdateRule,
    horizontal: Array,
    vertical: Array,
    *,
    num_steps: int = 1000,
    tolerance: float = 1e-3,
    key: Key | None = None,
) -> Basins:
    """Returns for each start on a grid the attractor to which a rule goes, in a game of two scalars.

    A run has ended at a point when another tenth of its steps moves it by less than the tolerance; ends closer together
    than ten tolerances are one attractor. Runs that circle or escape have the label −1.

    Args:
      game: the game, of two players with one number each.
      rule: the rule.
      horizontal: starts of the player whose name comes first, `[columns]`.
      vertical: starts of the other player, `[rows]`.
      num_steps: how long each run is, 10 or more.
      tolerance: of what counts as rest, in the units of the players, positive.
      key: the key of all runs; key 0 by default.

    Returns:
      The labels of the starts, and the attractors; arrays on the host.

    Raises:
      ValueError: the game has not two scalars, or a number is outside its range.

    Source: Hsieh, Mertikopoulos, Cevher, "The Limits of Min-Max Optimization Algorithms: Convergence to Spurious
    Non-Critical Sets", 2021, https://arxiv.org/abs/2006.09065, for where else than to points such runs go.

    Example:
      >>> import gangame as gg
      >>> import jax.numpy as jnp
      >>> from gangame import rules
      >>> double_well = gg.zero_sum(lambda w, batch: (w["x"] ** 2 - 1) ** 2 / 4 - w["y"] ** 2 / 2)
      >>> found = basins(double_well, rules.simultaneous(0.1), jnp.array([-1.5, 0.5]), jnp.array([0.0]))
      >>> print(found.labels, found.attractors.round(2).tolist())
      [[0 1]] [[-1.0, 0.0], [1.0, 0.0]]
    """
    if num_steps < 10 or not tolerance > 0:
        raise ValueError(
            f"num_steps is {num_steps} and tolerance is {tolerance}; 10 or more, and positive, are allowed."
        )
    key = jax.random.key(0) if key is None else key
    portables = portable_rule(rule), portable(game)
    pairs = np.asarray(_ends(*portables, jnp.asarray(horizontal), jnp.asarray(vertical), key, num_steps))
    before, points = pairs[..., 0, :], pairs[..., 1, :]
    with np.errstate(invalid="ignore"):  # what has escaped is not finite, and moves by NaN
        resting = np.linalg.norm(points - before, axis=-1) < tolerance
    return _number(points, resting, 10 * tolerance)


# Compiled here, since what surrounds it runs on the host, and once for each rule: all but the length is an argument.
@partial(jax.jit, static_argnames="num_steps")
def _ends(rule: UpdateRule, game: Game, horizontal: Array, vertical: Array, key: Key, num_steps: int) -> Array:
    """Returns where each run is a tenth of its steps before its end and there, `[rows, columns, 2, 2]`."""
    _, players_at, point_of = axes_of(game)
    last = num_steps // 10  # what does not divide comes first, unlooked at

    def ends(point: Array) -> Array:
        def observe(players: dict, key: Key) -> Array:
            del key
            return point_of(players)

        run = advance(game, rule, start(game, rule, key, players_at(point)), num_steps - 2 * last)
        return advance(game, rule, run, 2 * last, observe, last).records

    return on_grid(ends, horizontal, vertical)


def _number(points: np.ndarray, resting: np.ndarray, distance: float) -> Basins:
    labels = np.full(resting.shape, -1)
    attractors: list[np.ndarray] = []
    while len(open_points := points[resting & (labels < 0)]):
        near = resting & (np.linalg.norm(points - open_points[0], axis=-1) < distance)
        labels[near & (labels < 0)] = len(attractors)
        attractors.append(points[near].mean(axis=0))
    order = np.argsort([-np.sum(labels == i) for i in range(len(attractors))], kind="stable")
    rank = np.append(np.argsort(order), -1)  # the last entry serves the label −1
    return Basins(rank[labels], np.array([attractors[i] for i in order]).reshape(-1, 2))
