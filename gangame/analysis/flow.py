"""The continuous-time dynamics of a game."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from gangame.analysis.extra import extra
from gangame.analysis.freeze import sample_of
from gangame.calculus import Direction, field
from gangame.core import Array, Batch, Game, Key, Players


def flow(
    game: Game,
    players: Players,
    times: Array,
    *,
    batch: Batch = None,
    key: Key | None = None,
    direction: Direction = field,
    tolerance: float | None = None,
    solver: Any = None,
    max_steps: int = 100_000,
) -> Players:
    """The limit of small steps: all players move at once along their own gradients in continuous time.

        ẇ = −v(w),    w(times[0]) = players

    One simultaneous step of size η is about a time η. The field is that of one fixed sample, so a game with randomness
    becomes the deterministic game on that sample. Integrated by diffrax with steps that it chooses; jit, vmap and grad
    go through. Where the flow leaves every bound, or needs more than `max_steps`, the points after that are infinite.

    Args:
      game: the game.
      players: where the flow starts.
      times: `[num_times]`, strictly increasing; the first is the time at which the flow starts.
      batch: the sample; by default one drawn with `key`.
      key: from which the sample is drawn; key 0 by default.
      direction: what the players follow downhill, such as `modified_field(...)`; the field of own gradients by default.
      tolerance: relative and absolute error of a step, positive; by default 1e-12, or 1e-6 below 64 bits.
      solver: a solver of diffrax; `diffrax.Dopri8()` by default.
      max_steps: largest number of the solver's steps, 1 or more.

    Returns:
      The players at all times, leaves `[num_times, ...]`.

    Raises:
      ValueError: `times` is no increasing sequence, or a number is outside its range.
      ImportError: diffrax is not installed.

    Source: Balduzzi et al., "The Mechanics of n-Player Differentiable Games", 2018, https://arxiv.org/abs/1802.05642,
    for the dynamics; Kidger, "On Neural Differential Equations", 2021, https://arxiv.org/abs/2202.02435, for diffrax.

    Example:
      >>> from gangame import games
      >>> game = games.bilinear()
      >>> circle = flow(game, {"x": 1.0, "y": 0.0}, jnp.array([0.0, jnp.pi / 2, jnp.pi]))
      >>> print(circle["x"].round(4) + 0.0, circle["y"].round(4) + 0.0)
      [ 1.  0. -1.] [0. 1. 0.]
    """
    _check_times(times)
    if max_steps < 1 or (tolerance is not None and not tolerance > 0):
        raise ValueError(
            f"tolerance is {tolerance} and max_steps is {max_steps}; they have to be positive, and 1 or more."
        )
    diffrax = extra("diffrax")
    players = jax.tree.map(jnp.asarray, players)
    batch = sample_of(game, batch, key)
    start, unravel = ravel_pytree(players)
    times = jnp.asarray(times, start.dtype)
    if tolerance is None:
        tolerance = 1e-12 if start.dtype == jnp.float64 else 1e-6

    def velocity(time: Array, point: Array, batch: Batch) -> Array:
        del time
        return -ravel_pytree(direction(game)(unravel(point), batch))[0]

    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(velocity),
        diffrax.Dopri8() if solver is None else solver,
        times[0],
        times[-1],
        None,
        start,
        batch,
        saveat=diffrax.SaveAt(ts=times),
        stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=tolerance),
        max_steps=max_steps,
        throw=False,
    )
    return jax.vmap(unravel)(solution.ys)


def _check_times(times: Array) -> None:
    if isinstance(times, jax.core.Tracer):
        return
    values = np.asarray(times)
    if values.ndim != 1 or len(values) < 2 or not np.all(np.diff(values) > 0):
        raise ValueError(
            f"times is {times}; it has to be a strictly increasing sequence of two times or more. Backward in time the "
            "flow of a game leaves its attractors, which magnifies every error; start at an earlier point."
        )
