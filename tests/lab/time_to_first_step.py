"""Seconds until a run begins stepping, cold and warm: `python tests/lab/time_to_first_step.py`, half a minute.

Starts `gangame play mixture simultaneous --steps 100` again and again, each time in a process and a folder of its own
that ends before its first step. The first of them finds an empty cache of compiled programs. Seconds are those of the
process, of which others beside it lengthen few: of the imports, and of what comes after them.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

COMMAND = "gangame play mixture simultaneous --steps 100 --quiet"
ROUNDS = 5


def once():
    """Plays up to the first step, and prints what that took."""
    began = time.process_time()
    from gangame.lab import cli
    from gangame.lab.program import Program

    imported, piece = time.process_time(), Program.piece

    def ready(self, *arguments):
        piece(self, *arguments)
        print(json.dumps([imported - began, time.process_time() - imported]), flush=True)
        os._exit(0)

    Program.piece, sys.argv = ready, COMMAND.split()
    cli.main()


def main():
    with tempfile.TemporaryDirectory() as cache:
        found = []
        for _ in range(1 + ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                done = subprocess.run(
                    [sys.executable, os.path.abspath(__file__), "once"], cwd=folder, stdout=subprocess.PIPE, check=True,
                    env={**os.environ, "GANGAME_CACHE": cache},
                )  # fmt: skip
            found.append(json.loads(done.stdout))
    for name, seconds in (("cold", found[0]), (f"warm, median of {ROUNDS}", np.median(found[1:], axis=0))):
        print(f"{name}: imports {seconds[0]:.2f} s, from there to the first step {seconds[1]:.2f} s")


if __name__ == "__main__":
    once() if sys.argv[1:] == ["once"] else main()
