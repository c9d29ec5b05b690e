import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import kstest, multivariate_normal
from sklearn.neighbors import KernelDensity

from gangame.metrics import (
    annealed_importance_sampling,
    bidirectional_bounds,
    flip_log_probability,
    flip_window,
    parzen_log_density,
    parzen_window,
    sigmoid_schedule,
)
from gangame.metrics.hamiltonian_monte_carlo import hamiltonian_move

KEY = jax.random.key(0)
RNG = np.random.default_rng(0)


def test_a_parzen_window_is_that_of_scikit_learn():
    samples, queries = RNG.normal(size=(50, 3)), RNG.normal(size=(20, 3))
    theirs = KernelDensity(bandwidth=0.4).fit(samples).score_samples(queries)
    np.testing.assert_allclose(jax.jit(parzen_log_density)(queries, samples, 0.4), theirs, rtol=1e-9)


def test_the_width_is_chosen_by_validation_and_the_rest_is_the_test():
    samples, validation, test = RNG.normal(size=(3, 60, 2))
    widths = np.array([0.01, 0.5, 5.0])
    found = jax.jit(parzen_window)(samples, validation, test, widths)
    scores = [KernelDensity(bandwidth=width).fit(samples).score(validation) for width in widths]
    best = KernelDensity(bandwidth=widths[np.argmax(scores)]).fit(samples).score_samples(test)
    assert found["bandwidth"] == widths[np.argmax(scores)] == 0.5
    assert found["log_likelihood"] == pytest.approx(best.mean(), rel=1e-9)
    assert found["error"] == pytest.approx(best.std(ddof=1) / np.sqrt(60), rel=1e-9)


def test_flipped_samples_are_a_distribution_and_few_of_them_bound_its_likelihood():
    """NumPy: q(x) of all 2⁴ vectors; with 20 samples in place of the model its logarithm is smaller on average."""
    everything = np.indices((2,) * 4).reshape(4, -1).T.astype(float)
    probabilities = RNG.dirichlet(np.ones(16))
    drawn = RNG.choice(16, size=(200, 20), p=probabilities)
    apart = np.abs(everything[:, None] - everything).sum(axis=-1)
    shares = np.array([0.02, 0.2])
    kernels = shares[:, None, None] ** apart * (1 - shares[:, None, None]) ** (4 - apart)

    @jax.jit
    def run(sets):
        def of_sets(share):
            return jax.lax.map(lambda each: flip_log_probability(everything, each, share), sets)

        return jax.lax.map(of_sets, shares), flip_window(sets[0], everything[:3], everything[3:], shares)

    found, window = run(everything[drawn])
    first = np.log(kernels[:, :, drawn[0]].mean(axis=2))
    np.testing.assert_allclose(found[:, 0], first, atol=1e-10)
    np.testing.assert_allclose(np.exp(found).sum(axis=2), 1, atol=1e-10)
    assert np.all(np.mean(found, axis=1) < np.log(kernels @ probabilities))
    best = np.argmax(first[:, :3].mean(axis=1))
    assert float(window["share"]) == shares[best]
    assert float(window["log_likelihood"]) == pytest.approx(first[best, 3:].mean(), abs=1e-10)


@pytest.mark.parametrize("shares", [[0.1, 0.0], [1.0], [np.nan]])
def test_shares_of_flips_that_leave_no_doubt_are_refused(shares):
    bits = np.eye(2)
    with pytest.raises(ValueError, match=r"A share of flips is (0|1|nan); it has to be above 0 and below 1"):
        flip_window(bits, bits, bits, shares)
    with pytest.raises(ValueError, match="it has to be above 0 and below 1"):
        flip_log_probability(bits, bits, shares[-1])


WEIGHTS, NOISE = RNG.normal(size=(4, 2)), 0.5
COVARIANCE = WEIGHTS @ WEIGHTS.T + NOISE**2 * np.eye(4)


def log_likelihood(image, latents):
    """log p(x|z) of a linear decoder with Gaussian noise, whose log p(x) is known."""
    return jnp.sum(jax.scipy.stats.norm.logpdf(image, jnp.asarray(WEIGHTS) @ latents, NOISE))


def exact(images):
    return multivariate_normal(np.zeros(4), COVARIANCE).logpdf(images)


def simulated(number):
    latents = RNG.normal(size=(number, 2))
    return latents, latents @ WEIGHTS.T + NOISE * RNG.normal(size=(number, 4))


def test_annealing_finds_the_evidence_of_a_linear_decoder_and_its_weights_are_unbiased():
    _, (image,) = simulated(1)

    def run(num_steps, num_chains):
        return annealed_importance_sampling(
            lambda z: log_likelihood(image, z), 2, KEY, num_steps=num_steps, num_chains=num_chains
        )

    long = jax.jit(run, static_argnums=(0, 1))(300, 16)
    short = jax.jit(run, static_argnums=(0, 1))(6, 5000)
    # Weights are exact in the mean for every schedule; a short one is far below on average.
    for found, spread in ((long, 0.5), (short, 2.0)):
        weights = np.exp(np.asarray(found["log_weights"]) - exact(image))
        assert np.mean(weights) == pytest.approx(1, abs=3 * np.std(weights) / np.sqrt(len(weights)))
        assert np.std(weights) < spread
        assert found["log_evidence"] == pytest.approx(exact(image) + np.log(np.mean(weights)), abs=1e-9)
    assert np.mean(short["log_weights"]) < exact(image) - 0.2
    assert long["acceptance"] == pytest.approx(0.65, abs=0.1)


def test_the_bounds_hold_on_average_and_meet():
    latents, images = simulated(100)

    @jax.jit
    def bounds(image, latents, key):
        return [
            bidirectional_bounds(lambda z: log_likelihood(image, z), latents, key, num_steps=steps, num_chains=2)
            for steps in (5, 100)
        ]

    found = jax.vmap(bounds)(images, latents, jax.random.split(KEY, 100))
    gaps = []
    for each in found:
        below, above = exact(images) - each["lower"], each["upper"] - exact(images)
        for slack in (below, above):
            assert np.mean(slack) > -3 * np.std(slack) / 10
        gaps.append(np.mean(below + above))
    assert gaps[0] > 0.3
    assert gaps[1] < 0.1 * gaps[0]


def test_the_schedule_goes_from_zero_to_one_and_is_slow_at_both_ends():
    betas = np.asarray(sigmoid_schedule(10))
    curve = 1 / (1 + np.exp(-4 * np.linspace(-1, 1, 11)))
    np.testing.assert_allclose(betas, (curve - curve[0]) / (curve[-1] - curve[0]), atol=1e-12)
    np.testing.assert_allclose(betas + betas[::-1], 1, atol=1e-12)


def test_a_move_keeps_its_density_and_refuses_what_is_not_finite():
    scales = np.array([1.0, 0.3])
    start = RNG.normal(size=(2000, 2)) * scales
    keys = jax.random.split(KEY, 2000)

    @jax.jit
    def move(start, step_size):
        return jax.vmap(
            lambda position, key: hamiltonian_move(
                lambda point: -jnp.sum((point / jnp.asarray(scales)) ** 2) / 2, position, step_size, key, 5
            )
        )(start, keys)

    moved, accepted = move(start, 0.4)
    assert 0.5 < np.mean(accepted) < 0.95  # a step so large that acceptance matters
    for column, scale in zip(np.asarray(moved).T, scales, strict=True):
        assert kstest(column / scale, "norm").pvalue > 0.001
    stuck, refused = move(start, 1e200)
    np.testing.assert_array_equal(stuck, start)
    assert np.max(refused) == 0
