"""`gangame compare` as a user types it."""

import json

import numpy as np
import pytest

from gangame.lab import store
from gangame.lab.intervals import ABOUT
from gangame.lab.tournament import Protocol, clock

SMALL = "--budget 60 --seeds 3 --tuning-seeds 2 --candidates 2 --records 3 --ratios 1 --rates 0.1:0.5 --jobs 1"


def cells(folder):
    return sorted((folder / "cells").rglob("*.npz"))


def records(path):
    with np.load(path) as archive:
        return {name: archive[name] for name in archive.files if name.startswith("records/")}


@pytest.fixture(autouse=True)
def short_turns(monkeypatch):
    monkeypatch.setattr(clock, "LEAST", 0.001)


def test_rules_are_compared_and_a_comparison_goes_on_to_the_same_bits(gangame, tmp_path):
    command = f"compare bilinear simultaneous 'consensus:strength=0.5|1' {SMALL} --output out"
    status, out, err = gangame(command)
    assert (status, err) == (0, "")
    assert "consensus" in out
    assert "0/3 (" in " ".join(out.split())
    assert ABOUT in " ".join(out.split())
    assert "Report: out/report.html" in out
    folder = tmp_path / "out"
    page = (folder / "report.html").read_text()
    assert "data:image/png;base64," in page
    assert "consensus" in page
    assert str(tmp_path) not in page
    results = json.loads((folder / "results.json").read_text())
    assert results["command"].startswith("gangame compare bilinear")
    assert {"jax", "device", "date"} <= set(results)
    assert {each["label"] for each in results["standings"]["bilinear"]} == {"simultaneous", "consensus"}
    assert results["protocol"]["bilinear"]["num_seeds"] == 3
    assert set(store.read_json(folder / clock.NAME)["bilinear"]["seconds"]) == {"simultaneous", "consensus"}

    before = {path: records(path) for path in cells(folder)}
    assert len(before) == 4
    victim = folder / "cells" / "bilinear" / "consensus-reporting.npz"
    victim.unlink()
    status, out, _ = gangame("compare --resume out --jobs 1 --quiet")
    assert (status, out) == (0, "out/report.html\n")
    for path, kept in before.items():
        again = records(path)
        for name in kept:
            np.testing.assert_array_equal(again[name], kept[name])

    # The same command finds that all is there; another one does not touch it unless told.
    stamp = victim.stat().st_mtime_ns
    assert gangame(command)[0] == 0
    assert victim.stat().st_mtime_ns == stamp
    status, _, err = gangame(command.replace("--budget 60", "--budget 66"))
    assert status == 2
    assert "out holds another comparison" in err


BAD = {
    "compare": "Give a game and at least one rule",
    "compare bilinear": "Give a game and at least one rule",
    "compare bilinea simultaneous": "Did you mean 'bilinear'?",
    "compare bilinear simultanous": "Did you mean 'simultaneous'?",
    "compare bilinear simultaneous simultaneous": "Two of the rules are named 'simultaneous'",
    "compare bilinear consensus:strength=0.1|b": "strength=b in 'consensus:strength=0.1|b' has to be a number",
    "compare bilinear unrolled:depth=1|5": "has to be a whole number",
    "compare bilinear unrolled:leader=generator": "its players are x, y",
    "compare bilinear consensus:strength=0.1|1|10": "does not divide 16 candidates",
    "compare bilinear simultaneous --budget 10": "budget is 10; it has to be at least 40",
    "compare bilinear simultaneous --budget -5": "budget is -5",
    "compare bilinear simultaneous --budget 60": "take a --budget of 80 or more, fewer --records, or a --tuning-budget",
    "compare bilinear simultaneous --tuning-budget 9": "tuning budget is 9; it has to be at least 40",
    "compare bilinear simultaneous --seeds 0": "--seeds is 0; it has to be 1 or more",
    "compare bilinear simultaneous --rates fast": "--rates is 'fast'; it has to be two numbers",
    "compare bilinear simultaneous --rates 1:0.1": "the lower one first",
    "compare bilinear simultaneous --ratios 1,x": "--ratios is '1,x'; it has to be numbers",
    "compare bilinear simultaneous --optimizer adm": "Did you mean 'adam'?",
    "compare bilinear simultaneous --jobs 0": "--jobs is 0; it has to be 1 or more",
    "compare bilinear simultaneous --key -1": "--key is -1",
    "compare bilinear simultaneous --dtype float16": "float32 or float64",
    "compare --resume nowhere": "There is no folder nowhere; give the folder of a comparison",
    "compare bilinear simultaneous --resume nowhere": "leave GAME and RULE out",
    "compare dirac:penalty=gradient simultaneous": "nothing to rank rules by",
}  # fmt: skip


@pytest.mark.parametrize("command", BAD)
def test_bad_input_is_told_in_one_sentence(gangame, tmp_path, command):
    status, out, err = gangame(command)
    assert status == 2
    assert BAD[command] in " ".join(err.split())
    assert "Traceback" not in out + err
    assert not (tmp_path / "runs").exists()  # found before anything was computed


WHOLE = {
    "game": "bilinear", "rules": ["simultaneous"], "optimizer": "sgd", "protocol": Protocol().to_json(),
    "dtype": "float32",
}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([], "its comparison is []; it has to be an object"),
        ({"comparison": {**WHOLE, "game": 5}}, "a label is 5; it has to be 1 to"),
        ({"comparison": {**WHOLE, "rules": []}}, "its rules is []; it has to be a list"),
        ({"comparison": {**WHOLE, "protocol": {}}}, "its protocol has no 'budget'"),
        ({"comparison": {**WHOLE, "protocol": {**WHOLE["protocol"], "rates": [1]}}}, "a list of 2 to 2 entries"),
        ({"comparison": {**WHOLE, "protocol": {**WHOLE["protocol"], "lanes": 0.5}}}, "its lanes is 0.5; it has to be"),
        ({"comparison": {**WHOLE, "protocol": {**WHOLE["protocol"], "budget": "x"}}}, "its budget is 'x'; it has to"),
        ({"comparison": {**WHOLE, "dtype": None}}, "its dtype is None; it has to be one of float32, float64"),
    ],
)
def test_a_comparison_of_a_stranger_is_checked_before_it_goes_on(gangame, tmp_path, content, sentence):
    (tmp_path / "config.json").write_text(json.dumps(content))
    status, _, err = gangame("compare --resume .")
    assert status == 2
    assert sentence in " ".join(err.split())


def test_a_folder_with_something_else_is_not_written_to(gangame, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("precious")
    status, _, err = gangame(f"compare bilinear simultaneous {SMALL} --output thesis --overwrite")
    assert status == 2
    assert "thesis exists already and holds no comparison" in err
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["chapter.txt"]
