import json

import jax
import numpy as np
import pytest

from gangame import data
from gangame.lab import experiment

KEY = jax.random.key(0)


def test_every_rule_makes_its_game(script):
    real = data.images("digits").train
    for setting in script.SETTINGS.values():
        assert setting.num_steps % script.NUM_RECORDS == 0
    for name in script.RULES:
        game, rule = script.setup(script.SETTINGS["tiny"], name, real)
        players = jax.eval_shape(game.init, KEY)
        jax.eval_shape(rule.init, players)


def test_a_digit_counts_from_a_hundredth_of_the_samples_on(script):
    shares = np.array([[0.98, 0.01, 0.009, 0.001], [0.25, 0.25, 0.25, 0.25]])
    np.testing.assert_array_equal(script.num_digits(shares), [2, 4])


def test_a_rate_is_written_with_wilsons_interval(script):
    """Of 4 of 4, at 95 %: 4 / (4 + 1.96²) = 0.510."""
    assert script.rate(np.ones(4, bool)) == "4/4 (0.51 to 1.00)"


@pytest.mark.slow
def test_summary_and_files(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path), "--parts", str(tmp_path / "parts")])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert set(measured) == {"cpu_seconds_of_all_gans", "real images for training", *script.TINY.rules}
    assert measured["real images for training"]["digits"] == 10
    _, arrays = experiment.load(tmp_path, script.Config)
    for rule in script.TINY.rules:
        shares = arrays[f"{rule}/shares"]
        assert shares.shape == (script.TINY.num_seeds, script.NUM_RECORDS, 10)
        np.testing.assert_allclose(shares.sum(axis=-1), 1, rtol=1e-6)  # single precision
    assert len(list((tmp_path / "parts").iterdir())) == 4
    assert (tmp_path / "digits.png").exists()


@pytest.mark.parametrize("settings", [{"setting": "huge"}, {"rules": ("none",)}, {"num_seeds": 1}, {"rules": ()}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
