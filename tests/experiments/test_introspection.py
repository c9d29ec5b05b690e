import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data, nets
from gangame.lab import experiment


@pytest.mark.slow
def test_the_tiny_setting_leaves_numbers_and_pictures(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert set(script.PAYS) <= set(measured)
    assert set(measured["introspective"]) == set(script.MEASURES)
    assert (tmp_path / "rebuilt.png").exists()


def test_the_variational_loss_is_pixels_and_prior(script):
    setting = script.SETTINGS["tiny"]
    images = data.images("digits").train
    weights = jnp.sin(jnp.arange(64.0 * 8)).reshape(64, 8) / 8
    encoder = nets.Network(lambda key: weights, lambda own, x: x.reshape(len(x), -1) @ own)
    generator = nets.Network(lambda key: weights[:, :4].T, lambda own, z: jnp.tanh(z @ own).reshape(-1, 8, 8, 1))
    game = script.variational(encoder, generator, images, setting).game
    players, batch = game.init(jax.random.key(0)), game.sample(jax.random.key(1))
    real, noise = np.asarray(batch["real"]), np.asarray(batch["noise"])
    mean, log_variance = np.split(real.reshape(len(real), -1) @ np.asarray(weights), 2, axis=1)
    made = np.tanh((mean + np.exp(log_variance / 2) * noise) @ np.asarray(weights[:, :4]).T).reshape(real.shape)
    divergence = np.mean(mean**2 + np.exp(log_variance) - 1 - log_variance) / 2
    expected = 3 * np.abs(made - real).mean() + setting.prior_strength * divergence
    losses = game.losses(players, batch)
    np.testing.assert_allclose([losses["encoder"], losses["generator"]], expected, rtol=1e-12)


@pytest.mark.parametrize("settings", [{"setting": "huge"}, {"pays": ("none",)}, {"num_seeds": 1}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
