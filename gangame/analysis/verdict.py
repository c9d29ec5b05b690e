"""Which rules converge at a point, and at which rates, before any of them is run."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from gangame.analysis.freeze import freeze, sample_of
from gangame.analysis.spectrum import spectrum
from gangame.analysis.update_matrix import LocalRate, local_rate
from gangame.calculus import field
from gangame.core import Array, Batch, Game, Players, UpdateRule


class Verdict(NamedTuple):
    """What one rule does near a point.

    Attributes:
      rule: its name.
      radius: factor by which the distance to the point changes per step in the long run; for the flow per unit of time.
      halving: steps in which the distance halves; infinite where it does not shrink.
      outcome: "converges", "diverges", "neutral" (the radius is 1 within the margin, and linear terms do not decide) or
        "unknown".
      reason: why, in one sentence.
    """

    rule: str
    radius: float
    halving: float
    outcome: str
    reason: str


def verdict(
    game: Game,
    players: Players,
    rules: Mapping[str, UpdateRule],
    batch: Batch = None,
    *,
    periods: Mapping[str, int] | None = None,
    margin: float = 1e-6,
    at_rest: float = 1e-6,
    **dense: Any,
) -> list[Verdict]:
    """Says of the flow and of each rule whether it converges to a point from nearby, and how fast.

    The flow is judged by the spectrum of J = ∇v: it converges where all real parts are positive. A rule is judged by
    the spectral radius of its update matrix, so what it remembers counts as well. That holds on one sample, to which
    the game is frozen, and for starts that are near enough.

    Args:
      game: the game.
      players: the point, at which v is about 0; a known `game.equilibrium`, or one that was searched.
      rules: the rules by name.
      batch: the sample; by default one drawn with key 0.
      periods: for rules whose steps differ, such as a lookahead, by name the number of steps after which they repeat.
      margin: how far from 1 a radius has to be to decide, 0 or more.
      at_rest: how far one step may move the point for the point to count as one that the rule leaves in place; larger
        displacements make the verdict "unknown".
      **dense: `dense_below` and `max_size` of `spectrum` and `local_rate`.

    Returns:
      One verdict for the flow, and then one for each rule in the order of `rules`.

    Raises:
      TypeError: `rules` is no dict.
      ValueError: a period of a rule that is not there, or a number outside its range.

    Source: Mescheder, Nowozin, Geiger, "The Numerics of GANs", 2017, https://arxiv.org/abs/1705.10461, for the local
    convergence of fixed-point maps.

    Example:
      >>> from gangame import games, rules
      >>> game = games.bilinear()
      >>> table = verdict(game, game.equilibrium, {"plain": rules.simultaneous(0.5), "in turn": rules.alternating(0.5)})
      >>> for row in table:
      ...     print(f"{row.rule}: {row.outcome}, {row.radius:.3f}")
      flow: neutral, 1.000
      plain: diverges, 1.118
      in turn: neutral, 1.000
    """
    if margin < 0 or at_rest < 0:
        raise ValueError(f"margin is {margin} and at_rest is {at_rest}; both have to be 0 or more.")
    if not isinstance(rules, Mapping):
        raise TypeError(f"rules is a {type(rules).__name__}; it has to be a dict of rules by their names.")
    periods = dict(periods or {})
    if missing := set(periods) - set(rules):
        raise ValueError(f"periods names {', '.join(sorted(missing))}, and rules are {', '.join(sorted(rules))}.")
    players = jax.tree.map(jnp.asarray, players)
    batch = sample_of(game, batch)
    still = freeze(game, batch)
    # Curvature of order 1 makes a smooth step nonlinear by eps^(1/3), the distance at which that is measured.
    smooth = max(1e-3, 20 * float(jnp.finfo(ravel_pytree(players)[0].dtype).eps) ** (1 / 3))
    rows = [_judge("flow", _rate_of_flow(still, players, batch, **dense), margin, at_rest, smooth)]
    for name, rule in rules.items():
        rate = local_rate(rule, still, players, num_steps=periods.get(name, 1), **dense)
        rows.append(_judge(name, rate, margin, at_rest, smooth))
    return rows


def _rate_of_flow(game: Game, players: Players, batch: Batch, **dense: Any) -> LocalRate:
    pairs = spectrum(game, players, batch, num=2, parts=("smallest_real",), **dense)
    slowest = np.argmin(pairs.values.real)
    displacement = float(_speed(game, players, batch))
    radius = float(np.exp(-pairs.values[slowest].real))
    return LocalRate(radius, float(pairs.residuals[slowest]) * radius, pairs.settled, displacement, 0.0)


@jax.jit
def _speed(game: Game, players: Players, batch: Batch) -> Array:
    return jnp.linalg.norm(ravel_pytree(field(game)(players, batch))[0])


def _judge(name: str, rate: LocalRate, margin: float, at_rest: float, smooth: float) -> Verdict:
    radius = rate.radius
    unit = "unit of time" if name == "flow" else "step"
    halving = float(np.log(0.5) / np.log(radius)) if 0 < radius < 1 else (0.0 if radius == 0 else float("inf"))

    def row(outcome: str, reason: str) -> Verdict:
        return Verdict(name, radius, halving, outcome, reason)

    if not rate.displacement <= at_rest:
        return row("unknown", f"The point is not at rest: it moves by {rate.displacement:.2g}.")
    if np.isnan(radius):
        return row("unknown", "The step has no finite derivative at this point.")
    if not rate.nonlinearity <= smooth:
        return row("unknown", "The step is not smooth at this point: it is not that of its derivative nearby.")
    if not rate.settled or rate.residual > max(margin, abs(radius - 1) / 2):
        return row("unknown", f"The dominant eigenvalue has not converged: its residual is {rate.residual:.2g}.")
    if abs(radius - 1) <= margin:
        return row("neutral", f"The radius is 1 within {margin:.0e}: linear terms neither shrink nor grow.")
    if radius > 1:
        return row("diverges", f"A small distance grows by {radius:.6g} in each {unit}.")
    return row("converges", f"A small distance shrinks by {radius:.6g} in each {unit}.")
