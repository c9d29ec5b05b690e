import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist
from scipy.stats import binom

from gangame.data import images
from gangame.metrics import birthday_test, duplicate_threshold, memorisation, one_pixel_control, shifted

RNG = np.random.default_rng(0)
memorisation = jax.jit(memorisation)


def test_it_is_what_brute_force_finds():
    samples, train, test = RNG.normal(size=(3, 40, 3))
    to_train, to_test = cdist(samples, train), cdist(samples, test)
    own = (cdist(train, train) + np.diag(np.full(40, np.inf))).min(axis=1)
    found = memorisation(samples, train, test)
    assert found["gap"] == pytest.approx(to_train.min(axis=1).mean() / cdist(test, train).min(axis=1).mean(), rel=1e-9)
    closer, authentic = to_train.min(axis=1) < to_test.min(axis=1), to_train.min(axis=1) > own[to_train.argmin(axis=1)]
    assert found["closer_to_train"] == pytest.approx(closer.mean(), rel=1e-12)
    assert found["authenticity"] == pytest.approx(authentic.mean(), rel=1e-12)
    ratio = np.quantile(to_train.min(axis=1) / to_test.min(axis=1), [0.05, 0.25, 0.5, 0.75, 0.95])
    np.testing.assert_allclose(found["ratio"], ratio, rtol=1e-9)


def test_pixels_cannot_see_that_a_digit_was_moved_and_other_features_can():
    digits = images("digits").train
    train, test = digits.scaled(digits.pixels)[RNG.permutation(1400)[:800]].reshape(2, 400, 64)

    def spectrum(images):
        """The sizes of the Fourier coefficients within a wide frame do not change with a shift."""
        framed = jnp.pad(images.reshape(-1, 8, 8) + 1, ((0, 0), (4, 4), (4, 4)))
        return jnp.abs(jnp.fft.rfft2(framed)).reshape(len(images), -1)

    control = jax.jit(one_pixel_control, static_argnames=("shape", "features"))
    seen = control(train, test, shape=(8, 8))
    assert seen["copies"]["gap"] == seen["copies"]["authenticity"] == 0
    assert seen["fresh"]["gap"] == pytest.approx(1, abs=0.05)
    assert seen["shifted"]["gap"] > 1  # as far away as if nothing had been copied
    by_spectrum = control(train, test, shape=(8, 8), features=spectrum)
    assert by_spectrum["shifted"]["gap"] < 0.5 < by_spectrum["fresh"]["gap"]
    back = shifted(shifted(train, (8, 8), down=2), (8, 8), down=-2)
    np.testing.assert_array_equal(back[:, :48], train[:, :48])


def test_the_birthday_test_counts_the_images_of_a_generator():
    number, size, batches = 64, 10, 400
    test = jax.jit(lambda samples: birthday_test(samples, batch_size=size, threshold=0.1))
    modes = RNG.normal(size=(number, 3))
    drawn = RNG.integers(0, number, (batches, size))
    found = test(modes[drawn].reshape(-1, 3))
    assert found["num_batches"] == batches
    assert found["duplicates"] == pytest.approx(np.mean([len(set(batch)) < size for batch in drawn]), rel=1e-12)
    exact = 1 - np.prod(1 - np.arange(size) / number)
    low, high = binom.ppf([0.001, 0.999], batches, exact)
    assert low <= batches * found["duplicates"] <= high
    pairs, alike = batches * 45, sum((pdist(batch[:, None]) == 0).sum() for batch in drawn)
    assert found["support"] == pytest.approx(pairs / alike, rel=1e-12)
    # Any two pairs are independent, so their number has the variance of a binomial one.
    assert alike == pytest.approx(pairs / number, abs=3.3 * np.sqrt(pairs / number))

    uneven = np.array([0.5] + [0.5 / (number - 1)] * (number - 1))
    drawn = RNG.choice(number, (batches, size), p=uneven)
    assert test(modes[drawn].reshape(-1, 3))["support"] == pytest.approx(1 / np.sum(uneven**2), rel=0.2)
    assert test(RNG.normal(size=(batches * size, 3)) * 1e6)["support"] == np.inf
    assert np.isnan(test(np.full((batches * size, 3), np.nan))["support"])


def test_the_threshold_is_a_quantile_of_what_a_change_moves():
    images = RNG.normal(size=(100, 4))
    moved = images + RNG.normal(size=(100, 4)) / 10
    threshold = duplicate_threshold(images, moved, share=0.9)
    assert threshold == pytest.approx(np.quantile(np.linalg.norm(moved - images, axis=1), 0.9), rel=1e-12)
