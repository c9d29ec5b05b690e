import itertools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import nets
from gangame.lab import experiment

KEY = jax.random.key(0)


@pytest.fixture(scope="module")
def model(script):
    """Three levels, of which the last two decide about the next by a table."""
    table = jnp.asarray(np.random.default_rng(0).standard_normal((3, 3, 3)))

    def apply(parameters, seen):
        levels = jnp.round(seen + 1).astype(int)  # the values are −1, 0 and 1, and 0 stands before the first
        return table[levels[:, 0], levels[:, 1]]

    return script.Autoregressive(nets.Network(lambda key: None, apply), 2, 3)


def test_probabilities_of_all_waves_add_up_to_one_and_waves_are_drawn_by_them(model):
    every = jnp.asarray(list(itertools.product(range(3), repeat=3)))
    chances = np.exp(-np.asarray(model.surprise(None, every)))
    assert chances.sum() == pytest.approx(1, rel=1e-12)
    drawn = np.asarray(jax.jit(lambda key: model.sample(None, key, 20_000, 3))(KEY))
    counts = np.bincount(drawn @ [9, 3, 1], minlength=27)
    assert np.all(np.abs(counts - 20_000 * chances) < 5 * np.sqrt(20_000 * chances))


def test_rounding_is_to_the_nearest_level(model):
    np.testing.assert_array_equal(model.rounded(jnp.array([-0.9, -0.4, 0.6])), [0, 1, 2])
    np.testing.assert_array_equal(model.values(jnp.arange(3)), [-1, 0, 1])


def test_most_of_a_wave_lies_at_its_pitch_and_overtones(script):
    """Two to six periods with three harmonics: nearly all power is at 1 to 20 periods, and none beyond that."""
    waves = np.asarray(script.plucked(KEY, 200))
    np.testing.assert_allclose(np.abs(waves).max(axis=1), 0.95, rtol=1e-12)
    power = np.abs(np.fft.rfft(waves)) ** 2
    assert np.all(power[:, 22:].sum(axis=1) < 0.05 * power.sum(axis=1))


@pytest.mark.slow
def test_summary_and_files(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path), "--parts", str(tmp_path / "parts")])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    _, arrays = experiment.load(tmp_path, script.Config)
    for name in script.SETS:
        assert measured["distance from data"][name]["waves"].startswith(f"{arrays[f'{name}/waves'].mean():.4f}")
    assert arrays["GAN/seconds"].shape == (2, 2, script.NUM_ROUNDS)
    assert (tmp_path / "waves.png").exists()


@pytest.mark.parametrize("settings", [{"setting": "huge"}, {"num_seeds": 1}, {"learning_rate": 0.0}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
