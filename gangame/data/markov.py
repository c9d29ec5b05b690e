"""Sequences of symbols whose distribution is known: a Markov chain, the oracle of a task without real data."""

import dataclasses

import jax
import jax.numpy as jnp
from jax.scipy.special import entr

from gangame.core import Array, Key
from gangame.ranges import check_positive, check_whole


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class MarkovChain:
    """Sequences in which a symbol depends on the two before it: a sampler `(key, num_samples) -> symbols` for a game.

    Attributes:
      start: `[symbols, symbols]`, the probabilities of the first two symbols.
      transitions: `[symbols, symbols, symbols]`, the probabilities of a symbol (last) after two others.
      length: symbols of a sequence, 2 or more.
    """

    start: Array
    transitions: Array
    length: int = dataclasses.field(metadata={"static": True})

    @property
    def num_symbols(self) -> int:
        """How many symbols there are."""
        return self.start.shape[0]

    def __call__(self, key: Key, num_samples: int) -> Array:
        """Returns sequences of whole numbers, `[num_samples, length]`, int32."""
        key_start, key_steps = jax.random.split(key)
        pair = jax.random.categorical(key_start, jnp.log(self.start).reshape(-1), shape=(num_samples,))
        first, second = jnp.divmod(pair, self.num_symbols)

        def step(last: tuple[Array, Array], key: Key) -> tuple[tuple[Array, Array], Array]:
            following = jax.random.categorical(key, jnp.log(self.transitions[last]))
            return (last[1], following), following

        _, others = jax.lax.scan(step, (first, second), jax.random.split(key_steps, self.length - 2))
        return jnp.concatenate([first[:, None], second[:, None], others.T], axis=1).astype(jnp.int32)

    def log_likelihood(self, symbols: Array) -> Array:
        """Returns the log-likelihood of sequences `[..., length]` in nats, `[...]`."""
        before, last, following = symbols[..., :-2], symbols[..., 1:-1], symbols[..., 2:]
        steps = jnp.log(self.transitions[before, last, following])
        return jnp.log(self.start[symbols[..., 0], symbols[..., 1]]) + jnp.sum(steps, axis=-1)

    def entropy(self) -> Array:
        """Returns the entropy of a sequence in nats, the mean of −log-likelihood over sequences of the chain.

        Samples that are all alike and likely come below it, so it takes `ngrams` besides to tell whether they are good.
        """
        pairs = self._pairs()[:-1]
        steps = jnp.sum(pairs * jnp.sum(entr(self.transitions), axis=-1))
        return jnp.sum(entr(self.start)) + steps

    def ngrams(self, size: int) -> Array:
        """Returns the probabilities of the runs of `size` symbols, averaged over where they begin: `[symbols] * size`.

        Args:
          size: 1, 2 or 3.

        Raises:
          ValueError: another size, or one above the length.
        """
        check_whole(size, "size")
        if size > min(3, self.length):
            raise ValueError(f"size is {size}; it has to be from 1 to {min(3, self.length)}.")
        pairs = self._pairs()
        if size == 1:
            return (jnp.sum(pairs, axis=(0, 2)) + jnp.sum(pairs[-1], axis=0)) / self.length
        if size == 2:
            return jnp.mean(pairs, axis=0)
        return jnp.mean(pairs[:-1, ..., None] * self.transitions, axis=0)

    def _pairs(self) -> Array:
        """Returns the probabilities of two neighbours at each place, `[length − 1, symbols, symbols]`."""

        def step(pair: Array, _: None) -> tuple[Array, Array]:
            return jnp.einsum("ab,abc->bc", pair, self.transitions), pair

        return jax.lax.scan(step, self.start, length=self.length - 1)[1]


def markov_chain(
    num_symbols: int = 8, length: int = 12, *, concentration: float = 0.3, key: Key | None = None
) -> MarkovChain:
    """Returns a chain whose probabilities are drawn from a Dirichlet distribution.

    Args:
      num_symbols: 2 or more.
      length: of a sequence, 2 or more.
      concentration: of the Dirichlet distribution, above 0: small numbers make chains that are easy to foresee.
      key: which chain; `None` is always the same one.

    Raises:
      ValueError: a number outside its range.

    Source: the oracle of Yu, Zhang, Wang, Yu, "SeqGAN", 2017, https://arxiv.org/abs/1609.05473, is an LSTM with random
    weights; a chain has exact n-grams as well.

    Example:
      >>> chain = markov_chain(num_symbols=3, length=5)
      >>> chain(jax.random.key(0), 2).shape
      (2, 5)
    """
    check_whole(num_symbols, "num_symbols", 2)
    check_whole(length, "length", 2)
    check_positive(concentration=concentration)
    key_start, key_transitions = jax.random.split(jax.random.key(0) if key is None else key)
    even = jnp.full(num_symbols, concentration, float)
    start = jax.random.dirichlet(key_start, jnp.ones(num_symbols**2)).reshape(num_symbols, num_symbols)
    # Some probability for everything, so that whatever a player says has a likelihood.
    transitions = 0.99 * jax.random.dirichlet(key_transitions, even, (num_symbols, num_symbols)) + 0.01 / num_symbols
    return MarkovChain(start, transitions, length)
