import json

import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data, metrics
from gangame.lab import experiment
from gangame.lab.likeness import truth_of


def test_the_tiny_setting_leaves_numbers_and_pictures(script, tmp_path):
    experiment.main(script, ["--tiny", "--tasks", "coarse", "--pays", "λ = 10", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert set(measured["coarse"]) == {"input", "λ = 10"}
    assert set(measured["coarse"]["λ = 10"]) == set(script.MEASURES)
    _, arrays = experiment.load(tmp_path, script.Config)
    assert arrays["coarse/λ = 10/psnr"].shape == (2,)
    assert (tmp_path / "trade.png").exists()
    assert (tmp_path / "answers.png").exists()


def test_what_is_true_has_all_details_and_what_is_grey_has_none(script):
    test = truth_of(data.images("digits"), metrics.feature_network("digits"))
    images = test.images
    true = script.judged(test, images)
    assert float(true["detail"]) == pytest.approx(1)
    assert float(true["psnr"]) > 90
    assert float(true["accuracy"]) > 0.95
    grey = script.judged(test, jnp.zeros_like(images))
    assert float(grey["detail"]) == 0
    assert float(grey["psnr"]) == pytest.approx(float(np.mean(10 * np.log10(4 / np.mean(images**2, axis=(1, 2, 3))))))
    assert float(grey["fid"]) > 100 * float(true["fid"]) + 1


def test_bad_settings_are_refused(script):
    for settings in ({"setting": "cifar"}, {"tasks": ("top",)}, {"pays": ()}, {"num_seeds": 1}):
        with pytest.raises(ValueError, match=r"has to be|have to be|one or more"):
            script.Config(**settings)
