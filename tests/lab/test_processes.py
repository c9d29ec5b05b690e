"""Runs on several devices, and in several real processes: the same records, and deaths that lose nothing.

What is started is in `together.py`.
"""

import contextlib
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gangame
from gangame import lab
from gangame.lab import diary, processes, spec

SCRIPT = Path(__file__).parent / "together.py"
HERE = {**os.environ, "PYTHONPATH": str(Path(gangame.__file__).parents[1])}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folder of all runs, and what each process has said."""
    folder = tmp_path_factory.mktemp("runs")
    done = subprocess.run(
        [sys.executable, SCRIPT, folder], env=HERE, capture_output=True, text=True, check=False, timeout=1200
    )
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


# Runs in float64 of contracting steps; sums of 8 in another order are apart by a few 1e-16 in each.
@pytest.mark.parametrize(
    ("name", "alone", "num_records"),
    [
        ("seeds", "one", 20),
        ("batch", "one", 20),
        ("two", "one", 20),
        ("ended", "long", 80),  # in two processes, with four ends
        ("moved", "long", 80),  # on 1, 2, 1, 4 and 2 devices
    ],
)
def test_a_spread_run_has_the_records_of_one_on_one_device(runs, name, alone, num_records):
    folder, said = runs
    assert [each[0] for each in said[name]] == [0] * len(said[name]), said[name]
    expected, found = lab.read_records(folder / alone), lab.read_records(folder / name)
    assert len(expected["step"]) == 4 * num_records
    for column, values in expected.items():
        if values.dtype.kind == "f":
            np.testing.assert_allclose(found[column], values, rtol=1e-12, atol=1e-12)
        else:
            np.testing.assert_array_equal(found[column], values)


def test_two_processes_end_well_and_only_the_first_speaks(runs):
    (_, out, _), (_, out_of_second, _) = runs[1]["two"]
    assert out.splitlines()[0] == "two/report.html"
    assert out_of_second == ""


KEPT = "What is in ended is kept. Go on with: gangame play --resume ended"
SAVED = "everything so far is in ended. Go on with: gangame play --resume ended"
WITH_THE_FIRST = "with process 0, which says why and how to go on."


@pytest.mark.parametrize(
    ("name", "statuses", "sentences"),
    [
        ("second killed", (2, -9), (("Error: Process 1 of 2 is gone", KEPT), None)),
        # The runtime may be the faster one to end a process whose first one is gone, with a status of its own.
        ("first killed", (-9, None), (None, ("Error: Process 0 of 2 is gone|Error: This process ended", KEPT))),
        ("second terminated", (143, 143), (("Error: Terminated; ", SAVED), ("Terminated ", WITH_THE_FIRST))),
        ("first interrupted", (130, 130), (("Stopped; ", SAVED), ("Stopped ", WITH_THE_FIRST))),
    ],
)
def test_one_that_ends_ends_all_in_a_sentence_each_and_nothing_safe_is_lost(runs, name, statuses, sentences):
    folder, said = runs
    *ends, safe = said[name]
    for (status, _, err), expected, sentence in zip(ends, statuses, sentences, strict=True):
        assert status == expected if expected else status > 0, err
        if sentence:
            beginning, ending = sentence
            lines = [line for line in err.splitlines() if line.startswith(tuple(beginning.split("|")))]
            assert len(lines) == 1, err
            assert lines[0].endswith(ending)
            assert "Traceback" not in err
    assert 0 < safe < 400
    assert safe in [event["step"] for event in diary.read(folder / "ended") if event["event"] == "resumed"]


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (None, 0),
        (SystemExit(None), 0),
        (SystemExit(143), 143),
        (SystemExit("in words"), 1),
        (KeyboardInterrupt(), 130),
        (spec.UserError("what the user did"), 2),
        (KeyError("a defect"), 1),
    ],
)
def test_the_others_end_with_the_status_of_the_first(monkeypatch, end, status):
    ordered = []
    monkeypatch.setattr(processes, "order", lambda *order: ordered.append(order))
    with contextlib.suppress(BaseException), processes.leading():
        if end is not None:
            raise end
    assert ordered == [("end", status)]


def test_one_that_fails_while_it_follows_says_that_alone(monkeypatch, tmp_path, capsys):
    last = []

    class Words:
        are = staticmethod(last.append)

    def follow(words):
        words.are("Process 0 is gone.")
        raise KeyError("a defect")

    play = importlib.import_module("gangame.lab.commands.play")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(play, "follow", follow)
    monkeypatch.setattr(processes, "LastWords", Words)
    monkeypatch.setattr(os, "_exit", sys.exit)
    with pytest.raises(SystemExit) as ended:
        play._follow()
    assert ended.value.code == 1
    assert last[-1] == ""
    assert capsys.readouterr().err == (
        "Error: gangame failed with KeyError, which is a defect of gangame; gangame-error.log has the details.\n"
    )
    assert "a defect" in (tmp_path / "gangame-error.log").read_text()


@pytest.mark.parametrize("sentence", [r"What is in C:\new\0table is kept.", "-n is no option."])
def test_the_last_words_are_said_as_they_are(capfd, sentence):
    words = processes.LastWords()
    words.are("Nothing yet.")
    words.are(sentence)
    words._keeper.communicate(timeout=60)
    assert capfd.readouterr().err == f"{sentence}\n"


def test_a_run_goes_on_where_it_was_saved_on_another_number_of_devices(runs):
    events = [event for event in diary.read(runs[0] / "moved") if event["event"] in ("saved", "resumed")]
    resumed = [place for place, event in enumerate(events) if event["event"] == "resumed"]
    assert len(resumed) == 4
    for place in resumed:
        assert events[place]["step"] == events[place - 1]["step"]


def test_what_cannot_be_cut_is_said(runs):
    (odd, _, said_of_odd), (cut, _, said_of_cut) = runs[1]["odd"][0], runs[1]["cut"][0]
    assert (odd, cut) == (2, 2)
    assert "3 seeds cannot be spread evenly over 4 devices; take a multiple of 4 as --seeds" in said_of_odd
    assert "can be cut into 4 parts along its first axis" in said_of_cut


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--spread rows", "--spread is 'rows'; it has to be seeds or batch."),
        ("--process 1", "--num-processes and --process need --coordinator HOST:PORT"),
        ("--coordinator here --num-processes 2", "--coordinator is 'here'; it has to be HOST:PORT"),
        ("--coordinator a:1 --num-processes 2 --process 2", "--process is 2 of --num-processes 2"),
        ("--coordinator a:1", "--process is 0 of --num-processes 1; several processes are 2 or more"),
    ],
)
def test_a_wrong_option_is_one_sentence(gangame, options, expected):
    status, out, err = gangame(f"play bilinear simultaneous {options}")
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert expected in err


def test_a_process_whom_nobody_meets_ends_in_one_sentence(tmp_path):
    join = "from gangame.lab import processes; processes.join('127.0.0.1:9', 2, 1, seconds=2)"
    done = subprocess.run(
        [sys.executable, "-c", join],
        env=HERE,
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Error: Process 0 at 127.0.0.1:9 did not come within 2 s; start all 2 with the same" in done.stderr
