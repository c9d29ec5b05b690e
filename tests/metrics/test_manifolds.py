import jax
import numpy as np
import pytest
from scipy.spatial.distance import cdist

from gangame.metrics import density_coverage, precision_recall

RNG = np.random.default_rng(0)
precision_recall = jax.jit(precision_recall, static_argnames="k")
density_coverage = jax.jit(density_coverage, static_argnames="k")


def radius(points, k):
    """Distance to the k-th nearest of the others."""
    return np.sort(cdist(points, points) + np.diag(np.full(len(points), np.inf)), axis=1)[:, k - 1]


@pytest.mark.parametrize("k", [1, 4])
def test_they_are_the_definitions_of_the_papers(k):
    real, fake = RNG.normal(size=(50, 3)), 0.7 * RNG.normal(size=(40, 3)) + 0.4
    between = cdist(real, fake)
    in_real, in_fake = between <= radius(real, k)[:, None], between <= radius(fake, k)
    one, other = precision_recall(real, fake, k=k), density_coverage(real, fake, k=k)
    assert one["precision"] == pytest.approx(in_real.any(axis=0).mean(), rel=1e-12)
    assert one["recall"] == pytest.approx(in_fake.any(axis=1).mean(), rel=1e-12)
    assert other["density"] == pytest.approx(in_real.sum() / (k * len(fake)), rel=1e-12)
    assert other["coverage"] == pytest.approx(in_real.any(axis=1).mean(), rel=1e-12)


@pytest.mark.parametrize("k", [3, 5])
def test_two_sets_of_one_distribution_have_the_values_that_counting_gives(k):
    number = 100

    def both(key):
        return density_coverage(*jax.random.normal(key, (2, number, 2)), k=k)

    found = jax.jit(jax.vmap(both))(jax.random.split(jax.random.key(0), 200))
    # No fake is in a ball if, in the order of distance, k real samples come before the first of the fakes.
    exact = 1 - np.prod([(number - i) / (2 * number - i) for i in range(1, k + 1)])
    assert exact == pytest.approx(1 - 0.5**k, abs=0.01)
    for name, expected in (("coverage", exact), ("density", 1)):
        error = float(np.std(found[name]) / np.sqrt(200))
        assert np.mean(found[name]) == pytest.approx(expected, abs=3 * error)


def test_lost_modes_cost_recall_and_invented_ones_precision():
    left, right = RNG.normal(size=(60, 2)) - 20, RNG.normal(size=(60, 2)) + 20
    both = np.concatenate([left, right])
    lost, invented = precision_recall(both, left, k=3), precision_recall(left, both, k=3)
    assert (lost["precision"], lost["recall"]) == (1, 0.5)
    assert (invented["precision"], invented["recall"]) == (0.5, 1)
    assert density_coverage(both, left, k=3)["coverage"] == 0.5


def test_a_set_covers_itself_whatever_the_order_and_nothing_covers_what_is_not_finite():
    real = (RNG.normal(size=(40, 3)) + 100).astype(np.float32)
    same = precision_recall(real, RNG.permutation(real), k=3)
    assert same["precision"] == same["recall"] == 1
    assert density_coverage(real, RNG.permutation(real), k=3)["coverage"] == 1
    twice = np.repeat(real[:10], 5, axis=0)  # radii of 0: only copies are within
    assert precision_recall(twice, real[:40], k=3)["precision"] == 0.25
    bad = np.where(np.arange(40)[:, None] == 3, np.nan, real)
    assert np.isnan(precision_recall(real, bad, k=3)["precision"])
    assert np.isnan(density_coverage(bad, real, k=3)["coverage"])
