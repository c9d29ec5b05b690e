"""Sequences of symbols: what is known of a chain, and which surnames and texts there are."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data
from gangame.metrics import ngram_distance, ngram_divergence, ngram_shares

CHAIN = data.markov_chain(num_symbols=3, length=5)
ALL = np.array(list(itertools.product(range(3), repeat=5)))


def test_the_numbers_of_a_chain_are_those_of_a_sum_over_all_sequences():
    p = np.exp(np.asarray(CHAIN.log_likelihood(jnp.asarray(ALL))))
    np.testing.assert_allclose(p.sum(), 1, rtol=1e-12)
    np.testing.assert_allclose(CHAIN.entropy(), -p @ np.log(p), rtol=1e-12)
    for size in (1, 2, 3):
        counted = np.zeros((3,) * size)
        for start in range(5 - size + 1):
            np.add.at(counted, tuple(ALL[:, start : start + size].T), p / (5 - size + 1))
        np.testing.assert_allclose(CHAIN.ngrams(size), counted, rtol=1e-12)


def test_sequences_of_a_chain_have_its_triples():
    drawn = jax.jit(lambda chain, key: chain(key, 20_000))(CHAIN, jax.random.key(0))
    # Of n runs over m cells 2nKL is about chi-squared with m − 1 degrees of freedom; neighbours are not independent, so
    # n is taken to be the number of sequences, which only loosens it.
    assert float(ngram_divergence(drawn, CHAIN.ngrams(3))) < (26 + 5 * np.sqrt(2 * 26)) / (2 * 20_000)


def test_runs_are_counted_as_by_hand():
    drawn = np.asarray(CHAIN(jax.random.key(1), 20))
    counts = np.zeros((3, 3))
    for row in drawn:
        for pair in itertools.pairwise(row):
            counts[pair] += 1
    np.testing.assert_allclose(ngram_shares(jnp.asarray(drawn), 3, 2), counts / counts.sum(), rtol=1e-12)


def test_the_distance_of_runs_is_zero_to_themselves_and_log_two_to_others():
    one, other = jnp.zeros((4, 3), int), jnp.ones((2, 5), int)
    assert ngram_distance(one, one, 2, 2) == 0
    np.testing.assert_allclose(ngram_distance(one, other, 2, 2), np.log(2), rtol=1e-12)
    assert ngram_divergence(other, ngram_shares(one, 2, 2)) == np.inf


def test_surnames_are_those_of_the_package_in_two_parts_that_have_none_in_common():
    found = data.surnames(6)
    train, test = (set(part.texts(part.symbols)) for part in (found.train, found.test))
    assert "SMITH" in train
    assert not train & test
    assert len(train) + len(test) == 40_619  # of at most six letters: 101 + 915 + 5,438 + 13,779 + 20,386
    drawn = found.train(jax.random.key(0), 5)
    assert set(found.train.texts(drawn)) <= train


def test_a_text_is_cut_into_pieces(tmp_path):
    (tmp_path / "text").write_text("abcd" * 10 + "é\n", encoding="utf-8")
    found = data.text(tmp_path / "text", length=4)
    assert found.train.texts(found.train.symbols) == ["abcd"] * 8
    assert found.test.texts(found.test.symbols) == ["abcd"] * 2


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda folder: data.text(folder / "none"), "cannot be read .*; give a file of text"),
        (lambda folder: data.text(folder, length=0), "length is 0"),
        (lambda folder: data.surnames(1), "length is 1; no surname is as short as that"),
        (lambda folder: CHAIN.ngrams(4), "size is 4; it has to be from 1 to 3"),
        (lambda folder: data.markov_chain(1), "num_symbols is 1; it has to be a whole number, 2 or more"),
        (lambda folder: ngram_shares(jnp.zeros((2, 3), int), 2, 4), r"it has to be \[sequences, 4 or more\]"),
    ],
)
def test_bad_arguments_are_refused(call, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        call(tmp_path)


def test_a_text_that_is_too_long_or_too_short_is_refused(tmp_path):
    (tmp_path / "text").write_text("abc", encoding="utf-8")
    with pytest.raises(ValueError, match="has 3 bytes, and most_bytes is 2"):
        data.text(tmp_path / "text", most_bytes=2)
    with pytest.raises(ValueError, match="it needs five pieces of 4"):
        data.text(tmp_path / "text", length=4)
