import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.distance import pdist

from gangame.lab import experiment


def test_diversity_is_the_mean_distance_between_two_images_of_a_class(script):
    images = jax.random.normal(jax.random.key(0), (12, 3, 2, 1))
    labels = jnp.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 1])
    found = script.within_classes(images, labels, 3)
    flat = np.asarray(images).reshape(12, -1)
    expected = [pdist(flat[np.asarray(labels) == c]).mean() for c in range(3)]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_categories_have_blocks_of_their_own(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path), "--parts", str(tmp_path / "parts")])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    for category, names in script.CATEGORIES.items():
        assert set(measured[category]) == set(names)
        for name in names:
            assert ("gan_train" in measured[category][name]) == (category == "class-conditional")
    real = measured["real images for training, in place of samples"]
    assert real["gan_train"] > 0.95
    assert real["gan_test"] > 0.98
    assert real["diversity"] == pytest.approx(1, abs=0.05)
    _, arrays = experiment.load(tmp_path, script.Config)
    difference = arrays["K + 1 classes/fid"] - arrays["plain/fid"]
    said = measured["FID of p(x), trained with labels minus no labels"]["K + 1 classes"]
    assert said.startswith(f"{difference.mean():.2f} (")
    assert (tmp_path / "categories.png").exists()


@pytest.mark.parametrize("settings", [{"setting": "huge"}, {"num_seeds": 1}, {"setting": "cifar10"}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
