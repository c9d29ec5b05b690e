import json
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data
from gangame.lab import experiment

KEY = jax.random.key(0)


def test_one_class_is_drawn_as_often_as_is_said_and_the_others_equally(script):
    labels = jnp.asarray(np.random.default_rng(0).integers(0, 10, 500))
    train = script.Labelled(jnp.arange(500.0)[:, None], labels)
    drawn = script.overgenerated(train, jnp.array(0.7), KEY, 10_000)
    np.testing.assert_array_equal(labels[drawn.points[:, 0].astype(int)], drawn.labels)
    shares = np.bincount(drawn.labels, minlength=10) / 10_000
    expected = np.where(np.arange(10) == script.FAVOURITE, 0.7, 0.3 / 9)
    # Five standard deviations of a share of 10,000.
    np.testing.assert_array_less(np.abs(shares - expected), 5 * np.sqrt(expected * (1 - expected) / 10_000))


def test_few_images_are_spread_over_the_set(script):
    few = script.few_of(data.images("digits").train, 20)
    assert few.pixels.shape == (20, 8, 8, 1)
    assert len(np.unique(few.labels)) > 5


def test_memory_of_copies_of_shifted_copies_and_of_nothing(script):
    """Noise of which each image is as far from any other: copies are seen, fresh ones are as near to both sets."""

    class Same:
        def features(self, images):
            return images

    train, test, fresh = jnp.split(jax.random.normal(KEY, (300, 30)), [150, 200])
    copies = train[script.spread(150, 50)]
    assert len(copies) == 50
    of_copies, of_fresh = (jax.jit(partial(script.memory, Same()))(each, train, test) for each in (copies, fresh[:50]))
    for view in ("pixels", "features"):
        assert (float(of_copies[f"gap/{view}"]), float(of_copies[f"closer/{view}"])) == (0, 1)
        assert float(of_fresh[f"gap/{view}"]) == pytest.approx(1, abs=0.05)
        # Five standard deviations of a share of 50.
        assert float(of_fresh[f"closer/{view}"]) == pytest.approx(0.5, abs=0.35)


@pytest.mark.slow
def test_summary_and_files(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path), "--parts", str(tmp_path / "parts")])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    _, arrays = experiment.load(tmp_path, script.Config)
    assert measured["memory"]["digits/copies"]["gap/pixels"].startswith("0.000")
    assert measured["memory"]["digits/copies"]["closer/features"].startswith("1.000")
    assert arrays["artificial/digits/shifted/gap/pixels"].min() > 0.5  # a shift is enough to hide a copy
    kls = arrays["artificial/class_kl"].mean(axis=0)
    assert np.all(np.diff(kls) > 0)
    assert set(measured["worth"]) >= {"GAN", "GAN of few"}
    assert (tmp_path / "worth.png").exists()


@pytest.mark.parametrize("settings", [{"setting": "huge"}, {"num_seeds": 1}, {"few": 1}, {"controls": ("cats",)}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
