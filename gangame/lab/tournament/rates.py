"""How fast a rule converges near an equilibrium: as its own Jacobian says, and as it was measured."""

from collections.abc import Mapping

import jax
import numpy as np

from gangame.analysis import update_matrix
from gangame.games import GAMES
from gangame.lab import spec
from gangame.lab.tournament.contenders import Contender
from gangame.rules import RULES

MOST_PARAMETERS = 60


def local_rate(row: Contender, game: spec.Spec, values: Mapping[str, float]) -> float | None:
    """Returns the factor by which one step shrinks the distance to the known equilibrium in the long run.

    It is the spectral radius of the step's Jacobian with the rule's state. `None` where no equilibrium is known or the
    game is too large.
    """
    changed = row.game_arguments(values)
    made = spec.build(game._replace(arguments={**game.arguments, **changed}), GAMES)
    if made.equilibrium is None:
        return None
    if sum(np.size(leaf) for leaf in jax.tree.leaves(made.equilibrium)) > MOST_PARAMETERS:
        return None
    period = _period(row.rule)
    matrix = update_matrix(row.make(sorted(made.equilibrium), values), made, made.equilibrium, num_steps=period)
    if not np.all(np.isfinite(matrix)):
        return float("nan")
    eigenvalues = np.linalg.eigvals(np.asarray(matrix))  # of NumPy: not every accelerator has them
    return float(np.abs(eigenvalues).max()) ** (1 / period)


def _period(rule: spec.Spec) -> int:
    """Returns after how many steps a rule does the same again: a lookahead waits for its period, unless it is drawn."""
    known = spec.parameters(RULES[rule.name])
    own = int(rule.arguments.get("period", known["period"].default) or 1) if "period" in known else 1
    inner = rule.arguments.get("rule")
    return own * (_period(inner) if isinstance(inner, spec.Spec) else 1)


def measured_rates(distance: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Returns for each seed the mean factor per step over the second half of its run, `[lanes]`.

    Args:
      distance: to the equilibrium, `[lanes, records]`; what is below the rounding of its start, or not finite, does not
        count, and a seed with fewer than two records that count has NaN.
      steps: `[records]`.
    """
    rates = []
    for own in np.asarray(distance, float):
        counts = np.isfinite(own) & (own > 1e-13 * own[0]) & (own < 1e100)
        usable = np.flatnonzero(counts)
        usable = usable[len(usable) // 2 :] if len(usable) > 3 else usable
        if len(usable) < 2 or steps[usable[-1]] == steps[usable[0]]:
            rates.append(np.nan)
            continue
        first, last = usable[0], usable[-1]
        rates.append(np.exp((np.log(own[last]) - np.log(own[first])) / (steps[last] - steps[first])))
    return np.array(rates)
