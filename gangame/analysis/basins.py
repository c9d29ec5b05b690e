"""Basins of attraction: from where a rule goes where."""

from typing import NamedTuple

import jax
import numpy as np

from gangame.analysis.plane import axes_of, on_grid
from gangame.core import Array, Game, Key, UpdateRule
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
      tolerance: positive.
      key: the key of all runs; key 0 by default.

    Raises:
      ValueError: the game has not two scalars, or a number is outside its range.

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
    _, players_at, point_of = axes_of(game)
    last = num_steps // 10  # what does not divide comes first, unlooked at

    def ends(point: Array) -> Array:
        def observe(players: dict, key: Key) -> Array:
            del key
            return point_of(players)

        run = advance(game, rule, start(game, rule, key, players_at(point)), num_steps - 2 * last)
        return advance(game, rule, run, 2 * last, observe, last).records

    pairs = np.asarray(jax.jit(lambda: on_grid(ends, horizontal, vertical))())
    before, points = pairs[..., 0, :], pairs[..., 1, :]
    with np.errstate(invalid="ignore"):  # what has escaped is not finite, and moves by NaN
        resting = np.linalg.norm(points - before, axis=-1) < tolerance
    return _number(points, resting, 10 * tolerance)


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
