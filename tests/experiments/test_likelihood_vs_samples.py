import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from gangame.lab import experiment

RNG = np.random.default_rng(0)


def test_the_models_have_the_densities_that_they_say(script):
    centers, train = jnp.asarray(RNG.uniform(-1, 1, (8, 3))), jnp.asarray(RNG.uniform(-1, 1, (40, 3)))
    points = RNG.uniform(-1, 1, (5, 3))
    found = {
        name: np.asarray(model.log_density(jnp.asarray(points)))
        for name, model in script.models_of(script.equal(centers, 0.1), train).items()
    }

    def around(centers, std):
        each = [multivariate_normal(center, std**2 * np.eye(3)).logpdf(points) for center in np.asarray(centers)]
        return logsumexp(each, axis=0) - np.log(len(each))

    wide = multivariate_normal(np.mean(train, axis=0), 4 * np.var(train) * np.eye(3)).logpdf(points)
    covariance = np.cov(np.asarray(centers).T, bias=True) + 0.01 * np.eye(3)
    expected = {
        "data": around(centers, 0.1),
        "noise": logsumexp([around(centers, 0.1) + np.log(0.01), wide + np.log(0.99)], axis=0),
        "one mode": around(centers[:1], 0.1),
        "lookup table": around(train, 0.1 / 20),
        "one Gaussian": multivariate_normal(np.mean(centers, axis=0), covariance).logpdf(points),
        "centres": around(centers, 0.1 / 20),
    }
    assert set(found) == set(expected) == set(script.MODELS)
    for name, each in expected.items():
        np.testing.assert_allclose(found[name], each, rtol=1e-10, err_msg=name)
    assert np.all(found["noise"] >= found["data"] - np.log(100))


def test_the_decoder_is_the_one_of_the_largest_likelihood(script):
    images = jnp.asarray(RNG.standard_normal((200, 5)) @ RNG.standard_normal((5, 5)))
    decoder = script.fitted(images, 2)
    exact = decoder.model().log_density
    at_best = np.mean(exact(images))
    covariance = np.asarray(decoder.matrix @ decoder.matrix.T + decoder.sigma**2 * jnp.eye(5))
    assert np.trace(covariance) == pytest.approx(np.trace(np.cov(np.asarray(images).T, bias=True)), rel=1e-10)
    slopes = jax.grad(lambda own: jnp.mean(own.model().log_density(images)))(decoder)
    for slope in slopes:
        np.testing.assert_allclose(slope, 0, atol=1e-10)
    assert np.mean(decoder._replace(sigma=decoder.sigma / 4).model().log_density(images)) < at_best
    # log p(x|z) and the prior make up the joint density, whose marginal is the exact one: at any z, by Bayes' rule
    z, x = jnp.asarray(RNG.standard_normal(2)), images[0]
    inverse = jnp.linalg.inv(decoder.matrix.T @ decoder.matrix / decoder.sigma**2 + jnp.eye(2))
    mean = inverse @ decoder.matrix.T @ (x - decoder.mean) / decoder.sigma**2
    log_posterior = multivariate_normal(mean, inverse).logpdf(z)
    log_prior = multivariate_normal(np.zeros(2), np.eye(2)).logpdf(z)
    assert decoder.conditional(x)(z) + log_prior - log_posterior == pytest.approx(float(exact(x[None])[0]), rel=1e-10)


def test_the_orders_differ_and_the_files_say_so(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)], x64=True)
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    table = measured["mixtures_nats_and_shares"]["32 dimensions"]
    data, noise, centres = (table[name] for name in ("data", "noise", "centres"))
    assert data["log_likelihood"][0] - np.log(100) <= noise["log_likelihood"][0] < data["log_likelihood"][0]
    assert noise["good"][0] < 0.1
    assert data["good"][0] > 0.9
    assert centres["good"][0] == 1
    assert centres["parzen"][0] > data["parzen"][0] > noise["parzen"][0]
    assert centres["log_likelihood"][0] < noise["log_likelihood"][0] - 1000
    for decoder in measured["digits_nats"].values():
        assert abs(decoder["annealed_minus_exact"][0]) < 4  # a hundred temperatures
        assert abs(decoder["parzen"] - decoder["exact"][0]) > 8
    assert (tmp_path / "likelihoods.png").exists()


@pytest.mark.parametrize("settings", [{"dimensions": (1,)}, {"decoders": (64,)}, {"num_seeds": 1}, {"num_steps": 0}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
