import json

import numpy as np
import pytest

from gangame import data
from gangame.lab import experiment


def test_the_tiny_setting_leaves_numbers_and_pictures(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    _, arrays = experiment.load(tmp_path, script.Config)
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    gain = np.mean(arrays["adversarial"][:, 0] - arrays["source only"][:, 0])
    assert measured["gain"][0] == pytest.approx(gain, abs=1e-6)
    assert {path.name for path in tmp_path.glob("*.png")} == {"accuracy.png", "domains.png"}


def test_grey_images_get_three_equal_channels(script):
    plain, coloured = data.images("digits").train, script.in_colour(data.images("digits")).train
    assert coloured.pixels.shape == (1442, 8, 8, 3)
    for channel in range(3):
        np.testing.assert_array_equal(coloured.pixels[..., channel], plain.pixels[..., 0])


@pytest.mark.parametrize("settings", [{"num_steps": 31}, {"num_seeds": 1}, {"strength": -1.0}, {"width": 0}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
