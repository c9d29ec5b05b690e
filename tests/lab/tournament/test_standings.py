import dataclasses

import numpy as np
import pytest

from gangame.lab.tournament import contender, questions, tasks_of
from gangame.lab.tournament.cell import Played
from gangame.lab.tournament.rates import measured_rates
from gangame.lab.tournament.standings import front
from gangame.lab.tournament.work import save


def test_measured_rates_are_those_of_geometric_runs():
    steps = np.array([0, 10, 20, 30, 40])
    distance = np.stack([0.9**steps, 1.1**steps, 0.01**steps, np.full(5, np.nan)])
    rates = measured_rates(distance, steps)
    np.testing.assert_allclose(rates[:2], [0.9, 1.1], rtol=1e-12)
    assert np.isnan(rates[3])
    assert np.isnan(measured_rates(distance[:1], np.zeros(5, int))).all()  # the budget paid for no step


def test_the_front_is_what_nothing_else_beats():
    rng = np.random.default_rng(0)
    entries = [
        {"label": str(index), "cost": float(cost), "budget": 1.0, "share": (float(share), 0.0, 1.0)}
        for index, (cost, share) in enumerate(zip(rng.permutation(12), rng.integers(0, 6, 12) / 6, strict=True))
    ]
    expected = {
        one["label"]
        for one in entries
        if one["share"][0] > 0
        and not any(other["cost"] < one["cost"] and other["share"][0] >= one["share"][0] for other in entries)
    }
    assert len(expected) > 1
    assert set(front(entries)) == expected
    more = {"label": "more", "cost": 0.0, "budget": 4.0, "share": (1.0, 0.0, 1.0)}
    assert set(front([*entries, more])) == expected


def test_questions_are_answered_seed_by_seed(tmp_path, plane, small):
    arena = dataclasses.replace(plane, protocol=dataclasses.replace(small, num_seeds=40))
    rows = [contender("simultaneous", "sgd"), contender("alternating", "sgd"), contender("extragradient", "sgd")]
    tasks = tasks_of(rows, [arena], tmp_path)
    there = {"simultaneous": 10, "alternating": 40, "extragradient": 40}
    for task in tasks:
        distance = np.ones((40, 5))
        distance[: there[task.row.label], -1] = 1e-4
        about = {"cost": task.row.cost().flops()}
        for phase in ("tuning", "reporting"):
            save(task.path(phase), Played({"distance": distance}, np.arange(4.0)), about)
    cells = questions.Cells(tasks, arena)
    difference = questions.against(cells, "simultaneous", "extragradient")
    assert difference["share"][0] == -30 / 40
    assert difference["distance"][0] == pytest.approx(0.75 * (1 - 1e-4))
    assert questions.claim(difference, "share", -1) == "confirmed"
    assert questions.claim(difference, "share", 1) == "refuted"
    assert questions.claim(questions.against(cells, "alternating", "extragradient"), "share", 1) == "undecided"
    assert questions.claim(None, "share", 1) == "not played"
    verdicts = questions.as_well_as(cells, "extragradient", 1.0)
    assert {label: each["verdict"] for label, each in verdicts.items()} == {
        "simultaneous": "worse", "alternating": "as well"
    }  # fmt: skip
    assert questions.against(cells, "simultaneous", "unrolled") is None
    lines = questions.sentence("simultaneous", "extragradient", difference, cells)
    assert lines.startswith("simultaneous minus extragradient: share of seeds at the equilibrium -0.75 (")
