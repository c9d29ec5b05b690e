"""Closed forms of the spectral radius on V = xy, of rules of gradients alone."""

import cmath

import numpy as np
from theory.case import Radius

from gangame import rules


def largest_root(*polynomials):
    """Returns the function from learning rates to the largest modulus of the roots; each takes a rate."""

    def radius(rates):
        return np.array([max(np.abs(np.roots(p(h))).max() for p in polynomials) for h in rates])

    return radius


def product(*factors):
    polynomial = np.ones(1)
    for factor in factors:
        polynomial = np.polymul(polynomial, factor)
    return polynomial


def heavy_ball_polynomial(beta):
    """(λ − 1)(λ − β) − iηλ, on x + iy."""
    return lambda h: np.polysub(product([1, -1], [1, -beta]), [1j * h, 0])


def alternating_heavy_ball_polynomial(beta):
    """(λ − 1)²(λ − β)² + η²λ³."""
    return lambda h: np.polyadd(product([1, -1], [1, -1], [1, -beta], [1, -beta]), [h**2, 0, 0, 0])


def complex_momentum_polynomial(size, phase):
    """(λ − 1)(λ² − 2 Re β λ + |β|²) − iηλ(λ − Re β), on x + iy."""
    real = (size * cmath.exp(1j * phase)).real
    return lambda h: np.polysub(product([1, -1], [1, -2 * real, size**2]), 1j * h * np.array([1, -real, 0]))


def lead_polynomial(beta, alpha=None):
    """λ² − (1 + β + i(η + α)) λ + β + iα, on x + iy; `None` is α = η."""

    def polynomial(h):
        a = h if alpha is None else alpha
        return [1, -(1 + beta + 1j * (h + a)), beta + 1j * a]

    return polynomial


def lookahead_radius(period, step):
    """Of `period` steps."""

    def radius(h):
        grown = (1 + h**2) ** (period / 2)
        turned = np.cos(period * np.arctan(h))
        return np.sqrt((1 - step) ** 2 + step**2 * grown**2 + 2 * step * (1 - step) * grown * turned)

    return radius


def anchored_radius(strength, decay):
    """With an exponential mean m, on x + iy: u⁺ = (1 + iη − 2λη) u + 2λη m, m⁺ = β m + (1 − β) u⁺."""

    def radius(rates):
        result = []
        for h in rates:
            own, pull = 1 + 1j * h - 2 * strength * h, 2 * strength * h
            M = [[own, pull], [(1 - decay) * own, decay + (1 - decay) * pull]]
            result.append(np.abs(np.linalg.eigvals(M)).max())
        return np.array(result)

    return radius


def target_network_polynomial(decay):
    """λ² − (1 + β)(1 + iη(1 − β)) λ + β(1 + iη(1 − β)), on x + iy."""

    def polynomial(h):
        turn = 1 + 1j * h * (1 - decay)
        return [1, -(1 + decay) * turn, decay * turn]

    return polynomial


def optimistic_radius(h):
    inner = np.sqrt(np.maximum(1 - 4 * h**2, 0))
    outer = 2 * h + np.sqrt(np.maximum(4 * h**2 - 1, 0))
    return np.where(h <= 0.5, np.sqrt((1 + inner) / 2), np.sqrt(1 + outer**2) / 2)


def prediction_radius(h):
    root = np.sqrt(np.maximum(h**2 - 1, 0))
    return np.where(
        h <= 1,
        np.sqrt(np.maximum(1 - h**2, 0)),
        np.maximum(np.abs(1 - h**2 + h * root), np.abs(1 - h**2 - h * root)),
    )


