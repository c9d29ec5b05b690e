"""What a reference is made of."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

# Solves to the last digits, so that references agree to more than the tolerance of a default solve.
TIGHT: dict[str, Any] = {"tol": 1e-13, "maxiter": 20}


class Trajectory(NamedTuple):
    """One way to call a rule, and the equations of what it then does.

    Attributes:
      make: from a learning rate to the rule, whose players are called p1, p2, ...
      reference: generator `reference(linear, rate)` over the points `[n]` after each step, in plain NumPy.
      rate: the learning rate of the comparison.
      games: names in `linear.LINEAR`; where the mathematics asks for two players, without the others.
      bound: what the deviation has to stay below, relative to the largest coordinate.
    """

    make: Callable[[float], Any]
    reference: Callable[[Any, float], Any]
    rate: float = 0.1
    games: tuple[str, ...] = ("xy", "two players", "two players, zero-sum", "three players")
    bound: float = 1e-10


class Radius(NamedTuple):
    """The spectral radius of a rule's one-step map on V = xy, in closed form.

    Attributes:
      make: from a learning rate to the rule, whose players are called x and y.
      radius: from learning rates to the radius.
      rates: the grid.
      num_steps: how many steps make one.
      bound: absolute; at a double root of the characteristic polynomial eigenvalues move by the root of eps.
    """

    make: Callable[[float], Any]
    radius: Callable[[np.ndarray], np.ndarray]
    rates: tuple[float, ...] = (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 1.1)
    num_steps: int = 1
    bound: float = 1e-10
