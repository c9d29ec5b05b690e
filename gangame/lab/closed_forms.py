"""The radius of one step where the field is a pure rotation, in closed form, for the rules that have one.

Where the game's Jacobian at its equilibrium is [[0, σ], [−σ, 0]], as on V = σxy and in the unregularised Dirac-GAN, the
matrix of one step has these spectral radii for the step size η; h stands for ησ.
"""

from collections.abc import Callable

import numpy as np

Radius = Callable[..., float | None]
"""From η, σ and the numbers of the rule to the spectral radius; `None` for numbers that have no closed form."""


def _quadratic_root(trace: complex, determinant: complex) -> float:
    """Returns the larger modulus of the roots of λ² − trace·λ + determinant."""
    return float(np.abs(np.roots([1, -trace, determinant])).max())


def _optimistic(rate: float, sigma: float, optimism: float = 1.0, **others: float) -> float:
    """λ² − (1 + 2ih)λ + ih, which the literature has for the optimism 1."""
    return _quadratic_root(1 + 1j * rate * sigma * (1 + optimism), 1j * rate * sigma * optimism)


def _consensus(rate: float, sigma: float, strength: float = 1.0, **others: float) -> float:
    return float(np.hypot(1 - rate * strength * sigma**2, rate * sigma))


def _unrolled(depth: int) -> Radius:
    """The step is [[1 − 2kh², −h], [h, 1]] for the depth k."""

    def radius(rate: float, sigma: float, **others: float) -> float:
        h = rate * sigma
        return _quadratic_root(2 - 2 * depth * h**2, 1 - 2 * depth * h**2 + h**2)

    return radius


def _of_h(formula: Callable[[float], float]) -> Radius:
    return lambda rate, sigma, **others: float(formula(rate * sigma))


def _runge_kutta(rate: float, sigma: float, penalty: float = 0.0, **others: float) -> float | None:
    h = rate * sigma
    return None if penalty else float(np.sqrt(1 - h**6 / 72 + h**8 / 576))


RADII: dict[str, Radius] = {
    "simultaneous": _of_h(lambda h: np.sqrt(1 + h**2)),
    "alternating": _of_h(lambda h: _quadratic_root(2 - h**2, 1)),
    "unrolled": _unrolled(5),
    "extragradient": _of_h(lambda h: np.sqrt(1 - h**2 + h**4)),
    "optimistic": _optimistic,
    "prediction": _of_h(lambda h: _quadratic_root(2 - 2 * h**2, 1 - h**2)),
    "runge_kutta": _runge_kutta,
    "consensus": _consensus,
    "proximal": _of_h(lambda h: 1 / np.sqrt(1 + h**2)),
    "competitive": _of_h(lambda h: 1 / np.sqrt(1 + h**2)),
}
