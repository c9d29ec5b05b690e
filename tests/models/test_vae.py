"""The variational autoencoder: its bounds below the likelihood that quadrature knows."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import models

KEY = jax.random.key(0)
SIZE = 3
NUM_WEIGHTS = 6000


@pytest.fixture(scope="module")
def found(everything, drawn):
    """For all binary vectors: log weights `[draws, 8]`, log p(x) and the KL of q from p(z|x) by quadrature."""
    networks = models.autoencoder(SIZE, latent_dim=1, hidden=(4,), activation="tanh")
    model = models.vae(SIZE, latent_dim=1, hidden=(4,), activation="tanh", num_draws=1000)
    parameters, points = drawn(model.init, 0.5), jnp.asarray(everything(SIZE))
    line = np.linspace(-12, 12, 4001)

    @jax.jit
    def run(parameters):
        weights = jax.vmap(lambda key: networks.log_weights(parameters, points, key))(
            jax.random.split(KEY, NUM_WEIGHTS)
        )
        logits = networks.decoder.apply(parameters["decoder"], jnp.asarray(line)[:, None])
        about = networks.encoder.apply(parameters["encoder"], points)
        return (
            weights, logits, about, model.log_likelihood(parameters, points, KEY),
            -model.loss(parameters, jnp.repeat(points, 500, axis=0), KEY), model.sample(parameters, KEY, 4000),
        )  # fmt: skip

    weights, logits, about, bound, mean_bound, samples = map(np.asarray, run(parameters))
    x = np.asarray(points)
    joint = -np.sum(np.log1p(np.exp(np.where(x[:, None] > 0, -logits, logits))), axis=-1)
    joint += -(line**2) / 2 - np.log(2 * np.pi) / 2
    exact = np.log(np.trapezoid(np.exp(joint), line, axis=1))
    mean, log_variance = about.T
    log_q = -((line - mean[:, None]) ** 2) / np.exp(log_variance[:, None]) / 2
    log_q -= log_variance[:, None] / 2 + np.log(2 * np.pi) / 2
    gap = np.trapezoid(np.exp(log_q) * (log_q - joint + exact[:, None]), line, axis=1)
    return {
        "weights": weights, "exact": exact, "gap": gap, "bound": bound, "mean_bound": mean_bound, "samples": samples
    }  # fmt: skip


def test_the_gap_of_the_evidence_bound_is_the_divergence_of_the_encoder_from_the_posterior(found):
    bound, error = found["weights"].mean(axis=0), found["weights"].std(axis=0) / np.sqrt(NUM_WEIGHTS)
    np.testing.assert_array_less(np.abs(found["exact"] - bound - found["gap"]), 4 * error)
    assert found["gap"].max() > 0.1
    assert found["mean_bound"] == pytest.approx(np.mean(found["exact"] - found["gap"]), abs=0.05)


def test_more_draws_tighten_the_bound_which_stays_below(found):
    def bound(draws):
        groups = np.exp(found["weights"]).reshape(-1, draws, found["weights"].shape[1])
        values = np.log(groups.mean(axis=1))
        return values.mean(axis=0), values.std(axis=0) / np.sqrt(len(values))

    below = bound(1)
    for above in (bound(5), bound(50), (found["exact"], 0.0)):
        np.testing.assert_array_less(below[0], above[0] + 3 * np.hypot(below[1], above[1]))
        assert np.mean(above[0] - below[0]) > 0
        below = above
    np.testing.assert_allclose(found["bound"], found["exact"], atol=0.15)


def test_vectors_are_drawn_as_often_as_their_probability_says(found, draws_as_often):
    assert np.exp(found["exact"]).sum() == pytest.approx(1, abs=1e-6)
    draws_as_often(found["samples"], np.exp(found["exact"]))
