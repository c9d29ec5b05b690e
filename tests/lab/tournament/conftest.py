"""A small tournament for the tests of its parts."""

import pytest

from gangame.games import GAMES
from gangame.lab import spec
from gangame.lab.tournament import Arena, Protocol, clock, contender, tasks_of


@pytest.fixture
def small():
    """A protocol of a few steps."""
    return Protocol(
        budget=80, tuning_budget=40, num_records=4, num_candidates=4, num_tuning_seeds=2, num_seeds=3, lanes=4,
        plain_rates=(0.05, 0.5), ratios=(1.0,),
    )  # fmt: skip


@pytest.fixture
def plane(small):
    return Arena("plane", spec.parse("bilinear", GAMES, "game"), small, plain=True, dtype="float64")


@pytest.fixture
def tasks(plane, tmp_path):
    rows = [contender(text, "sgd") for text in ("simultaneous", "consensus:strength=0.5|1")]
    return tasks_of(rows, [plane], tmp_path)


@pytest.fixture
def quick_clock(monkeypatch):
    """Few and short turns: what they measure is worth little, and little is concluded from it."""
    monkeypatch.setattr(clock, "ROUNDS", 3)
    monkeypatch.setattr(clock, "LEAST", 0.002)
