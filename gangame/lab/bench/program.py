"""A rule on a game as a program that is compiled once, with what that took."""

from functools import partial
from typing import Any

import jax

from gangame.blocks import in_blocks
from gangame.core import Game, Key, UpdateRule, portable
from gangame.lab.bench.counted import Work, work_of
from gangame.lab.stopwatch import clock
from gangame.play import Run, advance, runs_at_once, start


class Program:
    """So many steps of a rule on a game, for one seed or for several at once.

    Attributes:
      start_seconds: to the start of the runs, what leads there being compiled too; by the clock of the bench, as
        are the next three.
      trace_seconds: from Python to the program that XLA reads.
      compile_seconds: in XLA, or from its cache on disk.
      run_seconds: the first call after that.
      temp_bytes: what XLA allocates besides arguments and results.
      held_bytes: arguments and results.
      peak_bytes: the most that the program holds at once by XLA's own plan of its buffers, the two above.
      block: seeds that are played at once; the blocks follow each other.
    """

    def __init__(self, game: Game, rule: UpdateRule, keys: Key, num_steps: int, block: int | None = None):
        """Compiles, and runs once.

        Args:
          game: the game.
          rule: the rule.
          keys: `[num_seeds]`.
          num_steps: steps of one call.
          block: as the attribute; `None` leaves it to `gangame.play`, as a sweep does.
        """
        self.game, self.rule, self.num_steps, self.num_seeds = portable(game), rule, num_steps, len(keys)
        self.block = block or runs_at_once(game, rule, self.num_seeds)
        self._single = self.num_seeds == 1
        before = clock()
        self.run: Run = jax.block_until_ready(jax.jit(self._begin)(self.game, keys))
        began = clock()
        lowered = jax.jit(self._stretch).lower(self.game, self.run)
        traced = clock()
        self.compiled = lowered.compile()
        compiled = clock()
        self()
        self.start_seconds, self.trace_seconds, self.compile_seconds = began - before, traced - began, compiled - traced
        self.run_seconds = clock() - compiled
        memory: Any = self.compiled.memory_analysis()
        self.temp_bytes = int(memory.temp_size_in_bytes)
        self.held_bytes = int(memory.argument_size_in_bytes + memory.output_size_in_bytes)
        self.peak_bytes = self.held_bytes + self.temp_bytes - int(memory.alias_size_in_bytes)

    def __call__(self) -> Run:
        """Plays the steps once more from the same start, and waits for them."""
        return jax.block_until_ready(self.compiled(self.game, self.run))

    def work(self) -> Work:
        """Returns the work of one step of one seed, with its sampling."""
        run = jax.eval_shape(lambda run: run if self._single else jax.tree.map(lambda leaf: leaf[0], run), self.run)
        return work_of(self.rule.update, self.game, run.players, run.state, run.key)

    def _begin(self, game: Game, keys: Key) -> Run:
        begin = partial(start, game, self.rule)
        return begin(keys[0]) if self._single else jax.vmap(begin)(keys)

    def _stretch(self, game: Game, run: Run) -> Run:
        play = partial(advance, game, self.rule, num_steps=self.num_steps)
        if self._single:
            return play(run)
        return in_blocks(play, self.block)(run)
