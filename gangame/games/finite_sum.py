"""Games that are the mean of finitely many terms."""

import dataclasses

import jax
from jax import lax

from gangame.core import Array, Batch, Game, Key
from gangame.ranges import check_whole


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Terms:
    """The `sample` of a finite sum: one of its terms or some, each with the same chance.

    Attributes:
      batches: the batches of all terms, leaves `[num_terms, ...]`.
      batch_size: how many terms one sample has, drawn with replacement, as a leading axis; `None` is one without axis.
    """

    batches: Batch
    batch_size: int | None = dataclasses.field(default=None, metadata={"static": True})

    @property
    def num_terms(self) -> int:
        """How many terms the game has."""
        return jax.tree.leaves(self.batches)[0].shape[0]

    def batch_of(self, indices: Array) -> Batch:
        """Returns the batch of one term, or for `[...]` indices batches with the leading axes `[...]`."""
        return jax.tree.map(lambda leaf: leaf[indices], self.batches)

    def __call__(self, key: Key) -> Batch:
        """Returns the batch of random terms."""
        shape = () if self.batch_size is None else (self.batch_size,)
        return self.batch_of(jax.random.randint(key, shape, 0, self.num_terms))


def finite_sum(game: Game, num_terms: int, key: Key) -> Game:
    """The empirical game over a fixed number of samples: its losses are the means of those on these samples.

    Args:
      game: a game with randomness.
      num_terms: how many samples, 1 or more.
      key: from which they are drawn.

    Returns:
      The game, which draws one of the fixed samples. Its equilibrium is not that of the expectation, hence `None`.

    Raises:
      ValueError: the game has no randomness, or no term.

    Example:
      >>> import jax
      >>> from gangame import games
      >>> game = finite_sum(games.mixture(batch_size=16), 10, jax.random.key(0))
      >>> game.sample.batch_of(3)["real"].shape
      (16, 2)
    """
    check_whole(num_terms, "num_terms")
    if not jax.tree.leaves(jax.eval_shape(game.sample, key)):
        raise ValueError("This game has no randomness; as it is, it is a sum of one term.")
    batches = lax.map(game.sample, jax.random.split(key, num_terms))
    return game._replace(sample=Terms(batches), equilibrium=None)
