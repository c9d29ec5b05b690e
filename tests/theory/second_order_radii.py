"""Closed forms of the spectral radius on V = xy, of rules that look through gradients."""

from functools import partial

import numpy as np
from theory.case import TIGHT, Radius

from gangame import rules


def unrolled_radius(depth):
    def radius(h):
        root = np.sqrt((depth**2 * h**2 - 1).astype(complex))
        return np.maximum(*(np.abs(1 - depth * h**2 + sign * h * root) for sign in (1, -1)))

    return radius


def unrolled_held_radius(depth):
    def radius(h):
        root = np.sqrt((depth**2 * h**2 - 4).astype(complex))
        return np.maximum(*(np.abs(1 - depth * h**2 / 2 + sign * h / 2 * root) for sign in (1, -1)))

    return radius


def one_sided_radius(strength):
    def radius(h):
        """The step is [[1, −η], [η, 1 − 2ηγ]], with eigenvalues 1 − ηγ ± η √(γ² − 1)."""
        root = np.sqrt(complex(strength**2 - 1))
        return np.maximum(*(np.abs(1 - h * (strength + sign * root)) for sign in (1, -1)))

    return radius


RADII = {
    "unrolled": [
        Radius(lambda rate: rules.unrolled(rate, depth=1), unrolled_radius(1)),
        Radius(lambda rate: rules.unrolled(rate, depth=5), unrolled_radius(5)),
        *(
            Radius(
                lambda rate, depth=depth, through=through: rules.unrolled(
                    rate, leader=("x", "y"), depth=depth, through=through
                ),
                lambda h, k=depth * (1 + through): np.hypot(1 - k * h**2, h),
            )
            for depth in (1, 3)
            for through in (False, True)
        ),
        Radius(lambda rate: rules.unrolled(rate, depth=3, through=False), unrolled_held_radius(3)),
    ],
    # Each step is a rotation by a right angle and a contraction, [[1 − c, −η], [η, 1 − c]]: modulus of 1 − c + iη.
    "consensus": [
        Radius(
            lambda rate, strength=strength: rules.consensus(rate, strength=strength),
            lambda h, strength=strength: np.hypot(1 - strength * h, h),
        )
        for strength in (0.0, 0.5, 1.0, 10.0)
    ],
    "one_sided": [Radius(lambda rate: rules.one_sided(rate, player="y", strength=0.8), one_sided_radius(0.8))],
    "hamiltonian": [Radius(rules.hamiltonian, lambda h: np.abs(1 - h), rates=(0.1, 0.5, 1.0, 1.9, 2.1))],
    "symplectic": [
        Radius(rules.symplectic, lambda h: np.hypot(1 - h, h)),
        Radius(lambda rate: rules.symplectic(rate, strength=0.5, align=False), lambda h: np.hypot(1 - h / 2, h)),
        # Without ε the sign of 0 is 0, and the rule is simultaneous steps.
        Radius(lambda rate: rules.symplectic(rate, epsilon=0.0), lambda h: np.sqrt(1 + h**2)),
    ],
    "opponent_lookahead": [
        Radius(lambda rate: rules.opponent_lookahead(rate, rate=rate), lambda h: np.sqrt(1 - h**2 + h**4)),
    ],
    "lola": [
        Radius(
            lambda rate, exact=exact: rules.lola(rate, rate=rate, exact=exact),
            lambda h: np.sqrt(1 - 3 * h**2 + 4 * h**4),
        )
        for exact in (True, False)
    ],
    "stable_opponent_shaping": [  # at the fixed point, where shaping has faded out
        Radius(lambda rate: rules.stable_opponent_shaping(rate, rate=rate), lambda h: np.sqrt(1 - h**2 + h**4)),
    ],
    "competitive": [
        Radius(partial(rules.competitive, solver=solver, **TIGHT), lambda h: 1 / np.sqrt(1 + h**2))
        for solver in ("cg", "gmres")
    ],
    # Without curvature of the follower there is no ridge, and these are simultaneous steps.
    "follow_the_ridge": [Radius(partial(rules.follow_the_ridge, **TIGHT), lambda h: np.sqrt(1 + h**2))],
    "symplectic_surgery": [Radius(partial(rules.symplectic_surgery, **TIGHT), np.ones_like)],
    "proximal": [Radius(partial(rules.proximal, tol=1e-13), lambda h: 1 / np.sqrt(1 + h**2))],
}
