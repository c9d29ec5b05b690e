"""Images in buffers on several devices, in several processes, killed, and without their pictures: the same run.

What is started is in `buffered_runs.py`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gangame
from gangame.lab import diary, read_records

pytestmark = pytest.mark.slow  # minutes of many processes
SCRIPT = Path(__file__).parent / "buffered_runs.py"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folder of all runs, and what each process has said."""
    folder = tmp_path_factory.mktemp("runs")
    path = os.pathsep.join([str(Path(gangame.__file__).parents[1]), str(SCRIPT.parents[1])])
    done = subprocess.run(
        [sys.executable, SCRIPT, folder], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
        check=False, timeout=3600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


@pytest.mark.parametrize("name", ["seeds", "batch", "two"])
def test_a_spread_run_has_the_records_of_one_on_one_device(runs, name):
    folder, said = runs
    assert [each[0] for each in said[name]] == [0] * len(said[name]), said[name]
    expected, found = read_records(folder / "one"), read_records(folder / name)
    assert len(expected["step"]) == 4 * 40
    for column, values in expected.items():
        if values.dtype.kind == "f":  # sums of 4 in another order, in float64, over 200 steps
            np.testing.assert_allclose(found[column], values, rtol=1e-10, atol=1e-10)
        else:
            np.testing.assert_array_equal(found[column], values)


def result(folder):
    return {path.name: path.read_bytes() for kind in ("players/*", "records/*") for path in sorted(folder.glob(kind))}


def test_a_run_that_is_killed_again_and_again_ends_with_the_very_same_bits(runs):
    folder, said = runs
    assert said["killed"][0][0] == 0, said["killed"]
    assert len([event for event in diary.read(folder / "killed") if event["event"] == "resumed"]) == 3
    assert result(folder / "killed") == result(folder / "one")


def test_pictures_that_are_gone_end_all_processes_in_a_sentence_each_and_nothing_is_lost(runs):
    folder, said = runs
    (first, _, says), (second, _, follows), (last, _, _) = said["lost"]
    assert (first, second, last) == (2, 2, 0)
    (sentence,) = [line for line in says.splitlines() if line.startswith("Error: ")]
    assert "of 'pictures' could not be read" in sentence
    assert sentence.endswith("What is in lost is kept. Go on with: gangame play --resume lost")
    assert "Traceback" not in says + follows
    assert "Failed with process 0, which says why and how to go on." in follows
    events = diary.read(folder / "lost")
    safe = [event["step"] for event in events if event["event"] == "saved" and event["step"] < 200]
    (resumed,) = [event["step"] for event in events if event["event"] == "resumed"]
    assert resumed in safe
    expected, found = read_records(folder / "one"), read_records(folder / "lost")
    np.testing.assert_allclose(found["nearest"], expected["nearest"], rtol=1e-10)


def test_a_buffer_that_cannot_be_cut_is_told(runs):
    status, _, err = runs[1]["odd"][0]
    assert status == 2
    assert "--spread batch: buffer_size is 12; it has to be a multiple of 8, the devices." in err
