"""Predictability minimisation, and what the bits of a code say of each other."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import entropy

from gangame import games, metrics
from gangame.nets import Network

RNG = np.random.default_rng(0)
information = jax.jit(metrics.code_information)


def in_place_of_networks(game, code, guesses):
    """The losses with a given code and given predictions, whatever the parameters."""

    def zero(key):
        return {"none": jnp.zeros(len(guesses))}

    return game.losses.__class__(
        **{
            **{name: getattr(game.losses, name) for name in ("factors", "patterns", "weights", "strengths")},
            "encoder": Network(zero, lambda own, x: jnp.asarray(code)),
            "decoder": Network(zero, lambda own, y: game.losses.patterns),
            "predictor": Network(zero, lambda own, y: jnp.full((len(y), 1), own["guess"])),
        }
    )


def test_losses_are_sums_over_patterns():
    game = games.predictability_minimisation(
        probabilities=(0.3, 0.5, 0.6), competition=0.7, reconstruction=2.0, variance=0.3, hidden=(3,), inputs=4
    )
    players = jax.jit(game.init)(jax.random.key(0))
    at = game.losses
    y, losses = jax.jit(lambda players: (at.code(players), at(players, None)))(players)
    predict = jax.jit(at.predictor.apply)
    y = np.asarray(y)
    total = missed = 0.0
    spread = sum(np.cov(y[:, i], aweights=at.weights, ddof=0) for i in range(3))
    for pattern, weight, code in zip(np.asarray(at.patterns), np.asarray(at.weights), y, strict=True):
        for i in range(3):
            own = jax.tree.map(lambda leaf, i=i: leaf[i], players["predictors"])
            others = np.where(np.arange(3) == i, 0, code)
            total += weight * (float(predict(own, jnp.asarray(others)[None])[0, 0]) - code[i]) ** 2
        told = at.decoder.apply(players["code"]["decoder"], jnp.asarray(code)[None])[0]
        missed += weight * np.mean((np.asarray(told) - pattern) ** 2)
    assert losses["predictors"] == pytest.approx(total, rel=1e-12)
    assert losses["code"] == pytest.approx(2 * missed - 0.7 * total - 0.3 * spread, rel=1e-12)


def test_patterns_are_standardised_and_weighed_by_independent_bits():
    for mixing in ("linear", "nonlinear"):
        at = games.predictability_minimisation(mixing, probabilities=(0.2, 0.5, 0.9)).losses
        np.testing.assert_allclose(at.weights @ at.patterns, 0, atol=1e-14)
        np.testing.assert_allclose(at.weights @ at.patterns**2, 1, rtol=1e-12)
        np.testing.assert_allclose(at.weights @ at.factors, [-0.6, 0.0, 0.8], atol=1e-14)
        assert float(information(at.factors > 0, at.weights)["total_correlation"]) < 1e-12
        rank = np.linalg.matrix_rank(np.asarray(at.patterns))
        assert rank == 3 if mixing == "linear" else rank > 3


def best_guesses(code, weights):
    """V_C before predictors that know everything: the conditional mean of each unit over equal rest."""
    total = 0.0
    for i in range(code.shape[1]):
        rest = [tuple(np.delete(row, i)) for row in code]
        for each in set(rest):
            rows = [j for j, other in enumerate(rest) if other == each]
            mass = weights[rows].sum()
            mean = weights[rows] @ code[rows, i] / mass
            total += weights[rows] @ (code[rows, i] - mean) ** 2
    return total


def test_a_factorial_code_of_fair_bits_earns_a_quarter_for_each_unit_and_no_other_more():
    weights = np.full(8, 1 / 8)
    bits = np.array(list(itertools.product([0.0, 1.0], repeat=3)))
    assert best_guesses(bits, weights) == pytest.approx(3 / 4)
    xor = np.column_stack([bits[:, :2], (bits[:, 0] != bits[:, 1])])  # pairwise independent, but not factorial
    assert best_guesses(xor, weights) == pytest.approx(0, abs=1e-15)
    for _ in range(200):
        code = RNG.uniform(size=(8, 3)).round(int(RNG.integers(0, 3)))  # bits, or few levels that coincide often
        value = best_guesses(code, weights)
        assert value <= np.var(code, axis=0).sum() + 1e-12
        found = information(code > 0.5, weights)
        assert value < 3 / 4 - 1e-9 or float(found["total_correlation"]) < 1e-9

    # And the game says so of that code, before predictors that say one half of everything.
    game = games.predictability_minimisation(probabilities=(0.5,) * 3)
    losses = in_place_of_networks(game, bits, np.full(3, 0.5))
    players = {"code": {"encoder": {}, "decoder": {}}, "predictors": {"guess": jnp.full(3, 0.5)}}
    assert float(losses(players, None)["predictors"]) == pytest.approx(3 / 4)
    slopes = jax.grad(lambda own: losses({**players, "predictors": own}, None)["predictors"])(players["predictors"])
    np.testing.assert_allclose(slopes["guess"], 0, atol=1e-15)  # one half is the best that they can say


def test_where_nothing_else_is_at_stake_it_is_zero_sum():
    game = games.predictability_minimisation(reconstruction=0.0, hidden=(), predictor_hidden=(), inputs=4)
    losses = jax.jit(game.losses)(jax.jit(game.init)(jax.random.key(1)), None)
    assert float(losses["code"]) == -float(losses["predictors"]) < 0


@pytest.mark.parametrize("units", [2, 4])
def test_information_is_that_of_the_table_of_probabilities(units):
    bits = RNG.integers(0, 2, (12, units))
    weights = RNG.dirichlet(np.ones(12))
    table = np.zeros((2,) * units)
    for row, weight in zip(bits, weights, strict=True):
        table[tuple(row)] += weight
    found = information(bits > 0, weights)
    singles = [table.sum(axis=tuple(j for j in range(units) if j != i)) for i in range(units)]
    np.testing.assert_allclose(found["entropies"], [entropy(each, base=2) for each in singles], atol=1e-12)
    assert float(found["joint"]) == pytest.approx(entropy(table.ravel(), base=2))
    product = np.ones_like(table)
    for i, each in enumerate(singles):
        product *= each.reshape([2 if j == i else 1 for j in range(units)])
    told = entropy(table.ravel(), product.ravel(), base=2)  # KL from the product of the marginals
    assert float(found["total_correlation"]) == pytest.approx(told, abs=1e-12)
    pair = table.sum(axis=tuple(range(2, units)))
    told = entropy(pair.ravel(), np.outer(singles[0], singles[1]).ravel(), base=2)
    assert float(found["mutual_information"][0, 1]) == pytest.approx(told, abs=1e-12)
    np.testing.assert_allclose(np.diag(found["mutual_information"]), found["entropies"], atol=1e-12)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: games.predictability_minimisation("cubic"), "mixing is 'cubic'; it has to be one of linear, nonlin"),
        (lambda: games.predictability_minimisation(probabilities=(0.5,)), "they are 2 to 10 numbers"),
        (lambda: games.predictability_minimisation(probabilities=(0.5, 1.0)), "each above 0 and below 1"),
        (lambda: games.predictability_minimisation(units=1), "units is 1; it has to be a whole number, 2 or more"),
        (lambda: games.predictability_minimisation(competition=-1.0), "competition is -1.0; it has to be 0 or more"),
        (lambda: metrics.code_information(jnp.zeros(3)), r"bits has the shape \(3,\)"),
    ],
)
def test_bad_arguments_are_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
