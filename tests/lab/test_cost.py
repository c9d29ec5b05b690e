import pytest

from gangame import games, rules
from gangame.lab.cost import gradients_per_step

COUNTS = {
    "simultaneous": (rules.simultaneous(0.1), 2),
    "alternating": (rules.alternating(0.1), 2),
    "five discriminator steps": (rules.alternating(0.1, steps={"y": 5}), 6),
    "depth 0": (rules.unrolled(0.1, depth=0), 2),
    "depth 10": (rules.unrolled(0.1, depth=10), 12),
    "depth 10, first order": (rules.unrolled(0.1, depth=10, through=False), 12),
    "depth 10, computed again": (rules.unrolled(0.1, depth=10, remat=True), 21),
    "both unroll": (rules.unrolled(0.1, depth=4, leader=("x", "y")), 10),
}


@pytest.mark.parametrize("name", COUNTS)
def test_gradients_are_counted_as_often_as_they_are_taken(name):
    rule, count = COUNTS[name]
    assert gradients_per_step(games.bilinear(), rule) == count


def test_every_player_counts():
    assert gradients_per_step(games.quadratic(players=5), rules.simultaneous(0.1)) == 5
    assert gradients_per_step(games.quadratic(players=5), rules.unrolled(0.1, depth=3)) == 4 + 3 * 4 + 1
