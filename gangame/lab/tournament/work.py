"""Plays a whole tournament, cell by cell; what is done is on disk at once, and is never done again."""

import concurrent.futures
import dataclasses
import io
import json
import time
import traceback
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from gangame.games import GAMES
from gangame.lab import spec, store
from gangame.lab.engine import Engine
from gangame.lab.spec import UserError
from gangame.lab.tournament.cell import Cell, Played
from gangame.lab.tournament.choose import rank
from gangame.lab.tournament.contenders import Contender
from gangame.lab.tournament.protocol import REPORTING, TUNING, Protocol
from gangame.lab.tournament.rates import local_rate

PHASES = ("tuning", "reporting")


@dataclasses.dataclass(frozen=True)
class Arena:
    """A game of a tournament, with the protocol that rules are held to there.

    Attributes:
      name: what it is called in tables and files.
      game: the game.
      protocol: budget, candidates and seeds.
      plain: everybody takes plain steps there, whatever its optimiser elsewhere: games whose theory is about these.
      dtype: "float32" or "float64".
    """

    name: str
    game: spec.Spec
    protocol: Protocol
    plain: bool = False
    dtype: str = "float32"

    def describe(self) -> str:
        """Returns the game and what rules are held to, in words."""
        held = self.protocol
        return (
            f"{self.game}; budget {held.budget:,.0f} simultaneous steps, {held.num_seeds} seeds; {held.num_candidates} "
            f"candidates of each rule with {held.num_tuning_seeds} other seeds each, at {held.tuning_budget:,.0f} steps"
        )

    def row(self, row: Contender) -> Contender | None:
        """Returns a rule as it plays here; `None` where the game lacks an argument that the row changes."""
        known = spec.parameters(GAMES[self.game.name]) if row.game else {}
        if not set(row.game) <= set(known):
            return None
        if self.plain and row.optimizer not in ("sgd", "own"):
            return dataclasses.replace(row, optimizer="sgd", arguments={})
        return row


@dataclasses.dataclass(frozen=True)
class Task:
    """One rule on one game, both phases, and the folder that keeps them."""

    row: Contender
    arena: Arena
    folder: Path

    def path(self, phase: str) -> Path:
        """Returns where a phase is kept."""
        return self.folder / "cells" / self.arena.name / f"{self.row.slug}-{phase}.npz"

    def missing(self) -> list[str]:
        """Returns the phases that have still to be played."""
        return [phase for phase in PHASES if not self.path(phase).exists()]


def tasks_of(rows: Sequence[Contender], arenas: Sequence[Arena], folder: Path) -> list[Task]:
    """Returns all cells, rule by rule, so that a tournament that is stopped has whole rules to compare."""
    found: list[Task] = []
    for row in rows:
        for arena in arenas:
            here = arena.row(row)
            if here is not None and not any(_same(here, task.row) for task in found if task.arena == arena):
                found.append(Task(here, arena, folder))
    return found


def _same(one: Contender, other: Contender) -> bool:
    """Returns whether two rows differ by nothing but their names, as they may where all take plain steps."""
    return dataclasses.replace(one, label="") == dataclasses.replace(other, label="")


def save(path: Path, played: Played, about: dict[str, Any]) -> None:
    """Writes a phase of a cell, whole or not at all."""
    content = io.BytesIO()
    arrays = {f"records/{name}": _small(each) for name, each in played.records.items()}
    arrays |= {"seconds": played.seconds, "about": np.array(json.dumps(about))}
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    store.write(path, content.getvalue())


def _small(values: np.ndarray) -> np.ndarray:
    whole = np.issubdtype(values.dtype, np.integer) and values.size and 0 <= values.min() <= values.max() < 2**15
    return values.astype(np.int16) if whole else values


def load(path: Path) -> tuple[Played, dict[str, Any]]:
    """Returns what `save` wrote.

    Raises:
      UserError: the file is damaged.
    """
    try:
        with store.told(path, "read"), path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            records = {name.removeprefix("records/"): archive[name] for name in archive.files if "/" in name}
            return Played(records, archive["seconds"]), json.loads(str(archive["about"]))
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} is damaged ({error}); delete it, and it is played again.") from error


