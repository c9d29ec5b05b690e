import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.lab import experiment


def test_the_kl_optimum_is_mean_and_variance_of_the_data(script):
    (mean, sd), value = script.optimum("kl", 2.0)
    assert mean == pytest.approx(0, abs=1e-4)
    assert sd == pytest.approx(np.sqrt(4 + 0.36), abs=1e-4)
    # A Gaussian of the data's variance: its cross-entropy is its own entropy.
    density = np.exp(script.log_data(script.AXIS, 2.0))
    entropy = -np.sum(density * np.log(density)) * script.SPACING
    assert value == pytest.approx(np.log(2 * np.pi * np.e * 4.36) / 2 - entropy, rel=1e-6)


def test_reverse_kl_sits_on_one_mode(script):
    (mean, sd), value = script.optimum("reverse_kl", 3.0)
    assert (mean, sd) == pytest.approx((3.0, 0.6), abs=1e-3)
    assert value == pytest.approx(np.log(2), abs=1e-4)  # half of the mass is elsewhere, e^−12 of it shared


def test_the_value_of_the_game_is_the_bound_of_its_divergence(script):
    """With outputs of a network at its start: below the divergence, and the discriminator pays its negative."""
    game = script.f_gan("jensen_shannon", jnp.asarray(2.0), jnp.array([0.3, 1.5]))
    players = game.init(jax.random.key(0))
    losses = game.losses(players, None)
    assert losses["discriminator"] == -losses["generator"]
    assert losses["generator"] < script.divergence("jensen_shannon", 2.0, 0.3, 1.5)


def test_summary_and_files(script, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(script, "NAMES", ["kl"])
    monkeypatch.setattr(script, "RING_COSTS", ("f_kl",))
    experiment.main(script, ["--tiny", "--output", str(tmp_path)], x64=True)
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert set(measured["fits"]) == {"kl"}
    assert measured["fits"]["kl"]["s = 2"]["optimum"] == pytest.approx([0, np.sqrt(4.36)], abs=1e-4)
    assert all(len(modes) == 2 for modes in measured["modes_of_8_on_the_ring_by_seed"].values())
    assert (tmp_path / "fits.png").exists()
    assert "off_by" in capsys.readouterr().out


@pytest.mark.parametrize("settings", [{"distances": ()}, {"distances": (5.0,)}, {"ring_seeds": 0}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
