"""References for rules of gradients alone, written from the papers in plain NumPy."""

import numpy as np
from theory.case import Radius, Trajectory

from gangame import rules


def simultaneous(linear, rate):
    w = linear.start
    while True:
        w = w - rate * linear.field(w)
        yield w


def alternating(linear, rate):
    w = linear.start.copy()
    while True:
        for own in linear.blocks:
            w[own] = w[own] - rate * linear.field(w)[own]
        yield w.copy()


TRAJECTORIES = {
    "simultaneous": [Trajectory(rules.simultaneous, simultaneous)],
    "alternating": [Trajectory(rules.alternating, alternating)],
}
RADII = {
    "simultaneous": [Radius(rules.simultaneous, lambda h: np.sqrt(1 + h**2))],
    "alternating": [Radius(rules.alternating, lambda h: np.ones_like(h))],
}
