import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data, metrics
from gangame.lab.likeness import likeness, truth_of


def test_images_are_like_themselves_and_black_ones_have_no_detail():
    truth = truth_of(data.images("digits"), metrics.feature_network("digits"))
    same, black = (likeness(truth, each) for each in (truth.images, jnp.full_like(truth.images, -1)))
    assert (same["error"], same["detail"]) == (0, 1)
    assert black["detail"] == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(black["error"], np.mean((np.asarray(truth.images) + 1) ** 2), rtol=1e-6)
    assert same["accuracy"] > 0.95
    assert black["fid"] > 10 * same["fid"] + 1
