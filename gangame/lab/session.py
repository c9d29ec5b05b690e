"""Plays rules on a game over many seeds, piece by piece, and keeps everything on disk as it goes."""

import dataclasses
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Game, UpdateRule, portable
from gangame.games import GAMES
from gangame.lab import spec, store
from gangame.lab.cost import gradients_per_step
from gangame.lab.lane import Lane
from gangame.lab.optimizers import Setting
from gangame.lab.views import View, view_of
from gangame.lab.watch import NEVER, watched
from gangame.play import Run, advance, start
from gangame.rules import RULES

NUM_SNAPSHOTS = 6
SECONDS_BETWEEN_CHECKPOINTS = 20.0


@dataclasses.dataclass(frozen=True)
class Config:
    """All that decides what a run computes; `config.json`.

    Attributes:
      game: the game as a spec.
      lanes: the rules that play it.
      num_steps: steps of each rule.
      num_seeds: seeds of each rule, vmapped.
      every: steps between two records.
      key: integer that all randomness comes from.
      dtype: "float32" or "float64".
    """

    game: spec.Spec
    lanes: tuple[Lane, ...]
    num_steps: int
    num_seeds: int
    every: int
    key: int
    dtype: str

    def to_json(self) -> dict[str, Any]:
        """Returns plain dicts and lists: what was typed, and under "complete" every argument, defaults included."""
        lanes = [
            {
                **dataclasses.asdict(lane),
                "rule": lane.rule._asdict(),
                "optimizers": {player: each._asdict() for player, each in lane.optimizers.items()},
            }
            for lane in self.lanes
        ]
        complete = {
            "game": spec.complete(self.game, GAMES),
            "lanes": {lane.label: spec.complete(lane.rule, RULES) for lane in self.lanes},
        }
        return {**dataclasses.asdict(self), "game": self.game._asdict(), "lanes": lanes, "complete": complete}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Config":
        """Returns the configuration that `to_json` wrote; raises a KeyError or TypeError where it is something else."""
        lanes = tuple(
            Lane(
                lane["label"],
                spec.Spec(**lane["rule"]),
                {player: Setting(**each) for player, each in lane["optimizers"].items()},
                lane["control"],
            )
            for lane in content["lanes"]
        )
        plain = {field.name: content[field.name] for field in dataclasses.fields(cls)}
        return cls(**{**plain, "game": spec.Spec(**content["game"]), "lanes": lanes})

    def keys(self) -> jax.Array:
        """Returns the key of each seed; a seed's key does not depend on how many there are."""
        return jax.vmap(lambda seed: jax.random.fold_in(jax.random.key(self.key), seed))(jnp.arange(self.num_seeds))

    def key_shown(self) -> jax.Array:
        """Returns the key of the samples in figures, which is that of no seed."""
        return jax.random.fold_in(jax.random.key(self.key), 2**32 - 1)

    def pieces(self) -> list[tuple[int, int]]:
        """Returns (steps, steps between records) for each piece between two looks from the host."""
        records, rest = divmod(self.num_steps, self.every)
        together = max(1, records // 50)
        sizes = [together] * (records // together) + ([records % together] if records % together else [])
        return [(size * self.every, self.every) for size in sizes] + ([(rest, rest)] if rest else [])


def read(folder: Path) -> tuple[Config, dict[str, Any]]:
    """Returns the configuration of the run in a folder, and the facts that stand with it.

    Raises:
      UserError: the folder holds no run.
    """
    path = folder / "config.json"
    content = store.read_json(path)
    try:
        return Config.from_json(content.pop("config")), content
    except (KeyError, TypeError, AttributeError) as error:
        raise spec.UserError(f"{path} is not the configuration of a run ({error!r}).") from error


class Session:
    """A configuration at work in a folder."""

    def __init__(self, config: Config, folder: Path):
        """Makes the game and its view, and reads how far the folder has come."""
        self.config = config
        self.folder = folder
        self.game: Game = spec.build(config.game, GAMES)
        self.view: View = view_of(self.game)
        path = folder / "status.json"
        self.status: dict[str, dict[str, Any]] = store.read_json(path) if path.exists() else {}

    def run(
        self, lane: Lane, progress: Callable[[int, dict[str, np.ndarray]], None], stopped: Callable[[], bool]
    ) -> bool:
        """Plays one rule to its end, or until told to stop.

        Args:
          lane: the rule.
          progress: called after each piece with the steps done and the latest records, `[seeds]` each.
          stopped: asked after each piece.

        Returns:
          Whether the rule has played all its steps.

        Raises:
          UserError: the folder can no longer be written; what it holds stays valid, and the run can be resumed.
        """
        config, status = self.config, self.status.setdefault(lane.label, {"steps": 0, "seconds": 0.0})
        if status["steps"] == config.num_steps:
            return True
        plain_rule = lane.make()
        if "gradients_per_step" not in status:
            status["gradients_per_step"] = gradients_per_step(self.game, plain_rule)
        rule, game, keys = watched(plain_rule), portable(self.game), config.keys()
        run = self._restore(lane, rule, game, keys)
        looking = self._seconds_of_one_look(game, run.players, keys)
        compiled: dict[tuple[int, int], Callable] = {}
        done, saved_at = int(run.step[0]), time.monotonic()
        position = 0
        for num_steps, every in config.pieces():
            position += num_steps
            if position <= done:
                continue
            if (num_steps, every) not in compiled:
                began = time.perf_counter()
                step = jax.jit(jax.vmap(partial(self._piece, rule, num_steps, every), in_axes=(None, 0)))
                compiled[num_steps, every] = step.lower(game, run).compile()
                status["compile_seconds"] = status.get("compile_seconds", 0.0) + time.perf_counter() - began
            began = time.perf_counter()
            run = _awaited(compiled[num_steps, every](game, run))
            status["seconds"] += time.perf_counter() - began - num_steps // every * looking
            records = {name: np.asarray(values) for name, values in run.records.items()}
            run = run._replace(records=None)
            store.append_records(self.folder, _lines(lane.label, position, every, records))
            status["steps"] = position
            if _passes_snapshot(position - num_steps, position, config.num_steps):
                store.save_tree(self.players_path(lane, position), run.players)
            progress(position, {name: values[:, -1] for name, values in records.items()})
            last = position == config.num_steps
            if last or stopped() or time.monotonic() - saved_at > SECONDS_BETWEEN_CHECKPOINTS:
                self._checkpoint(lane, run, status)
                saved_at = time.monotonic()
            if stopped() and not last:
                return False
        return True

    def _piece(self, rule: UpdateRule, num_steps: int, every: int, game: Game, run: Run) -> Run:
        return advance(game, rule, run, num_steps, partial(self.view.observe, game), every)

    def _seconds_of_one_look(self, game: Game, players: Any, keys: jax.Array) -> float:
        """Returns how long one observation of all seeds takes, which is no part of a step."""
        look = jax.jit(jax.vmap(self.view.observe, in_axes=(None, 0, 0))).lower(game, players, keys).compile()
        times = []
        for _ in range(4):
            began = time.perf_counter()
            jax.block_until_ready(look(game, players, keys))
            times.append(time.perf_counter() - began)
        return min(times[1:])

    def players_path(self, lane: Lane, step: int) -> Path:
        """Returns where the players of all seeds after `step` steps are, whose leaves are `[seeds, ...]`."""
        return self.folder / "players" / f"{lane.slug}-{step:08d}.npz"

    def snapshots(self, lane: Lane) -> dict[int, Any]:
        """Returns the saved players of a rule by step, in order."""
        like = jax.eval_shape(jax.vmap(self.game.init), self.config.keys())
        found = {}
        for path in (self.folder / "players").glob("*.npz"):
            slug, _, step = path.stem.rpartition("-")
            if slug == lane.slug and step.isdecimal():
                found[int(step)] = path
        return {step: store.load_tree(found[step], like) for step in sorted(found)}

    def _restore(self, lane: Lane, rule: UpdateRule, game: Game, keys: jax.Array) -> Run:
        begin = jax.jit(jax.vmap(lambda game, key: start(game, rule, key), in_axes=(None, 0)))
        path = self.folder / "checkpoints" / f"{lane.slug}.npz"
        if path.exists():
            like = jax.eval_shape(begin, game, keys)
            saved = store.load_tree(path, {"players": like.players, "state": like.state, "step": like.step})
            run = Run(**jax.tree.map(jnp.asarray, saved), key=keys)
        else:
            run = begin(game, keys)
            store.save_tree(self.players_path(lane, 0), run.players)
        store.keep_records(self.folder, lane.label, int(run.step[0]))
        return run

    def _checkpoint(self, lane: Lane, run: Run, status: dict[str, Any]) -> None:
        diverged = {name: np.asarray(steps) for name, steps in run.state.diverged.items()}
        status["diverged"] = [
            {"player": name, "seed": int(seed), "step": int(steps[seed])}
            for name, steps in diverged.items()
            for seed in np.flatnonzero(steps != NEVER)
        ]
        path = self.folder / "checkpoints" / f"{lane.slug}.npz"
        store.save_tree(path, {"players": run.players, "state": run.state, "step": run.step})
        store.write_json(self.folder / "status.json", self.status)


def _awaited(run: Run) -> Run:
    """Returns the run when it has been computed; unlike `jax.block_until_ready` it hears of a Ctrl-C meanwhile."""
    pause = 1e-4
    while not all(leaf.is_ready() for leaf in jax.tree.leaves((run.players, run.state, run.records))):
        time.sleep(pause)
        pause = min(1.5 * pause, 0.02)
    return jax.block_until_ready(run)


def _lines(label: str, position: int, every: int, records: dict[str, np.ndarray]) -> list[dict]:
    num_seeds, num_records = next(iter(records.values())).shape
    return [
        {
            "rule": label,
            "seed": seed,
            "step": position - (num_records - 1 - index) * every,
            **{name: values[seed, index].item() for name, values in records.items()},
        }
        for index in range(num_records)
        for seed in range(num_seeds)
    ]


def _passes_snapshot(before: int, after: int, num_steps: int) -> bool:
    """Returns whether one of the evenly spaced moments for a snapshot lies in (before, after]."""
    moments = [round(num_steps * part / (NUM_SNAPSHOTS - 1)) for part in range(1, NUM_SNAPSHOTS)]
    return any(before < moment <= after for moment in moments)


def sentences_about_divergence(label: str, diverged: list[dict[str, Any]], num_seeds: int) -> list[str]:
    """Returns one sentence for each player and seed that turned non-finite, naming who, when and where first."""
    by_seed: dict[int, dict[str, Any]] = {}
    for each in sorted(diverged, key=lambda entry: entry["step"]):
        by_seed.setdefault(each["seed"], each)
    others = num_seeds - len(by_seed)
    return [
        f"{label}: the {each['player']} of seed {seed} was no longer finite after step {each['step']:,}; "
        f"{others} of {num_seeds} seeds stayed finite."
        for seed, each in sorted(by_seed.items())
    ]
