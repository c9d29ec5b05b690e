"""All that decides what a run computes, and how it is read back from a file that a stranger may have written."""

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from gangame.games import GAMES
from gangame.lab import spec, store, strangers
from gangame.lab.lane import Lane
from gangame.lab.optimizers import OPTIMIZERS, Setting
from gangame.rules import RULES

ON_DIVERGENCE = ("note", "stop", "freeze", "back")
"""What a run does with a seed that turns infinite or NaN: say so and go on; end the rule; leave the seed where it was
last finite; go back to the last checkpoint in which all were finite, and end the rule there."""
RECORDS_TOGETHER = 2**20
"""Numbers that the device records before the host takes them, at most (one record of all seeds may be more)."""


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
      on_divergence: one of `ON_DIVERGENCE`.
    """

    game: spec.Spec
    lanes: tuple[Lane, ...]
    num_steps: int
    num_seeds: int
    every: int
    key: int
    dtype: str
    on_divergence: str = "note"

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
    def from_json(cls, content: Any) -> "Config":
        """Returns the configuration that `to_json` wrote.

        Raises:
          UserError: it is something else. Names and types have been checked, and nothing was built or allocated.
        """
        whole = strangers.mapping(content, "config", [field.name for field in dataclasses.fields(cls)])
        lanes = tuple(_lane(each) for each in strangers.sequence(whole["lanes"], "lanes", 1, 1000))
        if len({lane.slug for lane in lanes}) < len(lanes):
            raise spec.UserError("two of its lanes have the same label, or too similar ones for their files.")
        return cls(
            strangers.spec_of(whole["game"], GAMES, "game"),
            lanes,
            strangers.whole_number(whole["num_steps"], "num_steps", 1),
            strangers.whole_number(whole["num_seeds"], "num_seeds", 1),
            strangers.whole_number(whole["every"], "every", 1),
            strangers.whole_number(whole["key"], "key", 0),
            strangers.choice(whole["dtype"], "dtype", ("float32", "float64")),
            strangers.choice(whole["on_divergence"], "on_divergence", ON_DIVERGENCE),
        )

    def digest(self) -> str:
        """Returns a hash of the configuration; checkpoints carry it, so that none is taken for that of another run."""
        return hashlib.sha256(json.dumps(store.finite(self.to_json()), sort_keys=True).encode()).hexdigest()

    def keys(self) -> jax.Array:
        """Returns the key of each seed; a seed's key does not depend on how many there are."""
        return jax.vmap(lambda seed: jax.random.fold_in(jax.random.key(self.key), seed))(jnp.arange(self.num_seeds))

    def key_shown(self) -> jax.Array:
        """Returns the key of the samples in figures, which is that of no seed."""
        return jax.random.fold_in(jax.random.key(self.key), 2**32 - 1)

    def pieces(self, done: int = 0, numbers: int = 1) -> Iterator[tuple[int, int]]:
        """Yields (steps, steps between records) for each piece between two looks from the host.

        Args:
          done: steps that have been played, a multiple of `every`.
          numbers: how many numbers one record of one seed has.
        """
        most = max(1, RECORDS_TOGETHER // (self.num_seeds * numbers))
        together = min(max(1, self.num_steps // self.every // 50), most)
        records, rest = divmod(self.num_steps - done, self.every)
        for size in itertools.chain(itertools.repeat(together, records // together), [records % together]):
            if size:
                yield size * self.every, self.every
        if rest:
            yield rest, rest


def read(folder: Path) -> tuple[Config, dict[str, Any]]:
    """Returns the configuration of the run in a folder, and the facts that stand with it.

    Raises:
      UserError: the folder holds no run, or one that gangame cannot have written.
    """
    path = folder / "config.json"
    strangers.check_folder(folder)
    content = store.read_config(folder, "run")
    if not isinstance(content, dict) or "config" not in content:
        raise spec.UserError(f"{path} is not the configuration of a run; give the folder that gangame play wrote.")
    try:
        return Config.from_json(content.pop("config")), content
    except spec.UserError as error:
        raise spec.UserError(f"{path} is not the configuration of a run: {error}") from error


def _lane(content: Any) -> Lane:
    whole = strangers.mapping(content, "lane", ["label", "rule", "optimizers", "control"])
    settings = {player: _setting(each) for player, each in strangers.mapping(whole["optimizers"], "optimizers").items()}
    rule = strangers.spec_of(whole["rule"], RULES, "rule")
    control = strangers.choice(whole["control"], "control", (False, True))
    return Lane(strangers.label(whole["label"]), rule, settings, control)


def _setting(content: Any) -> Setting:
    whole = strangers.mapping(content, "optimizer", ["name", "learning_rate", "arguments"])
    arguments = strangers.mapping(whole["arguments"], "arguments of an optimizer")
    for name, value in [("learning_rate", whole["learning_rate"]), *arguments.items()]:
        strangers.number(value, name)
    return Setting(strangers.choice(whole["name"], "optimizer", tuple(OPTIMIZERS)), whole["learning_rate"], arguments)
