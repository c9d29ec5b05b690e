"""How fast a rule converges near an equilibrium: as its own Jacobian says, and as it was measured."""

from collections.abc import Mapping

import jax
import numpy as np

from gangame import analysis
from gangame.games import GAMES
from gangame.lab import spec
from gangame.lab.period import period_of
from gangame.lab.tournament.contenders import Contender

MOST_PARAMETERS = 60
DENSE_BELOW = 100 * MOST_PARAMETERS  # whatever a rule remembers beside the players


def local_rate(row: Contender, game: spec.Spec, values: Mapping[str, float]) -> float | None:
    """Returns the factor by which one step shrinks the distance to the known equilibrium in the long run.

    It is the spectral radius of the step's Jacobian with the rule's state; NaN where the step has no derivative. `None`
    where no equilibrium is known or the game is too large.
    """
    changed = row.game_arguments(values)
    made = spec.build(game._replace(arguments={**game.arguments, **changed}), GAMES)
    if made.equilibrium is None:
        return None
    if sum(np.size(leaf) for leaf in jax.tree.leaves(made.equilibrium)) > MOST_PARAMETERS:
        return None
    rule = row.make(sorted(made.equilibrium), values)
    point, period = made.equilibrium, period_of(row.rule)
    return analysis.local_rate(rule, made, point, num_steps=period, dense_below=DENSE_BELOW).radius


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
