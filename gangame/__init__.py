"""gangame: a JAX laboratory for the game dynamics of generative adversarial networks.

A game is a pure function from the players' parameters to one loss per player; an update rule moves all players; every
rule plays every game.
"""

import signal
import sys
from pathlib import Path

if signal.getsignal(signal.SIGINT) is signal.default_int_handler and (
    Path(*sys.argv[:1]).stem == "gangame" or sys.orig_argv[1:3] == ["-m", "gangame"]
):
    # What follows takes seconds: who stops the command meanwhile is told nothing. `gangame.lab.cli` takes over.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from gangame.core import Game, UpdateRule, portable, zero_sum
from gangame.play import Run, advance, play, start, sweep

__version__ = "0.1.0"
__all__ = ["Game", "Run", "UpdateRule", "advance", "play", "portable", "start", "sweep", "zero_sum"]
