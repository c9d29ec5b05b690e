import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data, metrics
from gangame.lab import experiment


def test_images_are_moved_by_whole_pixels_and_black_comes_in(script):
    images = data.images("digits").test(jax.random.key(0), 50)
    moved = np.asarray(script.moved(jax.random.key(1), images, 1))
    places = set()
    for before, after in zip(np.asarray(images), moved, strict=True):
        padded = np.pad(before, ((1, 1), (1, 1), (0, 0)), constant_values=-1)
        fits = [(i, j) for i in range(3) for j in range(3) if np.array_equal(padded[i : i + 8, j : j + 8], after)]
        assert fits
        places |= set(fits)
    assert len(places) == 9


def test_the_weights_that_it_leaves_say_what_it_has_measured(script, tmp_path):
    arguments = ["--tiny", "--output", str(tmp_path / "results"), "--weights", str(tmp_path / "weights")]
    experiment.main(script, arguments)
    measured = json.loads((tmp_path / "results/results.json").read_text())["measured"]["digits"]
    network, test = metrics.feature_network(tmp_path / "weights/digits.safetensors"), data.images("digits").test
    named = network.classes(test.scaled(test.pixels))
    right = int(jnp.sum(named == test.labels))
    assert (right, len(test.labels)) == (network.right, network.tested)
    assert measured["accuracy_wilson_95"][0] == pytest.approx(right / network.tested)
    assert measured["accuracy_wilson_95"][0] > 0.3  # after 40 steps
    assert (tmp_path / "results/classifiers.png").exists()


@pytest.mark.parametrize("settings", [{"sets": ("cats",)}, {"num_steps": 30}, {"learning_rate": 0.0}, {"sets": ()}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
