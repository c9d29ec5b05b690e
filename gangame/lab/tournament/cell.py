"""Plays one rule on one game: all its seeds and candidates in one vmapped program, which is compiled once.

Where there are several devices, each of them plays its share of the lanes.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gangame import blocks
from gangame.calculus import field
from gangame.core import Array, Game, Key, portable
from gangame.games import GAMES
from gangame.lab import memory, spec
from gangame.lab.buffered import check_unbuffered
from gangame.lab.layout import Layout
from gangame.lab.stopwatch import clock
from gangame.lab.tournament.contenders import Contender
from gangame.lab.tournament.goal import Goal, goal_of
from gangame.play import Run, advance, start
from gangame.rules.averaged import outcome

Records = dict[str, np.ndarray]


class Played(NamedTuple):
    """What one phase of a cell has measured.

    Attributes:
      records: `[lanes, records + 1]` by name; the first column is before the first step. "finite" tells whether all
        players are.
      seconds: time for all lanes up to each record, without measuring and compiling, `[records]`, by the clock of
        `lab.stopwatch`.
    """

    records: Records
    seconds: np.ndarray


class Cell:
    """A rule on a game, ready to be played."""

    def __init__(self, row: Contender, game: spec.Spec, lanes: int):
        """Makes the game.

        Args:
          row: the rule.
          game: the game.
          lanes: how many runs the program plays at once; more where the devices do not divide them.

        Raises:
          ValueError: the rule cannot play the game; also a TypeError, a NotImplementedError or a UserError.
        """
        self._row, self._spec = row, game
        self._layout = Layout("seeds" if len(blocks.devices()) > 1 else None)
        self._lanes = -(-lanes // self._layout.parts) * self._layout.parts
        numbers = {name: values[0] for name, values in row.swept().items()}
        example = self._game(numbers)
        check_unbuffered(example, str(game))
        players = jax.eval_shape(example.init, jax.random.key(0))
        self._players = sorted(players)
        rule = row.make(self._players, {"rate": 0.0, "ratio": 1.0, **numbers})
        # One step is traced, so that what does not fit together shows before anything is computed.
        jax.eval_shape(rule.update, example, players, jax.eval_shape(rule.init, players), jax.random.key(0))
        self.goal: Goal = goal_of(example)
        self.extra_cost = _cost_of_losses(example) / _cost_of_losses(spec.build(game, GAMES)) if row.game else 1.0
        self._shared = None if row.game else self._layout.game(portable(example))
        self._names = ("rate", "ratio", *numbers)
        self._compiled: tuple[Callable, Callable] | None = None
        self.compile_seconds = 0.0

    def cost(self) -> float:
        """Returns the work of a step, in simultaneous steps of the plain game."""
        return self._row.cost().flops() * self.extra_cost

    def check(self, limit: float) -> None:
        """Makes sure that players and state of all lanes fit, before anything is allocated.

        Args:
          limit: bytes that there are on each device.

        Raises:
          NoRoomError: they do not.
        """
        values = dict.fromkeys(self._names, jax.ShapeDtypeStruct((self._lanes,), float))
        keys = jax.eval_shape(lambda: jax.random.split(jax.random.key(0), self._lanes))
        resident = _resident(jax.eval_shape(self._begin, self._shared, values, keys))
        memory.check_lanes(self._lanes, resident, self._layout.memories * limit)

    def play(
        self,
        candidates: Sequence[Mapping[str, float]],
        keys: Key,
        steps: np.ndarray,
        told: Callable[[float], None] = lambda share: None,
    ) -> Played:
        """Plays every candidate with every key.

        Args:
          candidates: the numbers of each.
          keys: `[num_seeds]`.
          steps: the number of steps up to each record.
          told: called after each record with the share of the work that is done.

        Returns:
          The records, candidates outside and seeds inside along the lanes.
        """
        lanes = [(values, seed) for values in candidates for seed in range(len(keys))]
        pieces = []
        for first in range(0, len(lanes), self._lanes):
            chunk = lanes[first : first + self._lanes]
            filled = chunk + [chunk[-1]] * (self._lanes - len(chunk))  # the program has one size; the rest is dropped
            values = {name: jnp.array([each[name] for each, _ in filled]) for name in candidates[0]}
            seeds = keys[np.array([seed for _, seed in filled])]
            share = partial(_share, told, first / len(lanes), len(chunk) / len(lanes))
            records, seconds = self._play_chunk(values, seeds, steps, share)
            pieces.append(Played({name: each[: len(chunk)] for name, each in records.items()}, seconds))
        joined = {name: np.concatenate([piece.records[name] for piece in pieces]) for name in pieces[0].records}
        return Played(joined, np.sum([piece.seconds for piece in pieces], axis=0))

    def ready(self, candidate: Mapping[str, float], keys: Key) -> Callable[[int], Any]:
        """Returns a function that plays so many steps with the program of `play`, each time from the start, and waits.

        Args:
          candidate: the numbers of all lanes.
          keys: `[num_seeds]`, of which as many are played as there are lanes.
        """
        values = {name: jnp.full(self._lanes, value) for name, value in candidate.items()}
        keys = keys[np.arange(self._lanes) % len(keys)]
        begin, stretch = self._programs(values, keys)
        run = begin(self._shared, values, keys)
        return lambda count: jax.block_until_ready(stretch((self._shared, jnp.int32(count)), values, run))

    def _play_chunk(
        self, values: dict[str, Array], keys: Key, steps: np.ndarray, told: Callable[[float], None]
    ) -> tuple[Records, np.ndarray]:
        begin, stretch = self._programs(values, keys)
        run = begin(self._shared, values, keys)
        looks, taken, before = [], [], 0
        for count in [0, 0, *np.diff(steps, prepend=0).tolist()]:
            began = clock()
            run, look = jax.block_until_ready(stretch((self._shared, jnp.int32(count)), values, run))
            taken.append(clock() - began)
            looks.append(jax.tree.map(np.asarray, look))
            before += count
            told(before / max(steps[-1], 1))
        looking = taken[1]  # the first of the two also warms up
        records = {name: np.stack([look[name] for look in looks[1:]], axis=1) for name in looks[0]}
        return records, np.cumsum(np.maximum(np.array(taken[2:]) - looking, 0.0))

    def _programs(self, values: dict[str, Array], keys: Key) -> tuple[Callable, Callable]:
        """Returns the programs of the start and of all stretches, compiled once; they have to fit into the memory."""
        if self._compiled is None:
            began, run = time.perf_counter(), jax.eval_shape(self._begin, self._shared, values, keys)
            begin = self._layout.compiled(self._begin, self._shared, values, keys)
            stretch = self._layout.compiled(self._stretches, (self._shared, jnp.int32(0)), values, run)
            self.compile_seconds = time.perf_counter() - began
            needed = _resident(run) + self._layout.parts * memory.working_bytes(stretch)
            memory.check_lanes(self._lanes, needed, self._layout.memories * memory.available())
            self._compiled = begin, stretch
        return self._compiled

    def _game(self, values: Mapping[str, Any]) -> Game:
        changed = self._row.game_arguments(values)
        return spec.build(self._spec._replace(arguments={**self._spec.arguments, **changed}), GAMES)

    def _setting(self, shared: Game | None, values: Mapping[str, Any]) -> tuple[Game, Any]:
        return shared or self._game(values), self._row.make(self._players, values)

    def _begin(self, shared: Game | None, values: Mapping[str, Any], keys: Key) -> Run:
        return jax.vmap(self._start, in_axes=(None, 0, 0))(shared, values, keys)

    def _stretches(self, shared: tuple[Game | None, Array], values: Mapping[str, Any], runs: Run) -> tuple[Run, Any]:
        return jax.vmap(self._stretch, in_axes=(None, 0, 0, None))(shared[0], values, runs, shared[1])

    def _start(self, shared: Game | None, values: Mapping[str, Any], key: Key) -> Run:
        return start(*self._setting(shared, values), key)

    def _stretch(self, shared: Game | None, values: Mapping[str, Any], run: Run, count: Array) -> tuple[Run, Any]:
        """Returns the run after `count` more steps, a traced number so that all stretches are one program."""
        game, rule = self._setting(shared, values)
        run = lax.fori_loop(0, count, lambda _, run: advance(game, rule, run, 1), run)
        _, _, key_observe = jax.random.split(run.key, 3)
        shown = outcome(run.players, run.state)
        look = self.goal.view.observe(game, shown, jax.random.fold_in(key_observe, run.step))
        finite = jnp.array(True)
        for leaf in jax.tree.leaves(run.players):
            finite &= jnp.all(jnp.isfinite(leaf))
        return run, {**look, "finite": finite}


def _resident(run: Run) -> int:
    return memory.COPIES * memory.tree_bytes((run.players, run.state))


def _share(told: Callable[[float], None], before: float, part: float, done: float) -> None:
    told(before + part * done)


def _cost_of_losses(game: Game) -> float:
    """Returns the floating-point operations that XLA counts for one field of the game; its losses have no loops."""
    key = jax.random.key(0)
    players, batch = jax.eval_shape(game.init, key), jax.eval_shape(game.sample, key)
    counted = jax.jit(field(game)).lower(players, batch).compile().cost_analysis()
    return float(counted["flops"])  # type: ignore[index]
