import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.data import ring
from gangame.metrics import mode_coverage, nearest_classes


def test_samples_that_are_not_finite_have_no_shares():
    data = ring()
    bad = data(jax.random.key(0), 100).at[3, 1].set(jnp.nan)
    found = mode_coverage(bad, data.centers, data.std)
    assert np.isnan(found["high_quality"])
    assert np.isnan(found["reverse_kl"])
    assert mode_coverage(jnp.full((50, 2), jnp.inf), data.centers, data.std)["modes"] == 0
    classes = nearest_classes(bad, data.centers, jnp.arange(8), 8)
    assert classes["classes"] == 0
    assert np.isnan(classes["class_kl"])


def test_a_perfect_sampler_of_uneven_weights_has_no_divergence():
    data = ring(modes=3, weights=[0.7, 0.2, 0.1])
    samples = data(jax.random.key(1), 20_000)
    true = mode_coverage(samples, data.centers, data.std, weights=data.weights)["reverse_kl"]
    uniform = mode_coverage(samples, data.centers, data.std)["reverse_kl"]
    assert true < 10 * (3 - 1) / (2 * 20_000)  # its expectation is (m − 1)/2n
    exact = np.sum(np.array([0.7, 0.2, 0.1]) * np.log(3 * np.array([0.7, 0.2, 0.1])))
    assert uniform == pytest.approx(exact, abs=0.02)


def test_one_mode_alone_diverges_by_the_log_of_their_number():
    data = ring()
    found = mode_coverage(jnp.tile(data.centers[2], (100, 1)), data.centers, data.std)
    assert found["modes"] == 1
    assert found["high_quality"] == 1
    assert found["reverse_kl"] == pytest.approx(np.log(8))
    np.testing.assert_array_equal(found["mode_counts"], 100 * (np.arange(8) == 2))


def test_a_mode_needs_as_many_samples_as_asked_for():
    centers = jnp.array([[0.0, 0.0], [10.0, 0.0]])
    samples = jnp.concatenate([jnp.zeros((9, 2)), jnp.array([[10.0, 0.25]])])
    assert mode_coverage(samples, centers, jnp.array(0.1))["modes"] == 2
    assert mode_coverage(samples, centers, jnp.array(0.1), at_least=2)["modes"] == 1
    assert mode_coverage(samples, centers, jnp.array(0.1), within=2.0)["modes"] == 1
