"""Prints how far each rule is from its NumPy reference and from its closed form: `python tests/theory/table.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import jax
import numpy as np
from theory import first_order, first_order_radii, second_order, second_order_radii
from theory.linear import LINEAR, deviation

from gangame import analysis, games

TRAJECTORIES = {**first_order.TRAJECTORIES, **second_order.TRAJECTORIES}
RADII = {**first_order_radii.RADII, **second_order_radii.RADII}


def trajectory_deviation(case):
    """The largest deviation of a `Trajectory` over its games."""
    return max(
        deviation(LINEAR[name], case.make(case.rate), case.reference(LINEAR[name], case.rate)) for name in case.games
    )


def radius_deviation(case):
    """The largest absolute deviation of a `Radius` over its grid of rates."""
    game = games.bilinear()

    @jax.jit
    def matrix(rate):
        return analysis.update_matrix(case.make(rate), game, game.equilibrium, num_steps=case.num_steps)

    measured = [np.abs(np.linalg.eigvals(matrix(rate))).max() for rate in case.rates]
    return np.abs(np.asarray(measured) - case.radius(np.asarray(case.rates))).max()


def main():
    print(f"{'rule':26} {'50 steps, NumPy':>16} {'radius on xy':>16}")
    for name in TRAJECTORIES:
        steps = max(map(trajectory_deviation, TRAJECTORIES[name]))
        radius = max(map(radius_deviation, RADII[name])) if RADII.get(name) else float("nan")
        print(f"{name:26} {steps:16.1e} {radius:16.1e}")


if __name__ == "__main__":
    with jax.enable_x64(True):
        main()