# At 1/√3 and 2/√3 optimistic and prediction steps lose their convergence; at ½ and 1 their roots are double.
OPTIMISTIC_RATES = (0.01, 0.1, 0.3, 0.49, 0.57, 0.585, 0.7, 0.9, 1.1)
PREDICTION_RATES = (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.1, 1.15, 1.16, 1.3)
RADII = {
    "simultaneous": [Radius(rules.simultaneous, lambda h: np.sqrt(1 + h**2))],
    "alternating": [Radius(rules.alternating, lambda h: np.ones_like(h))],
    "extragradient": [
        Radius(rules.extragradient, lambda h: np.sqrt(1 - h**2 + h**4), rates=(0.01, 0.1, 0.5, 0.7, 0.99, 1.01, 1.3)),
        Radius(  # converges for η < 2γ/(1 + γ²) = 0.8
            lambda rate: rules.extragradient(rate, extrapolation=0.5),
            lambda h: np.sqrt((1 - h / 2) ** 2 + h**2),
            rates=(0.01, 0.1, 0.4, 0.79, 0.81, 1.1),
        ),
    ],
    "optimistic": [
        Radius(rules.optimistic, optimistic_radius, OPTIMISTIC_RATES),
        Radius(lambda rate: rules.optimistic(rate, form="past"), optimistic_radius, OPTIMISTIC_RATES),
        Radius(rules.optimistic, optimistic_radius, rates=(0.5,), bound=1e-7),
    ],
    "prediction": [
        Radius(rules.prediction, prediction_radius, PREDICTION_RATES),
        Radius(lambda rate: rules.prediction(rate, order=("y", "x")), prediction_radius, PREDICTION_RATES),
        Radius(rules.prediction, prediction_radius, rates=(1.0,), bound=1e-7),
    ],
    "heavy_ball": [
        Radius(lambda rate: rules.heavy_ball(rate, momentum=-0.5), largest_root(heavy_ball_polynomial(-0.5))),
        Radius(lambda rate: rules.heavy_ball(rate, momentum=0.9), largest_root(heavy_ball_polynomial(0.9))),
        *(
            Radius(
                lambda rate, beta=beta: rules.heavy_ball(rate, momentum=beta, order=("x", "y")),
                largest_root(alternating_heavy_ball_polynomial(beta)),
                rates=(0.01, 0.1, 0.5, 0.872, 2 * (1 + beta) - 0.01, 2 * (1 + beta) + 0.01),
            )
            for beta in (-0.5, -0.25)
        ),
    ],
    "complex_momentum": [
        Radius(rules.complex_momentum, largest_root(complex_momentum_polynomial(0.9, np.pi / 8))),
        Radius(
            lambda rate: rules.complex_momentum(rate, momentum=0.7, phase=2.0),
            largest_root(complex_momentum_polynomial(0.7, 2.0)),
        ),
    ],
    "lead": [
        Radius(
            lambda rate: rules.lead(rate, momentum=0.0, coupling=rate),
            largest_root(lead_polynomial(0.0)),
            OPTIMISTIC_RATES,
        ),
        Radius(rules.lead, largest_root(lead_polynomial(0.5, 0.5))),
        Radius(lambda rate: rules.lead(rate, momentum=0.2, coupling=0.3), largest_root(lead_polynomial(0.2, 0.3))),
    ],
    "runge_kutta": [
        Radius(lambda rate: rules.runge_kutta(rate, stages=1), lambda h: np.sqrt(1 + h**2)),
        Radius(lambda rate: rules.runge_kutta(rate, stages=2), lambda h: np.sqrt(1 + h**4 / 4)),
        Radius(
            rules.runge_kutta,
            lambda h: np.sqrt(1 - h**6 / 72 + h**8 / 576),
            rates=(0.1, 0.5, 1.0, 2.0, np.sqrt(6), 2.82, 2.84, 3.2),  # the edge is 2√2
        ),
    ],
    "drift_corrected": [Radius(rules.drift_corrected, lambda h: np.sqrt(1 + h**4 / 4))],
    "lookahead": [
        Radius(
            lambda rate, k=k, a=a: rules.lookahead(rules.simultaneous(rate), period=k, step=a),
            lookahead_radius(k, a),
            num_steps=k,
        )
        for k, a in ((5, 0.5), (4, 0.2), (1, 0.7))
    ],
    "averaged": [Radius(lambda rate: rules.averaged(rules.alternating(rate), decay=0.9), lambda h: np.ones_like(h))],
    "anchored": [
        Radius(
            lambda rate: rules.anchored(rules.simultaneous(rate), strength=0.5, decay=0.9), anchored_radius(0.5, 0.9)
        ),
    ],
    "target_network": [
        Radius(
            lambda rate, decay=decay: rules.target_network(rules.simultaneous(rate), decay=decay),
            largest_root(target_network_polynomial(decay)),
        )
        for decay in (0.0, 0.5, 0.9)
    ],
    "opponent_replay": [
        Radius(
            lambda rate, share=share: rules.opponent_replay(rules.simultaneous(rate), capacity=1, every=2, share=share),
            lambda h, share=share: np.hypot(1 - (1 - share) * h**2, 2 * h),
            num_steps=2,
        )
        for share in (0.5, 1.0)
    ],
    "variance_reduced": [Radius(rules.variance_reduced, lambda h: np.sqrt(1 - h**2 + h**4))],
}
