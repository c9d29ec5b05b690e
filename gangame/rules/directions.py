"""Directions: what players may follow in place of the field of own gradients.

A direction is a function of the type of `gangame.calculus.field`, `direction(game)(players, batch)`. Each entry of
`DIRECTIONS` makes one from its strengths, and the rules that follow whatever field they are given, once or in turn,
ahead or back, have an argument `direction` for it:

    rules.extragradient({"x": optax.adam(1e-3), "y": 0.1}, direction=rules.directions.consensus(strength=1.0))
"""

from collections.abc import Callable

from gangame.calculus import Direction, field
from gangame.rules.competitive import competitive_direction as competitive
from gangame.rules.consensus import consensus_direction as consensus
from gangame.rules.follow_the_ridge import follow_the_ridge_direction as follow_the_ridge
from gangame.rules.hamiltonian import hamiltonian_direction as hamiltonian
from gangame.rules.lola import lola_direction as lola
from gangame.rules.one_sided import one_sided_direction as one_sided
from gangame.rules.opponent_lookahead import opponent_lookahead_direction as opponent_lookahead
from gangame.rules.stable_opponent_shaping import stable_opponent_shaping_direction as stable_opponent_shaping
from gangame.rules.symplectic import symplectic_direction as symplectic
from gangame.rules.symplectic_surgery import symplectic_surgery_direction as symplectic_surgery

DIRECTIONS: dict[str, Callable[..., Direction]] = {
    "field": lambda: field,
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
}

__all__ = ["DIRECTIONS", *(name for name in DIRECTIONS if name != "field")]
