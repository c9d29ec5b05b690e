"""What is compiled of a run: the start of all seeds, and pieces of steps with their records.

A run on a mesh, or in several processes, differs from one on a single device in this file alone: in where the keys and
the game are, which is where everything that is computed from them is.
"""

import time
from collections.abc import Callable
from functools import partial

import jax

from gangame.core import Game, Key, Players, UpdateRule, portable
from gangame.lab import memory
from gangame.play import Run, advance, start


class Program:
    """One rule on one game with all its seeds.

    Attributes:
      shapes: the run of all seeds as `jax.ShapeDtypeStruct`, its leaves `[seeds, ...]`.
      record: what one look at all seeds gives, likewise.
      together: how many seeds are computed at a time.
      compile_seconds: seconds spent on tracing and compiling since it was last set.
    """

    def __init__(
        self,
        game: Game,
        rule: UpdateRule,
        observe: Callable[[Game, Players, Key], dict[str, jax.Array]],
        make_keys: Callable[[], Key],
        limit: float | None = None,
    ):
        """Computes and allocates nothing yet.

        Args:
          game: the game; its arrays enter the programs as arguments.
          rule: the rule.
          observe: what is recorded.
          make_keys: returns the keys of all seeds, `[seeds]`.
          limit: bytes that the run may take; what is free by default.
        """
        self._game, self._rule, self._observe, self._make_keys = portable(game), rule, observe, make_keys
        keys = jax.eval_shape(make_keys)
        self.shapes: Run = jax.eval_shape(self._begin, self._game, keys)
        self.record = jax.eval_shape(self._look, self._game, self.shapes.players, keys)
        self.together = keys.shape[0]
        self.compile_seconds = 0.0
        self._available = memory.available() if limit is None else limit
        self._compiled: dict[tuple[int, int], Callable[[Game, Run], Run]] = {}

    def begin(self) -> Run:
        """Returns the run of all seeds before the first step."""
        return jax.jit(self._begin)(self._game, self._make_keys())

    def keys(self) -> Key:
        """Returns the keys of all seeds."""
        return self._make_keys()

    def piece(self, num_steps: int, every: int) -> Callable[[Run], Run]:
        """Returns the function that plays so many steps, compiled; see `advance`.

        Seeds that do not fit into the memory together are computed some at a time, which changes no bits on a CPU.

        Raises:
          UserError: not even the smallest part of them fits.
        """
        if (num_steps, every) not in self._compiled:
            began = time.perf_counter()
            compiled = self._compile(num_steps, every)
            working, num_seeds = memory.working_bytes(compiled), self.shapes.step.shape[0]
            together = memory.seeds_together(
                num_seeds, self.together, memory.resident_bytes(self, num_steps // every), working, self._available
            )
            if together < self.together:
                self.together = together
                compiled = self._compile(num_steps, every)
            self._compiled[num_steps, every] = compiled
            self.compile_seconds += time.perf_counter() - began
        return partial(self._compiled[num_steps, every], self._game)

    def check(self, num_records: int) -> None:
        """Makes sure that players, state and records of all seeds fit, before anything is allocated.

        Raises:
          UserError: they do not.
        """
        memory.check_resident(self, num_records, self._available)

    def seconds_of_one_look(self, players: Players) -> float:
        """Returns how long one observation of all seeds takes, which is no part of a step."""
        keys = self._make_keys()
        look = jax.jit(self._look).lower(self._game, players, keys).compile()
        times = []
        for _ in range(4):
            began = time.perf_counter()
            jax.block_until_ready(look(self._game, players, keys))
            times.append(time.perf_counter() - began)
        return min(times[1:])

    def _compile(self, num_steps: int, every: int) -> Callable[[Game, Run], Run]:
        def piece(game: Game, run: Run) -> Run:
            return advance(game, self._rule, run, num_steps, partial(self._observe, game), every)

        def pieces(game: Game, runs: Run) -> Run:
            if self.together == self.shapes.step.shape[0]:
                return jax.vmap(piece, in_axes=(None, 0))(game, runs)
            return jax.lax.map(partial(piece, game), runs, batch_size=self.together)

        return jax.jit(pieces).lower(self._game, self.shapes).compile()

    def _begin(self, game: Game, keys: Key) -> Run:
        return jax.vmap(lambda game, key: start(game, self._rule, key), in_axes=(None, 0))(game, keys)

    def _look(self, game: Game, players: Players, keys: Key) -> dict[str, jax.Array]:
        return jax.vmap(self._observe, in_axes=(None, 0, 0))(game, players, keys)


def awaited(run: Run) -> Run:
    """Returns the run when it has been computed; unlike `jax.block_until_ready` it hears of a Ctrl-C meanwhile."""
    pause = 1e-4
    while not all(leaf.is_ready() for leaf in jax.tree.leaves((run.players, run.state, run.records))):
        time.sleep(pause)
        pause = min(1.5 * pause, 0.02)
    return jax.block_until_ready(run)
