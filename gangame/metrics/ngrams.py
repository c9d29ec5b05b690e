"""How close sequences are to others in their short runs of symbols."""

import jax.numpy as jnp

from gangame.core import Array
from gangame.metrics.shares import class_shares, relative_entropy
from gangame.ranges import check_sizes


def ngram_shares(symbols: Array, num_symbols: int, size: int) -> Array:
    """Returns how often each run of symbols is there, as shares `[num_symbols] * size` that sum to 1.

    Args:
      symbols: `[num_sequences, length]`, whole numbers from 0 to num_symbols − 1.
      num_symbols: how many symbols there are, 1 or more.
      size: symbols of a run, from 1 to the length.

    Raises:
      ValueError: a number outside its range, or another shape.

    Example:
      >>> ngram_shares(jnp.array([[0, 1, 1, 1]]), 2, 2).tolist()  # one of the three pairs is 01, two are 11
      [[0.0, 0.3333333432674408], [0.0, 0.6666666865348816]]
    """
    check_sizes(num_symbols=num_symbols, size=size)
    if symbols.ndim != 2 or size > symbols.shape[1]:
        raise ValueError(f"symbols has the shape {symbols.shape}; it has to be [sequences, {size} or more].")
    places = symbols.shape[1] - size + 1
    run = jnp.zeros((len(symbols), places), jnp.int32)
    for i in range(size):
        run = run * num_symbols + symbols[:, i : i + places].astype(jnp.int32)
    shares = class_shares(run.reshape(-1), num_symbols**size, jnp.result_type(float))
    return shares.reshape((num_symbols,) * size)


def ngram_divergence(symbols: Array, probabilities: Array) -> Array:
    """Returns KL(runs of symbols in sequences ‖ those of a distribution) in nats, 0 or more, infinite off its support.

    Args:
      symbols: `[num_sequences, length]`.
      probabilities: `[symbols] * size`, such as `data.MarkovChain.ngrams(size)`, or the `ngram_shares` of data.
    """
    shares = ngram_shares(symbols, probabilities.shape[0], probabilities.ndim)
    return relative_entropy(shares.reshape(-1), probabilities.reshape(-1))


def ngram_distance(symbols: Array, others: Array, num_symbols: int, size: int) -> Array:
    """Returns the Jensen–Shannon divergence between the runs of symbols in two sets of sequences, from 0 to log 2 nats.

    Args:
      symbols: `[num_sequences, length]`.
      others: likewise; its number and length may differ.
      num_symbols: how many symbols there are.
      size: symbols of a run.

    Source: Gulrajani et al., "Improved Training of Wasserstein GANs", 2017, https://arxiv.org/abs/1704.00028, which
    compares n-grams of text by it.
    """
    one, other = (ngram_shares(each, num_symbols, size).reshape(-1) for each in (symbols, others))
    middle = (one + other) / 2
    return (relative_entropy(one, middle) + relative_entropy(other, middle)) / 2
