"""Runs on images in buffers, in real processes, in an empty folder: `python tests/lab/buffered_runs.py FOLDER`.

It works as `together.py` does, whose processes these are.
"""

import contextlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from lab import together
from lab.album import album, draw

from gangame import games

PLAY = (
    "play album:buffer=12 alternating --learning-rate 0.05 --seeds 4 --steps 200 --every 5 --dtype float64 --quiet "
    "--save-every 0"
)


def killed(command, folder, kills, chance):
    """Kills a run at random moments and starts it again, so often; returns how it then ends."""
    for _ in range(kills):
        before, started = len(together.saved(folder)), together.Started(command)
        together.wait_for(folder, before + chance.randint(1, 4), started)
        time.sleep(chance.uniform(0, 0.05))
        os.kill(started.pid, signal.SIGKILL)
        started.ended()
    return together.Started(command).ended()


def lost(command, folder):
    """Takes the pictures away while two processes play; returns how these end, and how they go on afterwards."""
    started = together.together(command)
    together.wait_for(folder, 3, started[0])
    Path("pictures").rename("away")
    ends = [each.ended() for each in started]
    Path("away").rename("pictures")
    return [*ends, together.Started(command).ended()]


def main():
    together.prepare()
    games.GAMES["album"] = album
    draw(Path("pictures"))
    alone = together.Started(f"{PLAY} --output one").ended()
    found = {
        "one": [alone],
        "seeds": [together.Started(f"{PLAY} --output seeds --spread seeds", 4).ended()],
        "batch": [together.Started(f"{PLAY} --output batch --spread batch", 4).ended()],
        "two": [each.ended() for each in together.together(f"{PLAY} --output two --spread batch")],
        "killed": [killed(f"{PLAY} --output killed", "killed", 3, random.Random(0))],
        "lost": lost(f"{PLAY} --output lost", "lost"),
        "odd": [together.Started(f"{PLAY} --batch-size 8 --output odd --spread batch", 8).ended()],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    with contextlib.chdir(sys.argv[1]):
        main()
