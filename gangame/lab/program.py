"""What is compiled of a run: the start of all seeds, and pieces of steps with their records.

Where it lies (`gangame.lab.layout`) makes no other difference here. Of several processes the first one tells the others
what it is going to do with its program (`processes.order`), and they do the same with theirs.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jax

from gangame.core import Game, Key, Players, PyTree, UpdateRule, portable
from gangame.lab import memory, processes
from gangame.lab.layout import Layout
from gangame.play import Run, advance, start


class Program:
    """One rule on one game with all its seeds.

    Attributes:
      shapes: the run of all seeds as `jax.ShapeDtypeStruct`, its leaves `[seeds, ...]`.
      record: what one look at all seeds gives, likewise.
      together: how many seeds are computed at a time, of those that are on one device.
      compile_seconds: seconds spent on tracing and compiling since it was last set.
      buffer_bytes: bytes of data that come and go beside all this.
    """

    buffer_bytes = 0

    def __init__(
        self,
        game: Game,
        rule: UpdateRule,
        observe: Callable[[Game, Players, Key], dict[str, jax.Array]],
        make_keys: Callable[[], Key],
        limit: float | None = None,
        layout: Layout | None = None,
    ):
        """Computes and allocates nothing yet.

        Args:
          game: the game; its arrays enter the programs as arguments.
          rule: the rule.
          observe: what is recorded.
          make_keys: returns the keys of all seeds, `[seeds]`.
          limit: bytes that the run may take; what is free by default.
          layout: where it lies; on one device by default.

        Raises:
          UserError: the seeds cannot lie like this.
        """
        self._layout = Layout() if layout is None else layout
        self._game = self._layout.game(portable(game))
        self._rule, self._observe, self._make_keys = rule, observe, make_keys
        keys = jax.eval_shape(make_keys)
        # Traced once, for the shapes here and when they are compiled.
        self._begin, self._look = jax.jit(self._first), jax.jit(self._seen)
        self.shapes: Run = jax.eval_shape(self._begin, self._game, keys)
        self.record = jax.eval_shape(self._look, self._game, self.shapes.players, keys)
        self._layout.check(keys.shape[0])
        self.together = keys.shape[0] // self._layout.parts
        self.compile_seconds = 0.0
        self._available = self._layout.memories * (memory.available() if limit is None else limit)
        self._compiled: dict[Any, Any] = {}

    def begin(self) -> Run:
        """Returns the run of all seeds before the first step."""
        processes.order("begin")
        keys = self.keys()
        return self._layout.compiled(self._begin, self._game, keys)(self._game, keys)

    def keys(self) -> Key:
        """Returns the keys of all seeds."""
        return self._layout.made(self._make_keys)

    def place(self, tree: PyTree) -> Run:
        """Returns the run of all seeds whose players, state and step are given, as arrays of the host.

        Args:
          tree: a dict of them, which only the first of several processes has.
        """
        processes.order("place")
        return Run(**self._layout.placed(tree, self.tree(self.shapes)), key=self.keys())

    def whole(self, run: Run) -> Run:
        """Returns players, state and step of all seeds in one place, whence `place` takes them."""
        processes.order("whole")
        with processes.losses():
            return Run(**self._layout.whole(self.tree(run)), key=run.key)

    @staticmethod
    def tree(run: Run) -> dict[str, PyTree]:
        """Returns what a run is known by, beside its keys."""
        return {"players": run.players, "state": run.state, "step": run.step}

    def piece(self, num_steps: int, every: int) -> Callable[[Run], Run]:
        """Returns the function that plays so many steps, compiled; see `advance`.

        Seeds that do not fit into the memory together are computed some at a time, which changes a run by
        rounding at most.

        Raises:
          UserError: not even the smallest part of them fits.
        """
        form = self._form(num_steps, every)
        if form not in self._compiled:
            began = time.perf_counter()
            self.compile(num_steps, every, self.together)
            parts = self._layout.parts
            working = parts * memory.working_bytes(self._compiled[form])
            resident = memory.resident_bytes(self, num_steps // every)
            num_seeds = self.shapes.step.shape[0] // parts
            together = memory.seeds_together(num_seeds, self.together, resident, working, self._available)
            if together < self.together:
                self.compile(num_steps, every, together)
            self.compile_seconds += time.perf_counter() - began

        def play(run: Run) -> Run:
            processes.order("play", num_steps, every)
            return self._play(num_steps, every, run)

        return play

    def _play(self, num_steps: int, every: int, run: Run) -> Run:
        return self._compiled[self._form(num_steps, every)](self._game, run)

    def _form(self, num_steps: int, every: int) -> Any:
        """Returns what pieces have in common that are one program."""
        return num_steps, every

    def compile(self, num_steps: int, every: int, together: int) -> None:
        """Compiles a piece.

        Args:
          num_steps: its steps.
          every: steps between two records.
          together: how many seeds of a device are computed at a time.
        """
        processes.order("compile", num_steps, every, together)
        self.together = together
        self._compiled[self._form(num_steps, every)] = self._lowered(num_steps, every, together)

    def _lowered(self, num_steps: int, every: int, together: int) -> Any:
        def piece(game: Game, run: Run) -> Run:
            return advance(game, self._rule, run, num_steps, partial(self._observe, game), every)

        return self._layout.compiled(side_by_side(piece, together), self._game, self.shapes)

    def check(self, num_records: int) -> None:
        """Makes sure that players, state and records of all seeds fit, before anything is allocated.

        Raises:
          UserError: they do not.
        """
        memory.check_resident(self, num_records, self._available)

    def seconds_of_one_look(self, run: Run) -> float:
        """Returns how long one observation of all seeds takes, which is no part of a step."""
        processes.order("look")
        look, times = self._looker(run), []
        for _ in range(4):
            began = time.perf_counter()
            jax.block_until_ready(look())
            times.append(time.perf_counter() - began)
        return min(times[1:])

    def _looker(self, run: Run) -> Callable[[], dict[str, jax.Array]]:
        keys = self.keys()
        look = self._layout.compiled(self._look, self._game, run.players, keys)
        return partial(look, self._game, run.players, keys)

    def close(self) -> None:
        """Lets go of what it holds beside the compiled programs."""

    def _first(self, game: Game, keys: Key) -> Run:
        return jax.vmap(lambda game, key: start(game, self._rule, key), in_axes=(None, 0))(game, keys)

    def _seen(self, game: Game, players: Players, keys: Key) -> dict[str, jax.Array]:
        return jax.vmap(self._observe, in_axes=(None, 0, 0))(game, players, keys)


def side_by_side(piece: Callable[[PyTree, Run], Run], together: int) -> Callable[[PyTree, Run], Run]:
    """Returns `piece` over all seeds, which have its first argument in common, so many of them at a time."""

    def pieces(common: PyTree, runs: Run) -> Run:
        if together == runs.step.shape[0]:
            return jax.vmap(piece, in_axes=(None, 0))(common, runs)
        return jax.lax.map(partial(piece, common), runs, batch_size=together)

    return pieces


def awaited(run: Run) -> Run:
    """Returns the run when it has been computed; unlike `jax.block_until_ready` it hears of a Ctrl-C meanwhile."""
    began, leaves = time.perf_counter(), jax.tree.leaves((run.players, run.state, run.records))
    while not all(leaf.is_ready() for leaf in leaves if hasattr(leaf, "is_ready")):
        time.sleep(min(max((time.perf_counter() - began) / 20, 1e-4), 0.02))
    return jax.block_until_ready(run)
