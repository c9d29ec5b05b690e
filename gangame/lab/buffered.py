"""The program of a game whose images come in buffers (`data.Streamed`), of which two are on the device at most.

Which buffer step t plays depends on t alone, so a run is the same to the bit however it is cut, stopped or looked at.
One compiled program plays any number of steps with the buffer that it is given, another one looks; between two buffers
the host gives it the next one, which a thread has read and sent meanwhile.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Game, Key, Players, PyTree, UpdateRule
from gangame.data import Streamed
from gangame.data.ahead import Ahead
from gangame.lab import processes
from gangame.lab.layout import Layout
from gangame.lab.program import Program, awaited, side_by_side
from gangame.lab.spec import UserError
from gangame.play import Run, advance


class ReadError(UserError):
    """A buffer could not be read, which all processes know; the run stands where it stood."""


def streamed_of(game: Game) -> Streamed | None:
    """Returns the images of a game if they come in buffers, else `None`."""
    data = getattr(game.sample, "data", None)
    return data if isinstance(data, Streamed) else None


def check_unbuffered(game: Game, name: str) -> None:
    """Makes sure that a game has all its data on the device.

    Raises:
      UserError: its images come in buffers, for which there is `gangame play` alone.
    """
    if streamed_of(game) is not None:
        raise UserError(
            f"The images of {name} come in buffers, which gangame play alone exchanges; leave buffer out here, so that "
            "all images are on the device."
        )


class BufferedProgram(Program):
    """One rule on one game with all its seeds, which share the buffer; see `Program`.

    Attributes:
      buffer_bytes: of two buffers, in the memory that the run has.
    """

    def __init__(
        self,
        game: Game,
        rule: UpdateRule,
        observe: Callable[[Game, Players, Key], dict[str, jax.Array]],
        make_keys: Callable[[], Key],
        limit: float | None = None,
        layout: Layout | None = None,
        num_steps: int = 2**31,
    ):
        """Reads nothing yet.

        Args:
          game: the game, whose `sample` has a `data.Streamed` as `data`, and a `batch_size`.
          rule: as in `Program`, like all that follow.
          observe: what is recorded.
          make_keys: returns the keys of all seeds.
          limit: bytes that the run may take.
          layout: where it lies.
          num_steps: where the run ends, beyond which no buffer is read.

        Raises:
          UserError: the seeds or the buffers cannot lie like this, or another process has other images.
        """
        super().__init__(game, rule, observe, make_keys, limit, layout)
        data: Any = streamed_of(self._game)  # whose references lie where they belong
        self._data, self._num_steps = data, num_steps
        self._stay = data.num_steps(game.sample.batch_size)  # type: ignore[attr-defined]
        self._ahead = Ahead(partial(self._layout.buffer, self._layout.cut(data.stream)))
        self._held: tuple[int, Game] | None = None
        self._look_at: Callable[[Game, Run], dict[str, jax.Array]] | None = None
        size = data.stream.buffer_size * (int(np.prod(data.shape)) + np.dtype(np.int32).itemsize)
        self.buffer_bytes = 2 * size * self._layout.parts
        prints = processes.gathered(data.fingerprint())
        if len(set(prints)) > 1:
            other = next(place for place, each in enumerate(prints) if each != prints[0])
            raise ReadError(
                f"Process {other} finds other images of {data.stream.facts.name!r} than process 0; all need the same."
            )

    def begin(self) -> Run:
        """Returns the run of all seeds before the first step; the first buffer is being read."""
        return self._expecting(super().begin())

    def place(self, tree: PyTree) -> Run:
        """Returns the run of all seeds that are given, as `Program.place`; the buffer that it needs is being read."""
        return self._expecting(super().place(tree))

    def close(self) -> None:
        """Lets go of the buffers."""
        self._held = None
        self._ahead.close()

    def _expecting(self, run: Run) -> Run:
        if (step := _step(run)) < self._num_steps:
            self._ahead.begin(step // self._stay)
        return run

    def _form(self, num_steps: int, every: int) -> str:
        del num_steps, every
        return "any"

    def _lowered(self, num_steps: int, every: int, together: int) -> Any:
        del num_steps, every

        def piece(common: tuple[Game, jax.Array], run: Run) -> Run:
            game, count = common
            return jax.lax.fori_loop(0, count, lambda _, run: advance(game, self._rule, run, 1), run)

        game = self._with(self._shapes())
        if self._look_at is None:
            self._look_at = self._layout.compiled(self._looks, game, self.shapes)
        common = game, self._count(0)
        return self._layout.compiled(side_by_side(piece, together), common, self.shapes)

    def _play(self, num_steps: int, every: int, run: Run) -> Run:
        step, looks = _step(run), []
        end, next_look = step + num_steps, step + every
        while step < end:
            chunk = step // self._stay
            until = min(end, next_look, (chunk + 1) * self._stay)
            game = self._filled(chunk)
            run = awaited(self._compiled["any"]((game, self._count(until - step)), run))
            step = until
            if step == next_look:
                looks.append({name: np.asarray(each) for name, each in self._looker(run)().items()})
                next_look += every
        records = {name: np.stack([look[name] for look in looks], axis=1) for name in self.record}
        return run._replace(records=records)

    def _looker(self, run: Run) -> Callable[[], dict[str, jax.Array]]:
        assert self._held is not None  # as after a step
        assert self._look_at is not None
        return partial(self._look_at, self._held[1], run._replace(records=None))

    def _looks(self, game: Game, runs: Run) -> dict[str, jax.Array]:
        def look(game: Game, run: Run) -> dict[str, jax.Array]:
            _, _, key_observe = jax.random.split(run.key, 3)  # as `advance` has it
            return self._observe(game, run.players, jax.random.fold_in(key_observe, run.step))

        return jax.vmap(look, in_axes=(None, 0))(game, runs)

    def _filled(self, chunk: int) -> Game:
        """Returns the game with a buffer, which it waits for; the next one is read from then on."""
        if self._held is None or self._held[0] != chunk:
            self._held, problem = None, ""  # so that there is room for the one after this
            try:
                images = self._ahead.take(chunk)
            except Exception as error:  # whatever a decoder stumbles over
                problem = " ".join(str(error).split())[:300] or type(error).__name__
            failed = [place for place, each in enumerate(processes.gathered(bool(problem))) if each]
            if failed:
                name, who = self._data.stream.facts.name, "" if problem else f" in process {failed[0]}"
                raise ReadError(f"Buffer {chunk} of {name!r} could not be read{who}: {problem or 'it says why'}")
            self._held = chunk, self._with(self._data.filled(images))
            del images  # of which `filled` may have made a copy
            if (chunk + 1) * self._stay < self._num_steps:
                self._ahead.begin(chunk + 1)
        return self._held[1]

    def _shapes(self) -> Streamed:
        data, size = self._data, self._data.stream.buffer_size
        shapes = (
            jax.ShapeDtypeStruct((size, *data.pixels.shape[1:]), data.pixels.dtype),
            jax.ShapeDtypeStruct((size,), data.labels.dtype),
        )
        pixels, labels = self._layout.of_buffer(shapes)
        return dataclasses.replace(data, pixels=pixels, labels=labels)

    def _with(self, data: Streamed) -> Game:
        sample: Any = self._game.sample
        return self._game._replace(sample=dataclasses.replace(sample, data=data))

    def _count(self, number: int) -> jax.Array:
        return self._layout.everywhere(jnp.asarray(number, jnp.int32))


def _step(run: Run) -> int:
    return int(np.asarray(run.step)[0])
