"""Which program plays a rule of a configuration."""

from collections.abc import Callable

import jax

from gangame.core import Game, Key, Players
from gangame.lab import processes, watch
from gangame.lab.buffered import BufferedProgram, streamed_of
from gangame.lab.config import Config
from gangame.lab.lane import Lane
from gangame.lab.layout import Layout
from gangame.lab.program import Program


def program_of(
    config: Config,
    lane: Lane,
    game: Game,
    observe: Callable[[Game, Players, Key], dict[str, jax.Array]],
    layout: Layout | None = None,
    limit: float | None = None,
) -> Program:
    """Returns the program of one rule of a configuration; see `Program`."""
    processes.order("lane", config.lanes.index(lane))
    rule = watch.watched(lane.make(), freeze=config.on_divergence == "freeze")
    if streamed_of(game) is None:
        return Program(game, rule, observe, config.keys, limit, layout)
    return BufferedProgram(game, rule, observe, config.keys, limit, layout, config.num_steps)
