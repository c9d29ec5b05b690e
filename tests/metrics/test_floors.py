import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import binom
from scipy.stats import t as student

from gangame.metrics import density_coverage, fid, gan_test, nearest_classes, with_floor

KEY = jax.random.key(0)


def measured(metric, shift, key, number=100, num_splits=40):
    key_real, key_fake, key_split = jax.random.split(key, 3)
    real, fake = (jax.random.normal(each, (number, 2)) for each in (key_real, key_fake))
    return with_floor(metric, real, fake + shift, key_split, num_splits=num_splits)


def test_the_interval_covers_the_expectation_as_often_as_it_says():
    """The squared distance of two means of n samples has the expectation ‖shift‖² + 2 · features/n."""
    repetitions, number = 300, 100

    def squared_shift(real, fake):
        return jnp.sum((jnp.mean(real, axis=0) - jnp.mean(fake, axis=0)) ** 2)

    found = jax.jit(jax.vmap(lambda key: measured(squared_shift, 1.0, key, number)))(jax.random.split(KEY, repetitions))
    expectation = 2 + 2 * 2 / number
    covered = int(np.sum((found["low"] <= expectation) & (expectation <= found["high"])))
    # With 40 halves the standard error is known to 11 %, which lets the interval miss a little more often than it says.
    actual = 2 * student.cdf(1.96, 39) - 1
    low, high = binom.ppf([0.001, 0.999], repetitions, actual)
    assert low <= covered <= high


def test_a_perfect_generator_is_at_the_floor_and_a_collapsed_one_is_not():
    def metric(real, fake):
        return {"fid": fid(real, fake), "coverage": density_coverage(real, fake, k=3)["coverage"]}

    same, moved = (jax.jit(lambda key, shift=shift: measured(metric, shift, key, 200))(KEY) for shift in (0.0, 3.0))
    assert set(same["floor"]) == {"fid", "coverage"}
    for name in ("fid", "coverage"):
        assert same["floor_low"][name] < same["floor"][name] < same["floor_high"][name]
        assert same["floor_low"][name] < same["at_half"][name] < same["floor_high"][name]
        assert same["floor"][name] == pytest.approx(float(moved["floor"][name]), rel=1e-9)  # of the same real set
    assert moved["at_half"]["fid"] > moved["low"]["fid"] > moved["floor_high"]["fid"]
    assert moved["high"]["coverage"] < moved["floor_low"]["coverage"]


def test_sets_with_labels_are_halved_together():
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    real = jnp.asarray(5.0 * labels[:, None] + rng.normal(size=(40, 2)))

    def metric(real, fake):
        return gan_test(*real, *fake, KEY, num_classes=2)["accuracy"]

    found = with_floor(metric, (real, labels), (real[:30] + 0.1, labels[:30]), KEY, num_splits=5)
    assert found["value"] == found["at_half"] == found["floor"] == 1


def test_counts_have_floors_and_intervals_too():
    points = jax.random.normal(KEY, (40, 2))
    labels = jnp.arange(40) % 4
    found = with_floor(lambda real, fake: nearest_classes(fake, points, labels, 4), points, points, KEY, num_splits=5)
    assert found["value"]["classes"] == 4
    assert found["low"]["classes"] <= 4 <= found["high"]["classes"]
    assert 1 <= found["floor"]["classes"] <= 4
