import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist
from scipy.stats import binom
from sklearn.metrics.pairwise import polynomial_kernel as sklearn_polynomial
from sklearn.metrics.pairwise import rbf_kernel

from gangame.metrics import gaussian_kernel, kid, median_distance, mmd, mmd_test, polynomial_kernel

KEY = jax.random.key(0)
RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal(size=(30, 4)), RNG.normal(size=(20, 4)) + 0.5
KERNELS = {
    "polynomial": (polynomial_kernel, lambda x, y: sklearn_polynomial(x, y, degree=3, gamma=1 / 4, coef0=1)),
    "gaussian": (gaussian_kernel(1.7), lambda x, y: rbf_kernel(x, y, gamma=1 / (2 * 1.7**2))),
}


def reference(real, fake, kernel):
    """The U-statistic, as the paper writes it."""
    n, m = len(real), len(fake)
    within = [
        sum(kernel(s[i : i + 1], s[j : j + 1])[0, 0] for i in range(len(s)) for j in range(len(s)) if i != j)
        for s in (real, fake)
    ]
    return within[0] / (n * (n - 1)) + within[1] / (m * (m - 1)) - 2 * kernel(real, fake).mean()


@pytest.mark.parametrize("name", KERNELS)
def test_mmd_is_the_unbiased_statistic(name):
    ours, theirs = KERNELS[name]
    value = jax.jit(mmd)(REAL, FAKE, jax.tree_util.Partial(ours))
    assert value == pytest.approx(reference(REAL, FAKE, theirs), rel=1e-9)


def test_the_median_distance_is_over_all_pairs():
    assert median_distance(REAL, FAKE) == pytest.approx(np.median(pdist(np.concatenate([REAL, FAKE]))), rel=1e-12)


def test_kid_averages_mmd_over_subsets():
    whole = kid(REAL[:20], FAKE, KEY, num_subsets=3, subset_size=20)  # the subsets are the sets
    assert whole["mean"] == pytest.approx(reference(REAL[:20], FAKE, KERNELS["polynomial"][1]), rel=1e-9)
    assert whole["std"] == pytest.approx(0, abs=1e-12)


def test_kid_is_unbiased_at_any_size():
    """For N(0, 1) against N(s, 1) the moments are known: E k(x, y) = Σ binomial · E xⁱ E yⁱ."""
    shift = 0.5
    moments = np.array([1, shift, 1 + shift**2, 3 * shift + shift**3])
    standard, weights = np.array([1, 0, 1, 0]), np.array([1, 3, 3, 1])
    exact = weights @ (standard**2 + moments**2 - 2 * standard * moments)

    def one(key):
        key_real, key_fake, key_kid = jax.random.split(key, 3)
        real, fake = jax.random.normal(key_real, (12, 1)), shift + jax.random.normal(key_fake, (12, 1))
        return kid(real, fake, key_kid, num_subsets=4, subset_size=6)["mean"]

    values = np.asarray(jax.jit(jax.vmap(one))(jax.random.split(KEY, 400)))
    assert np.mean(values) == pytest.approx(exact, abs=3 * np.std(values) / np.sqrt(len(values)))


def test_the_permutation_test_has_its_size_and_power():
    def p_value(shift, key):
        key_real, key_fake, key_test = jax.random.split(key, 3)
        real, fake = jax.random.normal(key_real, (20, 2)), shift + jax.random.normal(key_fake, (20, 2))
        kernel = gaussian_kernel(median_distance(real, fake))
        return mmd_test(real, fake, key_test, kernel=kernel, num_permutations=39)["p_value"]

    repetitions = 400
    repeated = jax.jit(jax.vmap(p_value))
    p_values = repeated(jnp.array([0.0, 1.0]).repeat(repetitions), jax.random.split(KEY, 2 * repetitions))
    p_values = np.asarray(p_values).reshape(2, repetitions)
    # 5 % is a multiple of 1/40, so the size is exact; all but one in a thousand experiments lie within these bounds.
    for level in (0.05, 0.25, 0.5):
        low, high = binom.ppf([0.0005, 0.9995], repetitions, level)
        assert low <= np.sum(p_values[0] <= level + 1e-9) <= high
    assert np.mean(p_values[1] <= 0.05) > 0.9


def test_what_is_not_finite_has_no_p_value():
    bad = np.where(REAL > 2, np.nan, REAL)
    assert np.isnan(mmd_test(bad, FAKE, KEY, num_permutations=9)["p_value"])


def test_copies_are_alike_to_the_gaussian_kernel():
    points = (1000 + RNG.normal(size=(5, 3))).astype(np.float32)  # far from the origin, where cancellation is
    gram = gaussian_kernel(jnp.float32(1.0))(points, points)
    np.testing.assert_array_equal(np.diag(gram), 1)
    np.testing.assert_allclose(gram, np.exp(-(cdist(points, points) ** 2) / 2), atol=1e-5)
