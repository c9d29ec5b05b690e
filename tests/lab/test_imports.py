"""Ctrl-C while the command is still importing: it ends as a shell expects it, without a word."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gangame.lab import cli

STOPPED = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nsignal.pause()\n"
# What runs in the background ignores Ctrl-C. (A function between fork and exec would warn where JAX has its threads.)
HEARS = "import os, signal, sys\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\nos.execv(sys.executable, sys.argv[1:])"
SCRIPT = "from gangame.lab.cli import main\nmain()\n"


def stopped_in(module, folder, *command):
    """Runs Python where a module of this name, met by an import, stands for the Ctrl-C."""
    (folder / f"{module}.py").write_text(STOPPED)
    (folder / "gangame").write_text(SCRIPT)  # as an installer writes the command
    places = f"{folder}{os.pathsep}{Path(cli.__file__).parents[2]}"
    return subprocess.run(
        [sys.executable, "-c", HEARS, sys.executable, *command],
        cwd=folder, env={**os.environ, "PYTHONPATH": places}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("command", [["gangame", "list"], ["-m", "gangame", "list"]])
def test_the_command_says_nothing(tmp_path, command):
    done = stopped_in("jax", tmp_path, *command)
    assert done.returncode == -signal.SIGINT  # which a shell shows as 130
    assert (done.stdout, done.stderr) == ("", "")


def test_when_all_is_imported_it_is_an_exception_again(gangame):
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        gangame("list unrolled")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_for_a_program_that_uses_the_library_it_is_an_exception(tmp_path):
    caught = "try:\n    import gangame\nexcept KeyboardInterrupt:\n    print('caught')"
    done = stopped_in("jax", tmp_path, "-c", caught)
    assert (done.returncode, done.stdout) == (0, "caught\n"), done.stderr
