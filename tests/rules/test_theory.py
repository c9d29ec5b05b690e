"""Every rule does what its paper says: trajectories against NumPy, spectral radii against closed forms."""

import pytest
from theory.table import RADII, TRAJECTORIES, radius_deviation, trajectory_deviation

from gangame.rules import RULES


def cases(table):
    return [pytest.param(case, id=f"{name}-{i}") for name in table for i, case in enumerate(table[name])]


def test_every_rule_has_a_reference():
    assert set(TRAJECTORIES) == set(RULES)
    assert set(RADII) <= set(RULES)


@pytest.mark.parametrize("case", cases(TRAJECTORIES))
def test_fifty_steps_are_those_of_the_equations(case):
    assert trajectory_deviation(case) < case.bound


@pytest.mark.parametrize("case", cases(RADII))
def test_the_spectral_radius_on_xy_is_the_closed_form(case):
    assert radius_deviation(case) < case.bound
