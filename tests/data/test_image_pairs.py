"""Pairs of images and of what is left of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import ndimage

from gangame import data
from gangame.data.image_pairs import coarsened, outlines


def test_outlines_are_where_scipys_sobel_is_steep():
    images = jax.random.uniform(jax.random.key(0), (3, 6, 7, 2), minval=-1, maxval=1)
    grey = np.asarray(images).mean(axis=-1)
    slopes = [np.stack([ndimage.sobel(each, axis, mode="nearest") for each in grey]) for axis in (0, 1)]
    steep = np.hypot(*slopes) > 2
    assert 0 < steep.mean() < 1
    np.testing.assert_array_equal(np.asarray(outlines(images))[..., 0], np.where(steep, 1, -1))


def test_what_is_even_has_no_outline_and_a_step_has_one():
    image = jnp.where(jnp.arange(8) < 4, -1.0, 1.0)[None, None, :, None] * jnp.ones((1, 8, 8, 1))
    assert not np.any(outlines(jnp.ones((1, 8, 8, 1))) > 0)
    assert np.flatnonzero(outlines(image)[0, 3, :, 0] > 0).tolist() == [3, 4]


def test_a_coarse_image_has_the_means_of_squares_and_stays_as_it_is_when_made_coarse_again():
    images = jax.random.normal(jax.random.key(0), (2, 4, 6, 3))
    coarse = coarsened(images, 2)
    np.testing.assert_allclose(coarse[0, 2:, 4:, 1], np.full((2, 2), images[0, 2:, 4:, 1].mean()), rtol=1e-12)
    np.testing.assert_allclose(coarsened(coarse, 2), coarse, rtol=1e-12)
    np.testing.assert_array_equal(coarsened(images, 1), images)


def test_targets_are_images_of_the_set_and_inputs_are_what_is_left_of_them():
    found = data.images("digits").train
    for left in ("outlines", "coarse"):
        pairs = data.image_pairs(found, left, 2)
        inputs, targets = pairs(jax.random.key(1), 5)
        assert (inputs.shape[1:], targets.shape[1:]) == pairs.shapes
        np.testing.assert_array_equal(targets, found(jax.random.key(1), 5))
        np.testing.assert_array_equal(inputs, pairs.inputs(targets))


def test_what_cannot_be_made_is_one_sentence():
    found = data.images("digits").train
    with pytest.raises(ValueError, match=r"left is 'top'; it has to be one of outlines, coarse\."):
        data.image_pairs(found, "top")
    with pytest.raises(ValueError, match=r"factor is 3 and the images are 8×8; it has to divide both sides\."):
        data.image_pairs(found, "coarse", 3)
    with pytest.raises(ValueError, match="flat"):
        data.image_pairs(found.flat())