def play_task(task: Task, told: Callable[[str, float], None] = lambda phase, share: None) -> str | None:
    """Plays what is missing of a cell and saves it, phase by phase.

    Returns:
      `None`, or one sentence about why the rule cannot play this game.
    """
    protocol = task.arena.protocol
    with jax.enable_x64(task.arena.dtype == "float64"):
        try:
            cell = Cell(task.row, task.arena.game, protocol.lanes)
            candidates = protocol.candidates(task.row)
        except (ValueError, TypeError, NotImplementedError, UserError) as error:
            return " ".join(str(error).split())
        if "tuning" in task.missing():
            keys = protocol.keys(TUNING, protocol.num_tuning_seeds)
            steps = protocol.steps(cell.cost(), protocol.tuning_budget)
            played = cell.play(candidates, keys, steps, lambda share: told("tuning", share))
            save(task.path("tuning"), played, _about(task, cell, steps, candidates))
        tuned = load(task.path("tuning"))[0]
        chosen = candidates[rank(tuned.records, cell.goal, len(candidates))[0]]
        keys = protocol.keys(REPORTING, protocol.num_seeds)
        steps = protocol.steps(cell.cost(), protocol.budget * task.row.more)
        played = cell.play([chosen], keys, steps, lambda share: told("reporting", share))
        about = {**_about(task, cell, steps, [chosen]), "local_rate": local_rate(task.row, task.arena.game, chosen)}
        save(task.path("reporting"), played, about)
    return None


def _about(task: Task, cell: Cell, steps: np.ndarray, candidates: list[dict[str, float]]) -> dict[str, Any]:
    return {
        "label": task.row.label,
        "optimizer": task.row.describe(),
        "cost": cell.cost(),
        "stated": task.row.cost()._asdict(),
        "steps": steps.tolist(),
        "candidates": candidates,
        "compile_seconds": cell.compile_seconds,
    }


def play_all(tasks: Sequence[Task], engine: Engine, told: Callable[[str], None]) -> dict[str, str]:
    """Plays all cells that are missing.

    Args:
      tasks: the cells.
      engine: where they are played; on other machines they need the folder as well.
      told: receives one line after each cell, with an estimate of the time that is left.

    Returns:
      For each cell that cannot be played, "game/rule", the reason.
    """
    left = [task for task in tasks if task.missing()]
    if len(left) < len(tasks):
        told(f"{len(tasks) - len(left)} of {len(tasks)} cells are there already.")
    refused, began = {}, time.monotonic()
    for done, (place, outcome) in enumerate(engine.run(play_task, left), 1):
        task, reason = left[place], _outcome(outcome)
        if reason is not None:
            refused[f"{task.arena.name}/{task.row.label}"] = reason
        remaining = (time.monotonic() - began) * _weight(left, done) / 60
        note = f"cannot play: {reason}" if reason else "played"
        told(f"[{done}/{len(left)}] {task.arena.name}, {task.row.label}: {note}; about {remaining:.0f} min left")
    return refused


def _outcome(play: Callable[[], str | None]) -> str | None:
    """Returns what a cell says; one that fails is told of and does not stop the others."""
    try:
        return play()
    except (UserError, concurrent.futures.BrokenExecutor):
        raise
    except Exception as error:
        traceback.print_exception(error)
        return f"it failed with {type(error).__name__}: {' '.join(str(error).split())}"


def _weight(left: Sequence[Task], done: int) -> float:
    """Returns how much work is left in relation to what is done; a cell of many lanes or steps weighs more."""
    weights = np.array([_size(task) for task in left])
    return float(weights[done:].sum() / weights[:done].sum())


def _size(task: Task) -> float:
    protocol = task.arena.protocol
    tuning = protocol.num_candidates * protocol.num_tuning_seeds * protocol.tuning_budget
    return 1e5 + tuning + protocol.num_seeds * protocol.budget * task.row.more
