import dataclasses
import json

import jax
import numpy as np
import pytest

import gangame as gg
from gangame.lab import store
from gangame.lab.engine import Engine
from gangame.lab.spec import UserError
from gangame.lab.tournament import clock, contender, play_all, tasks_of
from gangame.lab.tournament import report as reports
from gangame.lab.tournament.cell import Cell, Played
from gangame.lab.tournament.contenders import Contender
from gangame.lab.tournament.protocol import REPORTING, TUNING
from gangame.lab.tournament.standings import standings
from gangame.lab.tournament.work import load, play_task, save
from gangame.rules import RULES
from gangame.rules.cost import Cost, costs

HERE = Engine("local", 1)


@costs(Cost(gradients=1))
def hopeless(optimizer, *, factor=1e6):
    """Everybody runs away from everything."""
    del optimizer

    def update(game, players, state, key):
        del game, key
        return jax.tree.map(lambda w: factor * (w + 1), players), state

    return gg.UpdateRule(lambda players: (), update)


@pytest.fixture
def with_hopeless(monkeypatch):
    monkeypatch.setitem(RULES, "hopeless", hopeless)


def arrays(task):
    return [load(task.path(phase))[0].records for phase in ("tuning", "reporting")]


def assert_same_bits(one, other):
    assert [set(each) for each in one] == [set(each) for each in other]
    for left, right in zip(one, other, strict=True):
        for name in left:
            np.testing.assert_array_equal(left[name], right[name], strict=True)


def test_a_tournament_is_played_kept_and_reported(tasks, with_hopeless, tmp_path, plane):
    tasks = [*tasks, *tasks_of([contender("hopeless", "sgd"), contender("extragradient", "sgd")], [plane], tmp_path)]
    lines = []
    assert play_all(tasks, HERE, lines.append) == {}
    assert len(lines) == 4
    assert "min left" in lines[0]
    found = standings(tasks, plane)
    by_label = {each["label"]: each for each in found}

    # At equal budget the rule of twice the cost takes half the steps.
    assert by_label["simultaneous"]["num_steps"] == 80
    assert by_label["extragradient"]["num_steps"] == 40
    # Consensus and extragradient converge on V = xy, simultaneous steps do not, and the local rates are closed forms.
    eta, gamma = (by_label["consensus"]["tuned"][name] for name in ("rate", "rule/strength"))
    assert by_label["consensus"]["local_rate"] == pytest.approx(np.hypot(1 - eta * gamma, eta), rel=1e-12)
    eta = by_label["simultaneous"]["tuned"]["rate"]
    assert by_label["simultaneous"]["local_rate"] == pytest.approx(np.hypot(1, eta), rel=1e-12)
    assert by_label["simultaneous"]["measured_rate"] == pytest.approx([np.hypot(1, eta)] * 3, rel=1e-9)
    assert by_label["consensus"]["share"][0] > by_label["simultaneous"]["share"][0] == 0
    # The hopeless rule stays in the table, as the failure that it is.
    assert found[-1]["label"] in ("hopeless", "simultaneous")
    assert by_label["hopeless"]["seeds_finite"] == 0
    assert by_label["hopeless"]["budget_to_goal"][0] == np.inf
    # Before anything is measured no time is known, whatever the cells took.
    times = ("milliseconds_per_step", "seconds", "seconds_to_goal", "measured_cost", "share_at_equal_time")
    assert {each[name] for each in found for name in times} == {None}

    written = reports.write_report(tmp_path, "A title", tasks, [plane], {"device": "here"})
    assert set(written) == {"plane"}
    results = json.loads((tmp_path / "results.json").read_text())
    assert [each["label"] for each in results["standings"]["plane"]] == [each["label"] for each in found]
    page = (tmp_path / "report.html").read_text()
    for words in ("A title", "hopeless", "extragradient", "data:image/png;base64,", "0/3"):
        assert words in page
    assert "http://" not in page

    # From the bundle alone the cells come back.
    for task in tasks:
        task.path("reporting").unlink()
    reports.unbundle(tmp_path / "arrays.npz", tmp_path)
    assert [each["label"] for each in standings(tasks, plane)] == [each["label"] for each in found]


