import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data, metrics
from gangame.lab import experiment


@pytest.mark.slow
def test_the_tiny_setting_leaves_numbers_and_pictures(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert set(measured["projection"]) == set(script.PROJECTIONS)
    assert measured["pasted"]["error in the window"] == "0.000 (0.000 to 0.000)"
    assert (tmp_path / "editing.png").exists()


def test_what_is_wanted_is_a_square_of_another_image_of_the_same_digit(script):
    found = data.images("digits").test
    wish = script.wanted(found, 20, 3, jax.random.key(0))
    images = np.asarray(found.scaled(found.pixels))

    def number(image):
        return int(np.flatnonzero((images == np.asarray(image)).all(axis=(1, 2, 3)))[0])

    for image, other, window in zip(wish.images, wish.others, wish.windows, strict=True):
        assert number(image) != number(other)
        assert found.labels[number(image)] == found.labels[number(other)]
        rows, columns = np.nonzero(window[..., 0])
        assert len(rows) == 9
        assert np.ptp(rows) == np.ptp(columns) == 2


def test_pasting_reaches_the_window_and_nothing_else(script):
    found, judge = data.images("digits").test, metrics.feature_network("digits")
    wish = script.wanted(found, 8, 4, jax.random.key(1))
    pasted = script.seen(judge, wish, jnp.where(wish.windows > 0, wish.others, wish.images))
    np.testing.assert_array_equal(pasted["inside"], np.zeros(8))
    np.testing.assert_array_equal(pasted["outside"], np.zeros(8))
    whole = script.masked(wish.others, wish.images, jnp.ones_like(wish.windows))
    np.testing.assert_allclose(whole, jnp.mean((wish.others - wish.images) ** 2, axis=(1, 2, 3)), rtol=1e-12)
    kept = script.seen(judge, wish, wish.images)
    assert np.all(kept["inside"] > 0)
    np.testing.assert_array_equal(kept["outside"], np.zeros(8))


@pytest.mark.parametrize("settings", [{"setting": "huge"}, {"num_seeds": 1}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
