"""References for rules that look through gradients, written from the papers in plain NumPy."""

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


TRAJECTORIES = {
    "unrolled": [
        Trajectory(lambda rate: rules.unrolled(rate, depth=3), lambda linear, rate: unrolled(linear, rate, 3)),
    ],
}
RADII = {
    "unrolled": [
        Radius(lambda rate: rules.unrolled(rate, depth=1), unrolled_radius(1)),
        Radius(lambda rate: rules.unrolled(rate, depth=5), unrolled_radius(5)),
    ],
}