def test_steps_are_measured_once_and_times_are_those_of_the_clock(tasks, quick_clock, tmp_path, plane, monkeypatch):
    measured = []
    with monkeypatch.context() as patch:
        patch.setattr(clock, "measure", lambda here: measured.append(len(here)) or {here[0].row.label: [1.0] * 3})
        strange = tasks_of([contender("unrolled:leader=generator", "sgd")], [plane], tmp_path)  # x and y refuse it
        play_all([*tasks[:1], *strange], HERE, lambda line: None)
        for anew in (False, False, True):
            clock.measure_all([*tasks, *strange], HERE, anew=anew)
    assert measured == [1, 1]
    play_all(tasks, HERE, lambda line: None)
    clock.measure_all(tasks, HERE)  # a row has joined: all are measured, side by side
    rounds = clock.clock_of(tasks).rounds
    assert {label: each.shape for label, each in rounds.items()} == {"simultaneous": (3,), "consensus": (3,)}
    assert not np.all(rounds["simultaneous"] == 1)

    seconds = {"simultaneous": [1.0, 2.0, 3.0], "consensus": [6.0, 5.0, 6.0]}
    store.write_json(tmp_path / clock.NAME, {"plane": {"seconds": seconds}})
    by_label = {each["label"]: each for each in standings(tasks, plane)}
    plain, consensus = by_label["simultaneous"], by_label["consensus"]
    assert (plain["milliseconds_per_step"], plain["seconds"], plain["measured_cost"]) == (2000, 160, 1)
    assert plain["share_at_equal_time"] == plain["share"]
    assert consensus["measured_cost"] == 2.5  # the median of 6, 2.5 and 2, and not the medians' ratio
    assert consensus["seconds_to_goal"] == [6 * each for each in consensus["steps_to_goal"]]
    # In the time of 80 simultaneous steps consensus takes 32, more than the 25 that its budget pays for.
    assert consensus["share_at_equal_time"] == consensus["share"]

    # What does not agree from round to round is no time.
    for strange in ([1.0, 2.0, 9.0], [-1.0, 1.0, 1.0], [0.0, 0.0, 0.0]):
        store.write_json(tmp_path / clock.NAME, {"plane": {"seconds": {**seconds, "consensus": strange}}})
        by_label = {each["label"]: each for each in standings(tasks, plane)}
        assert by_label["consensus"]["milliseconds_per_step"] is by_label["consensus"]["measured_cost"] is None
        assert by_label["simultaneous"]["measured_cost"] == 1
    reports.write_report(tmp_path, "A title", tasks, [plane], {"device": "here"})

    (tmp_path / clock.NAME).write_text('{"plane": {"seconds": {"simultaneous": [1]}}}')
    with pytest.raises(UserError, match="delete it, and it is measured again"):
        standings(tasks, plane)


def test_tuning_sees_its_own_seeds_alone(tasks, monkeypatch):
    seen, play = [], Cell.play

    def watched(cell, candidates, keys, steps, told):
        seen.append((len(candidates), set(map(tuple, np.asarray(jax.random.key_data(keys)).tolist()))))
        return play(cell, candidates, keys, steps, told)

    monkeypatch.setattr(Cell, "play", watched)
    assert play_task(tasks[0]) is None
    (num_tried, tuning), (num_reported, reporting) = seen
    assert (num_tried, len(tuning), num_reported, len(reporting)) == (4, 2, 1, 3)
    assert not tuning & reporting


def test_a_tournament_that_is_cut_has_the_same_bits(tasks, tmp_path):
    other = [dataclasses.replace(task, folder=tmp_path / "cut") for task in tasks]
    play_all(tasks, HERE, lambda line: None)
    play_all(other[:1], HERE, lambda line: None)
    other[0].path("reporting").unlink()  # as if it had been stopped between the two phases of the first cell
    lines = []
    play_all(other, HERE, lines.append)
    for one, two in zip(tasks, other, strict=True):
        assert_same_bits(arrays(one), arrays(two))
    before = other[1].path("reporting").read_bytes()
    play_all(other, HERE, lines.append)
    assert lines[-1] == "2 of 2 cells are there already."
    assert other[1].path("reporting").read_bytes() == before


def test_a_file_that_is_damaged_is_told_and_a_rule_that_cannot_play_is_named(tasks, tmp_path, plane):
    path = tasks[0].path("tuning")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(UserError, match="delete it, and it is played again"):
        play_all(tasks[:1], HERE, lambda line: None)
    strange = tasks_of([contender("unrolled:leader=generator", "sgd")], [plane], tmp_path)
    assert "its players are x, y" in play_all(strange, HERE, lambda line: None)["plane/unrolled:leader=generator"]


def test_a_cell_that_fails_does_not_stop_the_others(tasks, monkeypatch, capsys):
    def fail(row, game, values):
        raise RuntimeError("out of\nmemory")

    monkeypatch.setattr("gangame.lab.tournament.work.local_rate", fail)
    refused = play_all(tasks, HERE, lambda line: None)
    assert refused == dict.fromkeys(
        ("plane/simultaneous", "plane/consensus"), "it failed with RuntimeError: out of memory"
    )
    assert "Traceback" in capsys.readouterr().err
    assert [task.missing() for task in tasks] == [["reporting"]] * 2  # what was done by then is kept


def test_one_program_serves_candidates_and_seeds_of_both_phases(tasks, monkeypatch, plane, small):
    made, make = [], Contender.make
    monkeypatch.setattr(Contender, "make", lambda row, *rest: made.append(row) or make(row, *rest))
    cell = Cell(tasks[1].row, plane.game, 4)
    candidates, steps = small.candidates(tasks[1].row), np.array([2, 4])
    with jax.enable_x64(True):
        cell.play(candidates, small.keys(TUNING, 2), steps)
        traces = len(made)
        cell.play(candidates[:1], small.keys(REPORTING, 3), 3 * steps)
    assert len(made) == traces


def test_what_is_kept_is_what_was_played(tmp_path):
    played = Played({"modes": np.array([[0, 8]]), "reverse_kl": np.array([[0.5, np.nan]])}, np.array([1.0]))
    save(tmp_path / "cell.npz", played, {"label": "x"})
    again, about = load(tmp_path / "cell.npz")
    assert about == {"label": "x"}
    np.testing.assert_array_equal(again.records["modes"], [[0, 8]])
    np.testing.assert_array_equal(again.records["reverse_kl"], [[0.5, np.nan]])
