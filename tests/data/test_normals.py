import jax
import numpy as np
import pytest
import scipy.special
import scipy.stats

from gangame import games
from gangame.data import quick_normal
from gangame.data.normals import QUANTILE

KEY = jax.random.key(3)


def test_the_quantile_function_is_off_by_a_thousandth_of_each_number_at_most():
    tail = 2.0 ** -np.linspace(1, 24, 5000)
    u = np.concatenate([np.linspace(1e-4, 0.5, 5000), 1 - tail])
    s = np.sqrt(-np.log((1 - u) * (1 + u)))
    exact = np.sqrt(2) * scipy.special.erfinv(u)
    np.testing.assert_allclose(u * np.polyval(QUANTILE[::-1], s), exact, rtol=8e-4)


def test_a_million_numbers_pass_for_normal_and_for_independent():
    draws = np.asarray(jax.jit(lambda key: quick_normal(key, (1000, 1000)))(KEY), float)
    flat = draws.ravel()
    assert scipy.stats.kstest(flat, "norm").pvalue > 1e-3
    # Standard errors of mean, variance, skewness and kurtosis of a million normal numbers, four of each.
    n = flat.size
    assert abs(flat.mean()) < 4 / np.sqrt(n)
    assert abs(flat.var() - 1) < 4 * np.sqrt(2 / n) + 1e-3  # and twice what a number may be off
    assert abs(scipy.stats.skew(flat)) < 4 * np.sqrt(6 / n)
    assert abs(scipy.stats.kurtosis(flat)) < 4 * np.sqrt(24 / n) + 4e-3
    for lag in (1, 2, 1000, 1024):
        assert abs(np.mean(flat[lag:] * flat[:-lag])) < 4.5 / np.sqrt(n)
    assert abs(np.mean(np.abs(flat[1:]) * np.abs(flat[:-1])) - 2 / np.pi) < 4 / np.sqrt(n)
    correlations = np.corrcoef(draws.T)[np.triu_indices(1000, 1)]
    assert np.abs(correlations).max() < 6 / np.sqrt(1000)


def test_neighbouring_keys_draw_unrelated_numbers():
    draws = np.asarray(jax.vmap(lambda t: quick_normal(jax.random.fold_in(KEY, t), (10_000,)))(np.arange(100)), float)
    correlations = np.corrcoef(draws)[np.triu_indices(100, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(10_000)
    # Squared and scaled they follow a chi-squared law if the rows are independent.
    assert scipy.stats.kstest(correlations * np.sqrt(10_000), "norm").pvalue > 1e-3


def test_the_type_is_the_default_one_and_too_many_are_refused():
    assert quick_normal(KEY, (3,)).dtype == np.float64
    with jax.enable_x64(False):
        assert quick_normal(KEY, (3,)).dtype == np.float32
    with pytest.raises(ValueError, match="a counter of 32 bits"):
        jax.eval_shape(lambda key: quick_normal(key, (2**16, 2**16)), KEY)


def test_a_game_takes_quick_latents_when_asked():
    batches = [games.mixture(quick_latents=quick).sample(KEY) for quick in (True, False)]
    assert (batches[0]["real"] == batches[1]["real"]).all()
    assert (batches[0]["latents"] != batches[1]["latents"]).all()
    assert batches[0]["latents"].shape == batches[1]["latents"].shape
