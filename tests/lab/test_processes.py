"""Runs on several devices, and in several real processes: the same records, and deaths that lose nothing."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import gangame
from gangame import lab
from gangame.lab import diary

SCRIPT = Path(__file__).parent / "together.py"
PLAY = (
    "play linear_quadratic_gan:size=2,analytic=false,batch_size=8 alternating --learning-rate 0.05 --seeds 4 "
    "--steps 100 --every 5 --dtype float64 --quiet --save-every 0"
)


def start(folder, *commands, devices=1):
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(gangame.__file__).parents[1]),
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}",
    }
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *commands],
        cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def pair(folder, command):
    """Starts a command in two processes, of which only the first one is told what it is."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        where = f"--coordinator 127.0.0.1:{found.getsockname()[1]} --num-processes 2"
    return start(folder, f"{command} {where}"), start(folder, f"play {where} --process 1")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """All runs: in two processes to the end; in two of which one is killed; then in one process on four devices."""
    folder = tmp_path_factory.mktemp("runs")
    both = pair(folder, f"{PLAY} --output two")
    said = [each.communicate(timeout=300) for each in both]
    first, second = pair(folder, f"{PLAY} --spread batch --output killed")
    deadline = time.monotonic() + 300
    while sum(event["event"] == "saved" for event in diary.read(folder / "killed")) < 5:
        assert first.poll() is None, first.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.01)
    second.send_signal(signal.SIGKILL)
    killed = first.communicate(timeout=300)[1]
    second.communicate(timeout=300)
    reached = [event["step"] for event in diary.read(folder / "killed") if event["event"] == "saved"][-1]
    here = start(
        folder, f"{PLAY} --output one", f"{PLAY} --spread seeds --output seeds",
        f"{PLAY} --spread batch --output batch", "play --quiet --resume killed",
        f"{PLAY} --seeds 3 --spread seeds --output odd", f"{PLAY} --batch-size 6 --spread batch --output cut",
        devices=4,
    )  # fmt: skip
    out, err = here.communicate(timeout=300)
    return {
        "folder": folder, "two": (*(each.returncode for each in both), *said), "killed": (first.returncode, killed),
        "reached": reached, "statuses": json.loads(out.splitlines()[-1]), "err": err,
    }  # fmt: skip


def assert_same(folder, name, rtol):
    """The records of a run are those of the one on one device, which go over orders of magnitude, up to rounding."""
    expected, found = lab.read_records(folder / "one"), lab.read_records(folder / name)
    assert len(expected["step"]) == 4 * 20
    for column, values in expected.items():
        if values.dtype.kind == "f":
            np.testing.assert_allclose(found[column], values, rtol=rtol, atol=rtol)
        else:
            np.testing.assert_array_equal(found[column], values)


# Runs in float64 of 100 contracting steps; sums of 8 in another order are apart by a few 1e-16 in each.
@pytest.mark.parametrize("name", ["seeds", "batch", "two", "killed"])
def test_a_spread_run_has_the_records_of_one_on_one_device(runs, name):
    assert runs["statuses"][:4] == [0, 0, 0, 0], runs["err"]
    assert_same(runs["folder"], name, 1e-12)


def test_two_processes_end_well_and_only_the_first_speaks(runs):
    status, status_of_second, (out, _), (out_of_second, _) = runs["two"]
    assert (status, status_of_second) == (0, 0)
    assert out.splitlines()[0] == "two/report.html"
    assert out_of_second == ""


def test_a_process_that_dies_ends_the_run_in_one_sentence_and_nothing_safe_is_lost(runs):
    status, said = runs["killed"]
    sentences = [line for line in said.splitlines() if line.startswith("Error: ")]
    assert status == 2
    assert len(sentences) == 1
    assert sentences[0].startswith("Error: Process 1 of 2 is gone")
    assert sentences[0].endswith("What is in killed is kept. Go on with: gangame play --resume killed")
    assert "Traceback" not in said
    resumed = [event["step"] for event in diary.read(runs["folder"] / "killed") if event["event"] == "resumed"]
    assert resumed == [runs["reached"]]
    assert 0 < runs["reached"] < 100


def test_what_cannot_be_cut_is_said(runs):
    assert runs["statuses"][4:] == [2, 2]
    assert "3 seeds cannot be spread evenly over 4 devices; take a multiple of 4 as --seeds" in runs["err"]
    assert "can be cut into 4 parts along its first axis" in runs["err"]


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
        env={**os.environ, "PYTHONPATH": str(Path(gangame.__file__).parents[1])},
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Error: Process 0 at 127.0.0.1:9 did not come within 2 s; start all 2 with the same" in done.stderr
