import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.lab import experiment

RNG = np.random.default_rng(0)


@pytest.mark.slow
def test_the_tiny_setting_leaves_numbers_and_pictures(script, tmp_path):
    experiment.main(script, ["--tiny", "--pays", "λ = 10", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert set(measured["coarse"]) == {"input", "λ = 10"}
    _, arrays = experiment.load(tmp_path, script.Config)
    assert arrays["coarse/λ = 10/psnr"].shape == (2,)
    assert (tmp_path / "trade.png").exists()
    assert (tmp_path / "answers.png").exists()


def test_neighbourhoods_are_squares_of_one_image(script):
    level = RNG.normal(size=(2, 16, 24, 3))
    squares = script.neighbourhoods(jnp.asarray(level))
    assert squares.shape == (2 * 2 * 3, 8 * 8 * 3)
    np.testing.assert_array_equal(squares[7].reshape(8, 8, 3), level[1, :8, 8:16])


def test_what_is_true_has_no_distance_and_what_is_grey_has_no_detail(script):
    truth = jnp.asarray(RNG.uniform(-1, 1, (6, 16, 16, 3)))
    look = jax.jit(script.judged)
    true, grey = look(truth, truth), look(truth, jnp.zeros_like(truth))
    assert float(true["texture"]) == 0
    assert float(true["detail"]) == pytest.approx(1)
    assert float(grey["detail"]) == 0
    assert float(grey["psnr"]) == pytest.approx(10 * np.log10(4 / np.mean(np.square(truth))))
    # Along any direction a number of standard deviation about one is 0.8 from zero in the mean, and so are these.
    assert 0.6 < float(grey["texture"]) < 1


def test_bad_settings_are_refused(script):
    for settings in ({"setting": "cifar"}, {"tasks": ("top",)}, {"pays": ()}, {"num_seeds": 1}):
        with pytest.raises(ValueError, match=r"has to be|have to be|one or more"):
            script.Config(**settings)
