"""Real processes, real faults: nothing that was safe is lost, and all goes on to the same bits."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gangame

SCRIPT = Path(__file__).parent / "faults_table.py"


def table(*arguments):
    """Runs the script of faults; returns its rows by fault."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--json", *arguments],
        env={**os.environ, "PYTHONPATH": str(Path(gangame.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def few():
    return table("--kills", "8", "--files", "2", "--without", "with state")


@pytest.mark.parametrize(
    "fault",
    [
        "kill -9 at a random moment",
        "SIGTERM",
        "checkpoint flipped or cut",
        "disk full",
        "read-only folder",
        "checkpoint that may not be read",
        "clock set back",
        "two processes",
    ],
)
def test_a_fault_costs_nothing_that_was_safe_and_one_sentence(few, fault):
    row = few[fault]
    if not row["tries"]:
        pytest.skip(row["note"])
    assert (row["lost"], row["wrong"], row["unclear"]) == (0, 0, 0), row


@pytest.mark.slow
def test_a_hundred_kills_and_every_file_of_a_checkpoint():
    for fault, row in table("--kills", "100").items():
        assert (row["lost"], row["wrong"], row["unclear"]) == (0, 0, 0), (fault, row)
