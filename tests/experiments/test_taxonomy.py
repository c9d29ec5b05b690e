import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.lab import experiment

KEY = jax.random.key(0)


@pytest.fixture(scope="module")
def found(script):
    return script.digits()


def test_the_digits_are_bits_apart_from_each_other_and_the_gan_sees_those_for_training(script, found):
    images, real = found
    assert [len(each) for each in images[:3]] == [1242, 200, 355]
    assert set(np.unique(np.concatenate(images[:3]))) == {0.0, 1.0}
    np.testing.assert_array_equal(real.scaled(real.pixels), 2 * images.train - 1)


def test_real_images_are_judged_as_such_and_coins_are_not(script, found):
    images, _ = found
    run = jax.jit(lambda images, samples: images.judged(samples))
    same = run(images, images.test)
    assert abs(float(same["fid"])) < 0.05  # single precision of the judge
    assert (same["precision"], same["recall"]) == (1, 1)
    assert float(same["flips"]) < 0.1
    coins = jax.random.bernoulli(KEY, 0.5, images.test.shape).astype(float)
    noise = run(images, coins)
    assert noise["fid"] > 50
    assert noise["precision"] < 0.3
    assert noise["window"] < same["window"] - 10


def test_coins_cost_no_more_than_the_logarithm_of_a_hundred(script):
    """log(0.01 p + 0.99 · 2^−64), so at least log p − log 100, and never less than 64 coins with 0.99."""
    values = jnp.asarray([-5.0, -20.0, -200.0])
    mixed = np.asarray(script.diluted(values, 64))
    np.testing.assert_allclose(mixed, np.log(0.01 * np.exp(values) + 0.99 * 2.0**-64), rtol=1e-12)
    assert np.all(mixed >= values - np.log(100) - 1e-12)


def test_every_model_is_made_and_has_a_likelihood_of_a_kind(script):
    for setting in script.SETTINGS.values():
        for name, row in setting.rows.items():
            assert row.num_steps % setting.num_looks == 0
            assert (row.make(16).log_likelihood is None) == (script.LIKELIHOODS[name] == "none")


@pytest.mark.slow
def test_summary_and_files(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path), "--parts", str(tmp_path / "parts")])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    rows = {*script.SETTINGS["tiny"].rows, "GAN", "real images", "lookup table", script.DILUTED}
    assert {name for name, each in measured.items() if isinstance(each, dict) and "fid" in each} == rows
    _, arrays = experiment.load(tmp_path, script.Config)
    gap = arrays["MADE/log_likelihood"] - arrays[f"{script.DILUTED}/log_likelihood"]
    assert gap.max() < np.log(100) + 1e-4  # single precision
    assert (tmp_path / "taxonomy.png").exists()


@pytest.mark.parametrize("settings", [{"setting": "huge"}, {"num_seeds": 1}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
