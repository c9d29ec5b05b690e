import json

import numpy as np
import pytest

from gangame.lab import experiment


def test_the_tiny_setting_leaves_numbers_and_a_picture(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    _, arrays = experiment.load(tmp_path, script.Config)
    for values in arrays.values():
        assert np.all(values[:, 3] <= values[:, 2])  # more attacks leave less
        assert np.all((values >= 0) & (values <= 1))
    assert set(json.loads((tmp_path / "results.json").read_text())["measured"]) == set(script.TINY.ways)
    assert (tmp_path / "robustness.png").is_file()


def test_each_way_has_its_adversary(script):
    for way in script.WAYS:
        game, _ = script.contest(script.Config(images="digits", hidden=4), way)
        assert (game.losses.attacker is not None) == (way == "network")
        assert float(game.losses.epsilon) == pytest.approx(0 if way == "natural" else 0.4)


@pytest.mark.parametrize("settings", [{"ways": ("none",)}, {"num_steps": 0}, {"num_seeds": 1}, {"epsilon": -1.0}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
