"""A game on one sample."""

from jax.tree_util import Partial

from gangame.core import Batch, Game, Key


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
    return game._replace(sample=Partial(_same, batch))


def _same(batch: Batch, key: Key) -> Batch:
    del key
    return batch
