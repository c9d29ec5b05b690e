"""References for rules that look through gradients, written from the papers in plain NumPy."""

from functools import partial
from itertools import count

import numpy as np
from theory.case import TIGHT, Trajectory

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


def stable_opponent_shaping(linear, w, rate, assumed, a, b):
    v = linear.field(w)
    lookahead, chi = opponent_lookahead(linear, w, rate, assumed), shaping(linear, w, assumed)
    against = -chi @ lookahead
    first = 1 if against >= 0 else min(1, -a * (lookahead @ lookahead) / against)
    second = v @ v if np.linalg.norm(v) < b else 1
    return lookahead - min(first, second) * chi


def competitive(linear, w, rate):
    return np.linalg.solve(np.eye(len(w)) + rate * linear.off_diagonal, linear.field(w))


def competitive_adaptive(linear, rate):
    """ACGD: the step of CGD with a rate for each coordinate, (I + D J_o) Δ = −D v."""
    w, squares = linear.start, np.zeros_like(linear.start)
    for t in count(1):
        v = linear.field(w)
        squares = 0.99 * squares + 0.01 * v**2
        D = np.diag(rate * np.sqrt(1 - 0.99**t) / (np.sqrt(squares) + 1e-5))
        w = w - np.linalg.solve(np.eye(len(w)) + D @ linear.off_diagonal, D @ v)
        yield w


def follow_the_ridge(linear, w, rate, leader, damping):
    """The pseudo-inverse of the follower's Hessian, damped through its eigenvalues."""
    v = linear.field(w)
    first, second = linear.blocks[leader], linear.blocks[1 - leader]
    values, vectors = np.linalg.eigh(linear.A[second, second])
    inverse = vectors @ np.diag([h / (h**2 + damping) if h else 0.0 for h in values]) @ vectors.T
    direction = v.copy()
    direction[second] -= inverse @ linear.A[second, first] @ v[first]
    return direction


def symplectic_surgery(linear, w, rate, damping):
    v, J = linear.field(w), linear.A
    ridge = damping * (1 - np.exp(-v @ v)) * np.eye(len(w))
    return (v + J.T @ np.linalg.solve(J.T @ J + ridge, J.T @ v)) / 2


def proximal(linear, rate):
    w = linear.start
    while True:
        w = np.linalg.solve(np.eye(len(w)) + rate * linear.A, w - rate * linear.b)
        yield w


def anderson(linear, rate, memory, regularization):
    """Ridge regression of the residual on its differences to the earlier ones, by least squares of a longer matrix."""
    w, points, residuals = linear.start, [], []
    while True:
        residual = -rate * linear.field(w)
        point = w + residual
        if points:
            changes = np.stack([residual - each for each in residuals], axis=1)
            weight = np.sqrt(regularization) * np.linalg.norm(changes)
            longer = np.concatenate([changes, weight * np.eye(len(points))])
            gamma, *_ = np.linalg.lstsq(longer, np.append(residual, np.zeros(len(points))), rcond=None)
            w = point - np.stack([point - each for each in points], axis=1) @ gamma
        else:
            w = point
        points, residuals = [point, *points][:memory], [residual, *residuals][:memory]
        yield w


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


ALL = ("xy", "two players", "two players, zero-sum", "three players")
PAIRS = ALL[:3]
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
        # Not on xy, where the sign is that of a sum which is zero but for its rounding.
        Trajectory(
            partial(rules.symplectic, strength=0.4, epsilon=0.0),
            follow(symplectic, strength=0.4, epsilon=0.0),
            games=("two players", "two players, zero-sum", "three players"),
        ),
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
    "stable_opponent_shaping": [
        Trajectory(
            partial(rules.stable_opponent_shaping, rate=assumed, a=a, b=b),
            follow(stable_opponent_shaping, assumed=assumed, a=a, b=b),
        )
        for assumed, a, b in ((0.1, 0.5, 0.1), (0.7, 0.1, 1.5))
    ],
    "competitive": [
        *(
            Trajectory(partial(rules.competitive, solver=solver, **TIGHT), follow(competitive), rate=0.3, games=games)
            for solver, games in (("cg", ("xy", "two players, zero-sum")), ("gmres", ALL), ("auto", ALL))
        ),
        *(
            Trajectory(
                partial(rules.competitive, solver=solver, adaptive=True, **TIGHT), competitive_adaptive, games=games
            )
            # Not on the general game of two players, where the reference itself turns a relative change of its start
            # of 1e-14 into 5e-9: I + D J_o comes close to singular as D grows.
            for solver, games in (
                ("cg", ("xy", "two players, zero-sum")),
                ("gmres", ("xy", "two players, zero-sum", "three players")),
            )
        ),
    ],
    "follow_the_ridge": [
        Trajectory(
            partial(rules.follow_the_ridge, follower=follower, damping=damping, **TIGHT),
            follow(follow_the_ridge, leader=leader, damping=damping),
            games=PAIRS,
        )
        for leader, follower, damping in ((0, None, 0.0), (1, "p1", 0.3))
    ],
    "symplectic_surgery": [
        Trajectory(
            partial(rules.symplectic_surgery, damping=damping, **TIGHT), follow(symplectic_surgery, damping=damping)
        )
        for damping in (0.0, 0.5)
    ],
    "proximal": [Trajectory(partial(rules.proximal, tol=1e-13), proximal, rate=0.5)],
    # With one remembered point not on xy, where mixing is chaotic: the reference itself turns a relative change of its
    # start of 1e-14 into 4e-5 within eight steps.
    "anderson": [
        Trajectory(
            lambda rate, memory=memory, ridge=ridge: rules.anderson(
                rules.simultaneous(rate), memory=memory, regularization=ridge
            ),
            partial(anderson, memory=memory, regularization=ridge),
            games=games,
        )
        for memory, ridge, games in ((1, 1e-8, ALL[1:]), (3, 1e-4, ALL))
    ],
}
