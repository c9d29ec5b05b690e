import jax
import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.special import gamma
from scipy.stats import wasserstein_distance

from gangame.metrics import (
    pairwise_distance_gap,
    patch_wasserstein,
    sliced_wasserstein,
    wasserstein_1d,
)

KEY = jax.random.key(0)
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("sizes", [(30, 30), (30, 17), (1, 5)])
def test_on_the_line_it_is_that_of_scipy(sizes):
    x, y = (np.round(RNG.normal(size=size), 1) for size in sizes)  # with ties
    assert jax.jit(wasserstein_1d)(x, y + 0.3) == pytest.approx(wasserstein_distance(x, y + 0.3), rel=1e-12)


def test_slices_of_a_shifted_set_are_shifted_by_its_component():
    """E |⟨u, m⟩| over the sphere is ‖m‖ Γ(d/2)/(√π Γ((d+1)/2))."""
    features, shift = 5, np.arange(5.0)
    real = RNG.normal(size=(40, features))
    sliced = jax.jit(lambda x, y: sliced_wasserstein(x, y, KEY, num_projections=1000))
    exact = np.linalg.norm(shift) * gamma(features / 2) / (np.sqrt(np.pi) * gamma((features + 1) / 2))
    # ⟨u, m⟩² has the mean ‖m‖²/d, which gives the variance.
    error = np.sqrt((shift @ shift / features - exact**2) / 1000)
    assert sliced(real, RNG.permutation(real) + shift) == pytest.approx(exact, abs=3 * error)
    assert sliced(real, RNG.permutation(real)) == pytest.approx(0, abs=1e-12)


def test_pairwise_distances_are_those_of_scipy():
    real, fake = RNG.normal(size=(20, 3)), 0.5 * RNG.normal(size=(15, 3))
    found = jax.jit(pairwise_distance_gap)(real, fake)
    assert found["wasserstein"] == pytest.approx(wasserstein_distance(pdist(real), pdist(fake)), rel=1e-9)
    assert found["ratio"] == pytest.approx(pdist(fake).mean() / pdist(real).mean(), rel=1e-9)


def test_patches_tell_on_which_level_detail_is_missing():
    real, other = RNG.normal(size=(2, 240, 16, 16, 2))
    coarse = other.reshape(240, 8, 2, 8, 2, 2).mean(axis=(2, 4)).repeat(2, axis=1).repeat(2, axis=2)
    distance = jax.jit(lambda x, y: patch_wasserstein(x, y, KEY, coarsest=8, patch=3, per_image=16, num_projections=16))
    floor, blurred = distance(real, other), distance(real, coarse)
    assert floor.shape == (2,)
    assert blurred[0] > 2 * floor[0]
    np.testing.assert_allclose(distance(5 + 3 * real, other), floor, rtol=1e-9)  # normalised for each channel


def test_whole_images_as_patches_are_slices_of_normalised_images():
    real, fake = RNG.normal(size=(2, 20, 6, 6, 1)) * np.arange(1, 7)[:, None, None]
    normal = [((x - x.mean()) / x.std()).reshape(20, 36) for x in (real, fake)]
    key = jax.random.split(jax.random.fold_in(KEY, 0), 3)[2]
    found = patch_wasserstein(real, fake, KEY, coarsest=6, patch=6, per_image=1, num_projections=50)
    directions = np.array(jax.random.normal(key, (50, 36)))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    expected = np.mean([wasserstein_distance(*(x @ u for x in normal)) for u in directions])
    np.testing.assert_allclose(found, [1000 * expected], rtol=1e-9)
