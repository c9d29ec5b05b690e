"""A game on one sample."""

import dataclasses

import jax

from gangame.core import Array, Batch, Game, Key


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Same:
    """The `sample` of a game that always draws the same batch: a finite sum of one term, for rules that ask for one."""

    batch: Batch
    num_terms: int = dataclasses.field(default=1, metadata={"static": True})

    def batch_of(self, indices: Array) -> Batch:
        """Returns the batch of the one term."""
        del indices
        return self.batch

    def __call__(self, key: Key) -> Batch:
        """Returns the batch."""
        del key
        return self.batch


def freeze(game: Game, batch: Batch) -> Game:
    """Returns the deterministic game whose every sample is `batch`, whatever its key.

    Example:
      >>> import jax
      >>> from gangame import games
      >>> game = games.mixture(batch_size=4)
      >>> still = freeze(game, game.sample(jax.random.key(0)))
      >>> (still.sample(jax.random.key(1))["real"] == still.sample(jax.random.key(2))["real"]).all().item()
      True
    """
    return game._replace(sample=Same(batch))


def sample_of(game: Game, batch: Batch, key: Key | None = None) -> Batch:
    """Returns the sample on which an instrument looks at a game: `batch`, or where that is `None` one drawn with a key.

    The convention of all instruments. Where a game has no randomness, what it draws is its batch, mostly `None` again.

    Args:
      game: the game.
      batch: the sample; `None` draws one.
      key: from which it is drawn; key 0 by default.
    """
    if batch is not None:
        return batch
    return game.sample(jax.random.key(0) if key is None else key)
