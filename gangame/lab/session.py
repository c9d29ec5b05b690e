"""Plays rules on a game over many seeds, piece by piece, and keeps everything on disk as it goes.

The folder of a run: `config.json` says what was asked for, `status.json` how far it came, `log.jsonl` what happened
when, `records/` what was measured, `players/` the players at some steps, `checkpoints/` what going on needs.
"""

import contextlib
import copy
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gangame.core import Game
from gangame.games import GAMES
from gangame.lab import memory, processes, records, spec, store, watch
from gangame.lab.buffered import ReadError, streamed_of
from gangame.lab.checkpoints import Checkpoints
from gangame.lab.config import Config
from gangame.lab.cost import gradients_per_step
from gangame.lab.diary import Diary
from gangame.lab.lane import Lane
from gangame.lab.layout import Layout
from gangame.lab.program import Program, awaited
from gangame.lab.programs import program_of
from gangame.lab.snapshots import NUM_SNAPSHOTS, Snapshots
from gangame.lab.views import View, view_of
from gangame.play import Run

SECONDS_BETWEEN_CHECKPOINTS = 20.0
Progress = Callable[[int, dict[str, np.ndarray]], None]
"""Called after each piece with the steps done and its records, `[seeds, records]` each."""


class Session:
    """A configuration at work in a folder.

    Attributes:
      config: what is computed.
      folder: where it is kept.
      game: the game.
      view: how it is looked at.
      status: for each rule that has been saved, how far it came and what that took.
      snapshots: the players at some steps.
    """

    def __init__(
        self,
        config: Config,
        folder: Path,
        limit: float | None = None,
        save_every: float = SECONDS_BETWEEN_CHECKPOINTS,
        layout: Layout | None = None,
    ):
        """Makes the game and its view, and reads how far the folder has come.

        Args:
          config: what is computed.
          folder: where it is kept.
          limit: bytes of memory that it may take; what is free by default.
          save_every: seconds between two checkpoints at least.
          layout: where the run lies; on one device by default.
        """
        self.config, self.folder, self._layout = config, folder, layout
        self._limit, self._save_every = limit, save_every
        with memory.limited():
            self.game: Game = spec.build(config.game, GAMES)
            self.view: View = view_of(self.game)
        self._diary = Diary(folder)
        self.snapshots = Snapshots(folder, self.game, config)
        self.look()

    def look(self) -> None:
        """Reads how far the folder has come."""
        self.status: dict[str, dict[str, Any]] = {}
        for lane in self.config.lanes:
            if facts := self._checkpoints(lane).latest_facts():
                self.status[lane.label] = facts["status"]

    def done(self, lane: Lane) -> bool:
        """Returns whether a rule has come to its end, all its steps or a seed that diverged, with intact records."""
        config, status = self.config, self.status.get(lane.label, {})
        if status.get("steps") != config.num_steps and "ended" not in status:
            return False
        return records.reach(self.folder, lane, config.num_seeds, config.every, config.num_steps, []) == status["steps"]

    def check_room(self) -> None:
        """Makes sure that what stays of every rule fits, before anything is computed or written.

        Raises:
          NoRoomError: it does not.
        """
        for lane in self.config.lanes:
            self._program(lane)

    def run(self, lane: Lane, progress: Progress, stopped: Callable[[], bool]) -> bool:
        """Plays one rule to its end, or until told to stop; returns whether it came to the end.

        Args:
          lane: the rule.
          progress: called after each piece.
          stopped: asked after each piece.

        Raises:
          UserError: the folder can no longer be written; what it holds stays valid, and the run can be resumed.
        """
        if self.done(lane):
            records.merge(self.folder, lane, self.config.num_seeds)  # before which it may have been stopped
            return True
        checkpoints = self._checkpoints(lane)
        try:
            with processes.losses(), contextlib.closing(self._program(lane)) as program:
                return self._run(lane, program, checkpoints, progress, stopped)
        except spec.UserError as error:
            with contextlib.suppress(spec.UserError):  # what is half saved may yet become safe
                self._settle(lane, checkpoints, wait=True)
            self._diary.tell("failed", rule=lane.label, why=str(error), tolerant=True)
            raise
        finally:
            checkpoints.close()

    def _run(
        self, lane: Lane, program: Program, checkpoints: Checkpoints, progress: Progress, stopped: Callable[[], bool]
    ) -> bool:
        config = self.config
        status: dict[str, Any] = {"steps": 0, "seconds": 0.0, "compile_seconds": 0.0}
        if (images := streamed_of(self.game)) is not None:
            status["images"] = images.fingerprint()
        run = self._restore(lane, program, checkpoints, status)
        saved_at, position, looking = time.monotonic(), status["steps"], None
        if config.on_divergence == "back" and not position:
            self._save(lane, checkpoints, program.whole(run), status, wait=True)
        for num_steps, every in config.pieces(position, len(program.record)):
            piece = self._compiled(lane, program, num_steps, every, status)
            began = time.perf_counter()
            try:
                run = awaited(piece(run))
            except ReadError:
                self._settle(lane, checkpoints, wait=True)
                if self.status.get(lane.label, {}).get("steps") != position:
                    self._save(lane, checkpoints, program.whole(run), status, wait=True)
                raise
            seconds = time.perf_counter() - began
            if looking is None:  # not before the first steps, which need not wait for it
                looking = program.seconds_of_one_look(run)
            status["seconds"] += seconds - num_steps // every * looking
            position += num_steps
            measured = {name: np.asarray(values) for name, values in run.records.items()}
            run = run._replace(records=None)
            records.write(self.folder, lane, position, every, measured)
            status["steps"] = position
            fresh = self._note_divergence(lane, run, status)
            if fresh and config.on_divergence == "back":
                self._go_back(lane, program, checkpoints, status)
                records.merge(self.folder, lane, config.num_seeds)
                return True
            self.snapshots.keep(lane, position - num_steps, position, partial(program.whole, run))
            progress(position, measured)
            if fresh and config.on_divergence == "stop":
                status["ended"] = f"ended after step {position:,}, since a seed diverged"
            last = position == config.num_steps or "ended" in status
            halt = last or stopped()  # asked once: a signal may come between two questions
            if halt or time.monotonic() - saved_at >= self._save_every:
                self._save(lane, checkpoints, program.whole(run), status, wait=halt)
                saved_at = time.monotonic()
            else:
                self._settle(lane, checkpoints, wait=False)
            if last:
                records.merge(self.folder, lane, config.num_seeds)
                self._diary.tell("finished", rule=lane.label, step=position, seconds=status["seconds"])
                return True
            if halt:
                self._diary.tell("stopped", rule=lane.label, step=position)
                return False
        return True

    def _program(self, lane: Lane) -> Program:
        """Returns the program of a rule, when there is room for what stays of it."""
        config = self.config
        program = program_of(config, lane, self.game, self.view.observe, self._layout, self._limit)
        num_steps, every = next(config.pieces(0, len(program.record)))
        program.check(num_steps // every)
        memory.check_disk(self.folder, program, config.num_steps // config.every, NUM_SNAPSHOTS)
        return program

    def _restore(self, lane: Lane, program: Program, checkpoints: Checkpoints, status: dict[str, Any]) -> Run:
        """Returns the run where its newest intact checkpoint is, or else before its first step, and sets the status."""
        config = self.config
        damage: list[str] = []
        whole = records.reach(self.folder, lane, config.num_seeds, config.every, config.num_steps, damage)
        saved = checkpoints.newest(program.tree(program.shapes), whole, damage)
        for sentence in damage:
            self._diary.tell("damaged", rule=lane.label, what=sentence, shown=True)
        if saved is not None:
            if saved.facts["status"].get("images") != status.get("images"):
                raise spec.UserError(
                    f"{self.folder} was begun with other images than {config.game} finds now; bring these back, or "
                    "start anew."
                )
            run = program.place(saved.tree)
            status.update(saved.facts["status"])
            self._diary.tell("resumed", rule=lane.label, step=saved.step, shown=True)
        else:
            run = program.begin()
            self._diary.tell("started", rule=lane.label)
        step = status["steps"]
        checkpoints.forget_after(step)
        records.keep(self.folder, lane, config.num_seeds, step)
        self.snapshots.forget_after(lane, step)
        if saved is None:
            self.snapshots.save(lane, 0, program.whole(run).players)
        return run

    def _compiled(
        self, lane: Lane, program: Program, num_steps: int, every: int, status: dict[str, Any]
    ) -> Callable[[Run], Run]:
        before, together = program.compile_seconds, program.together
        piece = program.piece(num_steps, every)
        if program.compile_seconds > before:
            status["compile_seconds"] += program.compile_seconds - before
            self._diary.tell("compiled", rule=lane.label, steps=num_steps, seconds=program.compile_seconds - before)
        if program.together < together:
            self._diary.tell("divided", rule=lane.label, seeds_together=program.together, shown=True)
        return piece

    def _note_divergence(self, lane: Lane, run: Run, status: dict[str, Any]) -> bool:
        """Writes into the status who has diverged; returns whether there is somebody new."""
        known = status.get("diverged", [])
        status["diverged"] = [each._asdict() for each in watch.divergence(run.state)]
        fresh = [each for each in status["diverged"] if each not in known]
        for each in fresh[:100]:
            self._diary.tell("diverged", rule=lane.label, **each)
        return bool(fresh)

    def _go_back(self, lane: Lane, program: Program, checkpoints: Checkpoints, status: dict[str, Any]) -> None:
        """Ends a rule at its last checkpoint, in which all seeds were finite."""
        diverged, reached = status["diverged"], status["steps"]
        self._settle(lane, checkpoints, wait=True)
        self._restore(lane, program, checkpoints, status)
        status["ended"] = f"went back from step {reached:,} to the checkpoint of step {status['steps']:,}"
        status["diverged"] = diverged
        checkpoints.amend(status["steps"], {"status": status})
        self._publish(lane, status)
        self._diary.tell("went back", rule=lane.label, step=status["steps"])

    def _save(self, lane: Lane, checkpoints: Checkpoints, run: Run, status: dict[str, Any], wait: bool) -> None:
        self._settle(lane, checkpoints, wait=True)
        if "gradients_per_step" not in status:  # not before the first steps, which need not wait for it
            status["gradients_per_step"] = gradients_per_step(self.game, lane.make())
        checkpoints.save(status["steps"], Program.tree(run), {"status": copy.deepcopy(status)})
        self._settle(lane, checkpoints, wait)

    def _settle(self, lane: Lane, checkpoints: Checkpoints, wait: bool) -> None:
        facts = checkpoints.settle(wait)
        if facts is not None:
            self._publish(lane, facts["status"])
            self._diary.tell("saved", rule=lane.label, step=facts["step"])

    def _publish(self, lane: Lane, status: dict[str, Any]) -> None:
        self.status[lane.label] = status
        store.write_json(self.folder / "status.json", self.status)

    def _checkpoints(self, lane: Lane) -> Checkpoints:
        return Checkpoints(self.folder / "checkpoints" / lane.slug, self.config.digest())
