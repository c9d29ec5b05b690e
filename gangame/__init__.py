"""gangame: a JAX laboratory for the game dynamics of generative adversarial networks.

A game is a pure function from the players' parameters to one loss per player; an update rule moves all players; every
rule plays every game.
"""

from gangame.core import Game, UpdateRule, portable, zero_sum
from gangame.play import Run, advance, play, start, sweep

__version__ = "0.1.0"
__all__ = ["Game", "Run", "UpdateRule", "advance", "play", "portable", "start", "sweep", "zero_sum"]
