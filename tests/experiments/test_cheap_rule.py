import json

import jax
import pytest

from gangame.rules import RULES


@pytest.fixture
def promotion():
    return "standard"


def run(script, *words):
    """Runs the script as a user types it; it computes in float32 unless a game says otherwise."""
    with jax.enable_x64(False), jax.numpy_dtype_promotion("standard"):
        script.main(script, words)


def test_every_rule_plays_with_the_same_number_of_candidates(script):
    rows = script.rows()
    assert len({row.slug for row in rows}) == len(rows)
    assert {row.rule.name for row in rows} == set(RULES) - set(script.ABSENT)
    for arena in script.arenas(script.Config(), 0):
        for row in rows:
            assert len(arena.protocol.candidates(row)) == arena.protocol.num_candidates
    assert sum(row.optimizer == "sgd" and row.rule.name == "simultaneous" for row in rows) == 1  # the plain reference


def test_the_questions_are_about_rows_that_play(script):
    labels = {row.label for row in script.rows()}
    asked = script.QUESTIONS
    claimed = [label for one, other, _, _ in asked.claims.values() for label in (one, other)]
    assert {*(label for pair in asked.pairs for label in pair), *asked.references, *asked.medians, *claimed} <= labels


def test_the_settings_that_are_committed_keep_the_issue(script):
    for name in ("cpu", "paper"):
        _, protocol = script.SETTINGS[name]
        assert protocol.num_seeds >= 32
    assert script.SETTINGS["paper"][1].num_candidates * script.SETTINGS["paper"][1].num_tuning_seeds >= 1000


def test_the_tiny_setting_runs_goes_on_and_is_drawn_again(script, tmp_path, capsys, monkeypatch):
    seconds = iter(range(1, 9))
    monkeypatch.setattr(
        script.clock, "measure", lambda tasks: dict.fromkeys([task.row.label for task in tasks], [next(seconds)] * 7)
    )
    run(script, "--tiny", "--output", str(tmp_path))
    assert "min left" in capsys.readouterr().out
    names = {path.name for path in tmp_path.iterdir()}
    assert {"results.json", "arrays.npz", "report.html", "leaderboard.png", "pareto.png", "curves.png"} <= names
    results = json.loads((tmp_path / "results.json").read_text())
    assert set(results["standings"]) == {"ring", "bilinear"}
    assert results["config"]["setting"] == "tiny"
    assert results["machine"]["jax"] == jax.__version__
    assert {each["milliseconds_per_step"] for each in results["standings"]["ring"]} == {1000}
    pair = "prediction of the generator - simultaneous"
    assert len(results["answers"]["ring"]["pairs"][pair]["share"]) == 3
    assert results["answers"]["ring"]["pairs"]["prediction of the generator - unrolled:depth=10"] is None
    page = (tmp_path / "report.html").read_text()
    assert "What was asked" in page
    assert "prediction of the generator minus simultaneous" in page

    for path in (tmp_path / "cells").rglob("*.npz"):  # as in a clone, which has no cells
        path.unlink()
    (tmp_path / "report.html").unlink()
    run(script, "--redraw", "--output", str(tmp_path))
    again = json.loads((tmp_path / "results.json").read_text())
    assert again["standings"] == results["standings"]
    assert again["answers"] == results["answers"]
    assert (tmp_path / "report.html").exists()

    run(script, "--tiny", "--clock", "--output", str(tmp_path))
    assert "played" not in capsys.readouterr().out
    anew = json.loads((tmp_path / "results.json").read_text())
    assert {each["milliseconds_per_step"] for each in anew["standings"]["ring"]} == {3000}
    assert (anew["command"], anew["answers"]) == (results["command"], results["answers"])

    with pytest.raises(SystemExit) as stopped:
        run(script, "--tiny", "--seed", "1", "--output", str(tmp_path))
    assert stopped.value.code == 2
    assert "holds a tournament of other settings" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--setting large", "Setting is 'large'; it has to be one of cpu, paper, tiny"),
        ("--rules nosuch", "Rules are nosuch; they have to be among simultaneous, simultaneous (plain)"),
        ("--games chess", "Games are chess; they have to be among ring, grid, bilinear"),
        ("--jobs -1", "Jobs is -1; it has to be 0 or more"),
        ("--redraw", "results.json"),
    ],
)
def test_bad_settings_are_told_in_one_sentence(script, capsys, tmp_path, options, sentence):
    with pytest.raises(SystemExit) as stopped:
        script.main(script, [*options.split(), "--output", str(tmp_path)])
    assert stopped.value.code == 2
    assert sentence in " ".join(capsys.readouterr().err.split())
