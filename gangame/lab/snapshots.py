"""The players of all seeds at six moments of a run, which stay: `players/RULE-STEP.npz`."""

from collections.abc import Callable
from pathlib import Path

import jax

from gangame.core import Game, Players
from gangame.lab import store
from gangame.lab.config import Config
from gangame.lab.lane import Lane
from gangame.play import Run

NUM_SNAPSHOTS = 6


class Snapshots:
    """The snapshots of a run."""

    def __init__(self, folder: Path, game: Game, config: Config):
        """Reads and writes nothing yet."""
        self.folder, self.num_steps = folder / "players", config.num_steps
        self._like = jax.eval_shape(jax.vmap(game.init), jax.eval_shape(config.keys))

    def path(self, lane: Lane, step: int) -> Path:
        """Returns where the players of all seeds after `step` steps are, whose leaves are `[seeds, ...]`."""
        return self.folder / f"{lane.slug}-{step:08d}.npz"

    def save(self, lane: Lane, step: int, players: Players) -> None:
        """Keeps the players after `step` steps."""
        store.save_tree(self.path(lane, step), players)

    def keep(self, lane: Lane, before: int, after: int, run: Callable[[], Run]) -> None:
        """Keeps the players after `after` steps if one of the evenly spaced moments lies in (before, after].

        Args:
          lane: the rule.
          before: steps done at the last call.
          after: steps done.
          run: returns the run, if it is one of the moments.
        """
        moments = [round(self.num_steps * part / (NUM_SNAPSHOTS - 1)) for part in range(1, NUM_SNAPSHOTS)]
        if any(before < moment <= after for moment in moments):
            self.save(lane, after, run().players)

    def forget_after(self, lane: Lane, step: int) -> None:
        """Removes the snapshots of later steps, which will be made again."""
        with store.told(self.folder, "clean"):
            for position, path in self._paths(lane).items():
                if position > step:
                    path.unlink()

    def load(self, lane: Lane, damage: list[str]) -> dict[int, Players]:
        """Returns the players of a rule by step, in order; of what is damaged, one sentence goes to `damage`."""
        found = {}
        for step, path in self._paths(lane).items():
            try:
                found[step] = store.load_tree(path, self._like)
            except store.UserError as error:
                damage.append(str(error))
        return found

    def _paths(self, lane: Lane) -> dict[int, Path]:
        found = {}
        for path in self.folder.glob("*.npz"):
            slug, _, step = path.stem.rpartition("-")
            if slug == lane.slug and step.isdecimal() and step.isascii() and len(step) <= 10:
                found[int(step)] = path
        return dict(sorted(found.items()))
