import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.lab import experiment


def test_the_factor_is_m_for_equal_samples_and_0_for_balanced_batches(script):
    means = jnp.array(np.random.default_rng(0).normal(size=(200, 1, 3)))
    # Unbiased over biased: 200/199 for the variance of 200 means.
    assert script.batch_factor(jnp.repeat(means, 16, axis=1)) == pytest.approx(16 * 200 / 199)
    assert script.batch_factor(jnp.concatenate([means, -means], axis=1)) == pytest.approx(0, abs=1e-12)
    independent = np.random.default_rng(1).normal(size=(500, 16, 3))
    # Three features of 500 means each: a standard error of √(2 / 1500).
    assert script.batch_factor(jnp.array(independent)) == pytest.approx(1, abs=4 * np.sqrt(2 / 1500))


@pytest.mark.parametrize("norm", ["batch", "virtual"])
def test_companions_move_samples_of_batch_normalisation_only(script, norm):
    game = script.tinted_gan(script.TINY, norm, jax.random.normal(jax.random.key(1), (4, 2)))
    players = game.init(jax.random.key(0))
    # Kernels start small; as large as here their images fill the range.
    players["generator"] = jax.tree.map(lambda leaf: leaf * 20 if leaf.ndim > 1 else leaf, players["generator"])
    found = jax.jit(lambda key: script.measured(script.TINY, game, players, key))(jax.random.key(2))
    if norm == "batch":
        assert found["moved_median"] > 1e-2
        assert found["factor_of_colour"] < 0.8  # batches are balanced
    else:
        assert found["moved_most"] <= 1e-6
        assert found["factor_of_colour"] == pytest.approx(1, abs=4 * np.sqrt(2 / 39))


def test_summary_and_files(script, tmp_path, monkeypatch):
    monkeypatch.setattr(script, "NORMS", ("reference",))
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]["reference"]
    assert measured["moved_most"] <= 1e-6
    assert len(measured["factor_of_pixels"]["by_seed"]) == 2
    assert (tmp_path / "batches.png").exists()


@pytest.mark.parametrize("settings", [{"num_steps": 0}, {"batch_size": 5}, {"num_seeds": 1}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="have to be"):
        script.Config(**settings)
