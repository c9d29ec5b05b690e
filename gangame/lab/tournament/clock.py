"""How long a step takes: the programs of all rules that have played a game, side by side and in turns.

The time of the cells themselves says what they took; it was taken at hours when the machine did this and that beside
them, and a ratio of two of them is no cost.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from gangame.lab import store
from gangame.lab.bench.turns import interleaved, median_ratio
from gangame.lab.engine import Engine
from gangame.lab.machine import machine, today
from gangame.lab.spec import UserError
from gangame.lab.stopwatch import clock
from gangame.lab.tournament.cell import Cell
from gangame.lab.tournament.protocol import REPORTING
from gangame.lab.tournament.work import Task, load

NAME = "clock.json"
ROUNDS = 7
LEAST = 0.4
"""Seconds that the steps of a turn last at least: many times the look at all seeds that each call ends with."""
MOST = 1.0
"""Seconds that a turn lasts at most, where steps take next to nothing beside their calls; their time is not known."""
SCATTER = 0.25
"""A time whose quartiles are further from each other than twice this share of it is not known."""


class Clock(NamedTuple):
    """The time of a step, of all seeds together.

    Attributes:
      rounds: seconds in each round, `[rounds]`, by the label of the row.
    """

    rounds: Mapping[str, np.ndarray]

    def step(self, label: str) -> float | None:
        """Returns the seconds of a step, the median over the rounds; `None` where they are not known."""
        seconds = self.rounds.get(label)
        return None if seconds is None or not _steady(seconds) else float(np.median(seconds))

    def ratio(self, label: str, reference: str) -> float | None:
        """Returns the time of a step over that of another rule, the median over the rounds; `None` as for `step`."""
        if self.step(label) is None or self.step(reference) is None:
            return None
        return median_ratio(self.rounds[label], self.rounds[reference])


def _steady(seconds: np.ndarray) -> bool:
    low, middle, high = np.quantile(seconds, [0.25, 0.5, 0.75])
    return bool(seconds.min() > 0 and high - low <= 2 * SCATTER * middle)


def clock_of(tasks: Sequence[Task]) -> Clock:
    """Returns what has been measured of the cells of one game; nothing where nothing has been."""
    found = _read(tasks[0].folder).get(tasks[0].arena.name) if tasks else None
    return Clock({label: np.array(each) for label, each in found["seconds"].items()} if found else {})


def measure_all(
    tasks: Sequence[Task], engine: Engine, told: Callable[[str], None] = lambda line: None, *, anew: bool = False
) -> None:
    """Measures every game of which a row has been played and not measured; all its rows, for all are compared.

    Args:
      tasks: the cells.
      engine: where they were played.
      told: receives one line after each game.
      anew: measure again what has been measured.
    """
    games: dict[str, list[Task]] = {}
    for task in tasks:
        if not task.missing():
            games.setdefault(task.arena.name, []).append(task)
    left = [
        here for here in games.values() if anew or not {task.row.label for task in here} <= set(clock_of(here).rounds)
    ]
    for place, outcome in engine.run(measure, left):
        (folder, name), seconds = (left[place][0].folder, left[place][0].arena.name), outcome()
        found = {**_read(folder), name: {"date": today(), "machine": machine(), "seconds": seconds}}
        store.write_json(folder / NAME, found)
        told(f"{name}: the steps of {len(seconds)} rules measured in turns")


def _read(folder: Path) -> dict[str, Any]:
    path = folder / NAME
    content = store.read_json(path) if path.exists() else {}
    try:
        for game in content.values():
            for each in game["seconds"].values():
                np.array(each, float).reshape(ROUNDS)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path} is damaged ({error!r}); delete it, and it is measured again.") from error
    return content


def measure(tasks: Sequence[Task]) -> dict[str, list[float]]:
    """Returns the seconds of a step of all seeds in each round, by label, of cells of one game that have been played.

    Each turn plays the tuned rule on the seeds of the report, from their start; what a call takes that plays no step is
    measured in the same round, and left out.
    """
    with jax.enable_x64(tasks[0].arena.dtype == "float64"):
        turns = {task.row.label: _turn(task) for task in tasks}
        work = {f"{kind} {label}": call for label, turn in turns.items() for kind, call in turn.work().items()}
        seconds = interleaved(work, ROUNDS)
    return {
        label: ((seconds[f"steps {label}"] - seconds[f"calls {label}"]) * turn.share()).tolist()
        for label, turn in turns.items()
    }


class _Turn(NamedTuple):
    """What is timed at once: so many calls of so many steps each, of one chunk of the seeds."""

    play: Callable[[int], Any]
    num_calls: int
    num_steps: int
    num_chunks: int

    def work(self) -> dict[str, Callable[[], None]]:
        """Returns what has to be timed: the steps, and as many calls without any."""
        return {"steps": partial(self._call, self.num_steps), "calls": partial(self._call, 0)}

    def share(self) -> float:
        """Returns a step of all seeds, as a share of the turn."""
        return self.num_chunks / (self.num_calls * self.num_steps)

    def _call(self, num_steps: int) -> None:
        for _ in range(self.num_calls):
            self.play(num_steps)


def _turn(task: Task) -> _Turn:
    """Returns a turn that is long enough, in calls of no more steps than the budget pays for."""
    protocol, about = task.arena.protocol, load(task.path("reporting"))[1]
    cell = Cell(task.row, task.arena.game, protocol.lanes)
    play = cell.ready(about["candidates"][0], protocol.keys(REPORTING, protocol.num_seeds))
    most = max(about["steps"][-1], 1)
    num_steps, (seconds, whole) = 1, _seconds(play, 1)
    while seconds < LEAST and num_steps < most:
        num_steps = min(2 * num_steps, most)
        seconds, whole = _seconds(play, num_steps)
    num_calls = math.ceil(min(LEAST / max(seconds, 1e-9), MOST / whole))
    return _Turn(play, num_calls, num_steps, math.ceil(protocol.num_seeds / protocol.lanes))


def _seconds(play: Callable[[int], Any], num_steps: int) -> tuple[float, float]:
    """Returns what a call takes beyond one without steps, and what it takes as a whole."""
    times = []
    for count in (0, 0, num_steps):  # the first of them warms up
        began = clock()
        play(count)
        times.append(clock() - began)
    return times[2] - times[1], times[2]
