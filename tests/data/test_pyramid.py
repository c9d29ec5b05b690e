"""The Laplacian pyramid against a convolution of scipy, and back to the images."""

import jax
import numpy as np
import pytest
from scipy.ndimage import convolve

from gangame.data import from_laplacian_pyramid, laplacian_pyramid

RNG = np.random.default_rng(0)
FILTER = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1])[None, :, :, None] / 256


def test_the_pyramid_is_that_of_burt_and_adelson_and_adds_up_to_the_image():
    images = RNG.normal(size=(2, 16, 12, 3))
    levels = [np.asarray(each) for each in jax.jit(laplacian_pyramid, static_argnums=1)(images, 3)]
    coarse = images
    for level in levels[:-1]:
        finer, coarse = coarse, convolve(coarse, FILTER, mode="mirror")[:, ::2, ::2]
        spread = np.zeros_like(finer)
        spread[:, ::2, ::2] = coarse
        np.testing.assert_allclose(level, finer - convolve(spread, 4 * FILTER, mode="mirror"), atol=1e-12)
    np.testing.assert_allclose(levels[-1], coarse, atol=1e-12)


@pytest.mark.parametrize(("shape", "num_levels"), [((2, 28, 28, 1), 3), ((3, 8, 6, 2), 2), ((1, 3, 5, 1), 1)])
def test_levels_make_the_images_again(shape, num_levels):
    for dtype, error in ((np.float64, 1e-14), (np.float32, 1e-6)):
        images = RNG.uniform(-1, 1, shape).astype(dtype)
        again = jax.jit(lambda images: from_laplacian_pyramid(laplacian_pyramid(images, num_levels)))(images)
        np.testing.assert_allclose(again, images, atol=error, rtol=0)
        assert again.dtype == dtype


@pytest.mark.parametrize(
    ("shape", "num_levels"), [((2, 8, 8, 1), 3), ((2, 6, 6, 1), 3), ((8, 8, 1), 2), ((2, 8, 8, 1), 0)]
)
def test_images_without_such_a_pyramid_are_refused(shape, num_levels):
    with pytest.raises(ValueError, match="with height and width multiples of"):
        laplacian_pyramid(np.zeros(shape), num_levels)
