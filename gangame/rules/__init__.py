"""Update rules: how everybody moves.

The first argument of a factory says *how far* players step: `optimizer` (a learning rate, an optax transformation, or a
dict with one of these for each player), `learning_rate` (a number, or a dict with one for each player) where the rule
is defined by plain steps, or `rule` where it wraps another. Everything else goes by keyword. `RULES` is the one
catalogue, `directions.DIRECTIONS` that of the corrected fields which rules may follow.
"""

import inspect
from collections.abc import Callable
from typing import Any

from gangame.core import UpdateRule
from gangame.rules import directions
from gangame.rules.alternating import alternating
from gangame.rules.anchored import anchored
from gangame.rules.anderson import anderson
from gangame.rules.averaged import average, averaged
from gangame.rules.competitive import competitive
from gangame.rules.complex_momentum import complex_momentum
from gangame.rules.consensus import consensus
from gangame.rules.cost import Cost, cost_of
from gangame.rules.drift_corrected import drift_corrected
from gangame.rules.extragradient import extragradient
from gangame.rules.follow_the_ridge import follow_the_ridge
from gangame.rules.hamiltonian import hamiltonian
from gangame.rules.heavy_ball import heavy_ball
from gangame.rules.lead import lead
from gangame.rules.lola import lola
from gangame.rules.lookahead import lookahead
from gangame.rules.one_sided import one_sided
from gangame.rules.opponent_lookahead import opponent_lookahead
from gangame.rules.opponent_replay import opponent_replay
from gangame.rules.optimistic import optimistic
from gangame.rules.optimistic_adam import optimistic_adam
from gangame.rules.optimizer import Optimizer
from gangame.rules.prediction import prediction
from gangame.rules.proximal import proximal
from gangame.rules.runge_kutta import runge_kutta
from gangame.rules.simultaneous import simultaneous
from gangame.rules.stable_opponent_shaping import stable_opponent_shaping
from gangame.rules.symplectic import symplectic
from gangame.rules.symplectic_surgery import symplectic_surgery
from gangame.rules.target_network import target_network
from gangame.rules.unrolled import unrolled
from gangame.rules.variance_reduced import variance_reduced
from gangame.rules.weight_clipping import clip_weights

RULES: dict[str, Callable[..., UpdateRule]] = {
    "simultaneous": simultaneous,
    "alternating": alternating,
    "unrolled": unrolled,
    "extragradient": extragradient,
    "optimistic": optimistic,
    "optimistic_adam": optimistic_adam,
    "prediction": prediction,
    "heavy_ball": heavy_ball,
    "complex_momentum": complex_momentum,
    "runge_kutta": runge_kutta,
    "consensus": consensus,
    "one_sided": one_sided,
    "hamiltonian": hamiltonian,
    "symplectic": symplectic,
    "opponent_lookahead": opponent_lookahead,
    "lola": lola,
    "stable_opponent_shaping": stable_opponent_shaping,
    "competitive": competitive,
    "follow_the_ridge": follow_the_ridge,
    "symplectic_surgery": symplectic_surgery,
    "lead": lead,
    "proximal": proximal,
    "drift_corrected": drift_corrected,
    "lookahead": lookahead,
    "averaged": averaged,
    "anchored": anchored,
    "target_network": target_network,
    "opponent_replay": opponent_replay,
    "anderson": anderson,
    "variance_reduced": variance_reduced,
}


def first_argument(factory: Callable[..., Any]) -> str:
    """Returns the name of a factory's first argument: "optimizer", "learning_rate" or "rule"."""
    return next(iter(inspect.signature(factory).parameters))


def make(name: str, optimizer: Optimizer, **arguments: Any) -> UpdateRule:
    """Returns the rule of a name in `RULES`, whatever its first argument is.

    Args:
      name: a name in `RULES`.
      optimizer: goes to the rule itself, or for a wrapper to simultaneous steps unless `rule` is among the arguments.
      **arguments: further arguments of the factory.

    Example:
      >>> rule = make("unrolled", 0.1, depth=3)
    """
    factory = RULES[name]
    if first_argument(factory) != "rule":
        return factory(optimizer, **arguments)
    return factory(arguments.pop("rule", simultaneous(optimizer)), **arguments)


__all__ = [
    "RULES",
    "Cost",
    "average",
    "clip_weights",
    "cost_of",
    "directions",
    "first_argument",
    "make",
    *RULES,
]
