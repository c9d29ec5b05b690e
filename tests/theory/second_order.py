"""References for rules that look through gradients, written from the papers in plain NumPy."""

from functools import partial

import numpy as np
from theory.case import Radius, Trajectory

from gangame import rules


def unrolled(linear, rate, depth):
    """Player 1 leads; the others' inner steps are linear in its parameters, so the total derivative is a chain rule."""
    w = linear.start
    leader, followers = linear.blocks[0], slice(linear.size, None)
    A, n = linear.A, len(w)
    while True:
        inner = w.copy()
        slope = np.zeros((n - linear.size, linear.size))  # dφ/dθ
        for _ in range(depth):
            slope = slope - rate * (A[followers, leader] + A[followers, followers] @ slope)
            inner[followers] = inner[followers] - rate * linear.field(inner)[followers]
        through = sum(
            slope[own.start - linear.size : own.stop - linear.size].T @ linear.others_gradient(0, j, inner)
            for j, own in enumerate(linear.blocks)
            if j > 0
        )
        direction = linear.field(w)
        direction[leader] = linear.field(inner)[leader] + through
        w = w - rate * direction
        yield w


def unrolled_radius(depth):
    def radius(h):
        root = np.sqrt((depth**2 * h**2 - 1).astype(complex))
        return np.maximum(*(np.abs(1 - depth * h**2 + sign * h * root) for sign in (1, -1)))

    return radius


def follow(direction, **arguments):
    """Returns the reference of plain steps along a direction, `direction(linear, w, rate, **arguments)`."""

    def reference(linear, rate):
        w = linear.start
        while True:
            w = w - rate * direction(linear, w, rate, **arguments)
            yield w

    return reference


def consensus(linear, w, rate, strength):
    v = linear.field(w)
    return v + strength * linear.A.T @ v


def one_sided(linear, w, rate, player, strength):
    """The penalty is strength times the sum of the squares of the other rows of the field."""
    v = linear.field(w)
    own = linear.blocks[player]
    others = np.delete(np.arange(len(w)), own)
    gradient = v.copy()
    gradient[own] += 2 * strength * linear.A[others, own].T @ v[others]
    return gradient


def hamiltonian(linear, w, rate):
    return linear.A.T @ linear.field(w)


def symplectic(linear, w, rate, strength, epsilon=None):
    v = linear.field(w)
    adjustment = (linear.A.T - linear.A) / 2 @ v
    if epsilon is None:
        return v + strength * adjustment
    slope = linear.A.T @ v  # of half the squared field
    return v + strength * np.sign((v @ slope) * (adjustment @ slope) / len(w) + epsilon) * adjustment


def opponent_lookahead(linear, w, rate, assumed):
    v = linear.field(w)
    return v - assumed * linear.off_diagonal @ v


def shaping(linear, w, assumed):
    """Column i of the others' gradients, times how much the others' moves are worth to player i."""
    chi = np.zeros_like(w)
    for i, own in enumerate(linear.blocks):
        for j, other in enumerate(linear.blocks):
            if i != j:
                chi[own] += assumed * linear.A[other, own].T @ linear.others_gradient(i, j, w)
    return chi


def lola_first_order(linear, w, rate, assumed):
    return opponent_lookahead(linear, w, rate, assumed) - shaping(linear, w, assumed)


def lola(linear, w, rate, assumed):
    """The loss of player i after the others' steps is quadratic in its own w_i; its derivative by the chain rule."""
    direction = np.zeros_like(w)
    for i, own in enumerate(linear.blocks):
        ahead = w - assumed * linear.field(w)
        ahead[own] = w[own]
        direction[own] = linear.field(ahead)[own]
        for j, other in enumerate(linear.blocks):
            if i != j:
                direction[own] -= assumed * linear.A[other, own].T @ linear.others_gradient(i, j, ahead)
    return direction


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


TRAJECTORIES = {
    "unrolled": [
        Trajectory(lambda rate: rules.unrolled(rate, depth=3), lambda linear, rate: unrolled(linear, rate, 3)),
    ],
    "consensus": [
        Trajectory(partial(rules.consensus, strength=strength), follow(consensus, strength=strength))
        for strength in (0.0, 0.3, 1.5)
    ],
    "one_sided": [
        Trajectory(rules.one_sided, follow(one_sided, player=0, strength=0.5)),
        Trajectory(partial(rules.one_sided, player="p2", strength=1.2), follow(one_sided, player=1, strength=1.2)),
    ],
    # On a game without randomness two samples are one.
    "hamiltonian": [
        Trajectory(partial(rules.hamiltonian, fresh=fresh), follow(hamiltonian)) for fresh in (False, True)
    ],
    "symplectic": [
        Trajectory(rules.symplectic, follow(symplectic, strength=1.0, epsilon=0.1)),
        Trajectory(partial(rules.symplectic, strength=0.4, epsilon=0.0), follow(symplectic, strength=0.4, epsilon=0.0)),
        Trajectory(partial(rules.symplectic, strength=0.7, align=False), follow(symplectic, strength=0.7)),
    ],
    "opponent_lookahead": [
        Trajectory(partial(rules.opponent_lookahead, rate=rate), follow(opponent_lookahead, assumed=rate))
        for rate in (0.1, 0.6)
    ],
    "lola": [
        Trajectory(partial(rules.lola, rate=0.1), follow(lola, assumed=0.1)),
        Trajectory(partial(rules.lola, rate=0.5), follow(lola, assumed=0.5)),
        Trajectory(partial(rules.lola, rate=0.3, exact=False), follow(lola_first_order, assumed=0.3)),
    ],
}
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
}
