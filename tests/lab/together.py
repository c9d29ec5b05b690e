"""Runs on several devices and in several real processes, as typed, in an empty folder: `python tests/lab/together.py`.

One process imports everything once and forks each of them from itself, before any backend is there; all share a
compilation cache. What they leave in the folder is for the tests, and it prints what each has said, as JSON.
"""

import contextlib
import json
import os
import shlex
import signal
import socket
import sys
import time
from pathlib import Path

import jax
import orbax.checkpoint  # noqa: F401  # what a run imports late is here before the first fork
import pyarrow.parquet  # noqa: F401

from gangame.lab import cli, diary, report

GAME = "linear_quadratic_gan:size=2,analytic=false,batch_size=8"
PLAY = f"play {GAME} alternating --learning-rate 0.05 --seeds 4 --every 5 --dtype float64 --quiet --save-every 0"
SHORT, LONG = f"{PLAY} --steps 100", f"{PLAY} --steps 400"


class Started:
    """A command in a process of its own."""

    def __init__(self, command, devices=1):
        self.said = Path(f"said-{time.monotonic_ns()}")
        self.pid = os.fork()
        if not self.pid:
            self._run(command, devices)

    def _run(self, command, devices):
        status = 70
        os.environ["XLA_FLAGS"] += f" --xla_force_host_platform_device_count={devices}"
        for name, number in (("out", 1), ("err", 2)):
            os.dup2(os.open(self.said.with_suffix(f".{name}"), os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # which is ignored in the background
        report.write_report = lambda session, facts: (session.folder / "report.html", [])
        sys.argv = shlex.split(f"gangame {command}")
        try:
            cli.main()
            status = 0
        except SystemExit as exit_:
            status = exit_.code or 0
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def ended(self):
        """Waits; returns exit status, standard output and standard error."""
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        time.sleep(0.2)  # in which the last words are said
        return status, *(self.said.with_suffix(f".{name}").read_text() for name in ("out", "err"))


def together(command):
    """Starts a command in two processes, of which only the first one is told what it is."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        where = f"--coordinator 127.0.0.1:{found.getsockname()[1]} --num-processes 2"
    return Started(f"{command} {where}"), Started(f"play --process 1 {where}")


def saved(folder):
    """The steps that have become safe in a folder."""
    return [event["step"] for event in diary.read(Path(folder)) if event["event"] == "saved"]


def wait_for(folder, count, started=None):
    """Waits until so many checkpoints have become safe, which a process that is given has to live to see."""
    deadline = time.monotonic() + 300
    while len(saved(folder)) < count:
        if time.monotonic() > deadline or (started and os.waitpid(started.pid, os.WNOHANG)[0]):
            raise RuntimeError(started.said.with_suffix(".err").read_text() if started else f"no {count} in {folder}")
        time.sleep(0.01)


def interrupted(started, folder, victim, number):
    """Sends a signal to one of the processes at work after five more checkpoints; returns how all of them end."""
    wait_for(folder, len(saved(folder)) + 5, started[0])
    os.kill(started[victim].pid, number)
    return [each.ended() for each in started]


def prepare():
    """Sets what all processes have in common."""
    for name, value in {
        "jax_platforms": "cpu",
        "jax_compilation_cache_dir": str(Path("cache").absolute()),
        "jax_persistent_cache_min_compile_time_secs": 0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }.items():
        jax.config.update(name, value)
    os.environ.setdefault("XLA_FLAGS", "")


def main():
    prepare()
    found = {
        "one": [Started(f"{SHORT} --output one").ended()],
        "long": [Started(f"{LONG} --output long").ended()],
        "two": [each.ended() for each in together(f"{SHORT} --output two")],
        "seeds": [Started(f"{SHORT} --spread seeds --output seeds", 4).ended()],
        "batch": [Started(f"{SHORT} --spread batch --output batch", 4).ended()],
        "odd": [Started(f"{SHORT} --seeds 3 --spread seeds --output odd", 4).ended()],
        "cut": [Started(f"{SHORT} --batch-size 6 --spread batch --output cut", 4).ended()],
    }
    # One run in two processes after the other, each with an end of its own, and what is left to the end in one process.
    again = "play --quiet --save-every 0 --resume"
    for name, command, victim, number in (
        ("second killed", f"{LONG} --spread batch --output ended", 1, signal.SIGKILL),
        ("first killed", f"{again} ended --spread batch", 0, signal.SIGKILL),
        ("second terminated", f"{again} ended", 1, signal.SIGTERM),
        ("first interrupted", f"{again} ended", 0, signal.SIGINT),
    ):
        found[name] = [*interrupted(together(command), "ended", victim, number), saved("ended")[-1]]
    found["ended"] = [Started(f"{again} ended").ended()]
    # One run on one number of devices after the other.
    for devices, command in (
        (1, f"{LONG} --output moved"),
        (2, f"{again} moved --spread seeds"),
        (1, f"{again} moved"),
        (4, f"{again} moved --spread batch"),
    ):
        interrupted([Started(command, devices)], "moved", 0, signal.SIGTERM)
    found["moved"] = [Started(f"{again} moved --spread batch", 2).ended()]
    print(json.dumps(found))


if __name__ == "__main__":
    with contextlib.chdir(sys.argv[1]):
        main()
