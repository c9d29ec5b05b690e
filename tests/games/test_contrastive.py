"""One value function, played as NCE and as maximum likelihood; expectations by quadrature or over any points."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.games.costs import noise_contrastive, self_contrastive

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(40)
WEIGHTS = jnp.asarray(WEIGHTS / WEIGHTS.sum())
MODEL = {"mean": jnp.array(0.7), "log_sd": jnp.array(-0.3)}


def log_normal(parameters, x):
    z = (x - parameters["mean"]) * jnp.exp(-parameters["log_sd"])
    return -(z**2) / 2 - parameters["log_sd"] - jnp.log(2 * jnp.pi) / 2


def test_with_a_copy_as_noise_the_gradient_is_half_of_that_of_the_log_likelihood():
    real, samples = -0.4 + 1.3 * NODES, MODEL["mean"] + jnp.exp(MODEL["log_sd"]) * NODES

    def value(parameters):
        each = jax.vmap(lambda x, y: self_contrastive(log_normal, parameters, x[None], y[None]))
        return jnp.sum(WEIGHTS * each(jnp.asarray(real), samples))

    def log_likelihood(parameters):
        return jnp.sum(WEIGHTS * log_normal(parameters, jnp.asarray(real)))

    worth, slope = jax.value_and_grad(value)(MODEL)
    assert worth == pytest.approx(-np.log(4), rel=1e-14)
    for name, other in jax.grad(log_likelihood)(MODEL).items():
        assert abs(other) > 0.1
        assert slope[name] == pytest.approx(float(other) / 2, rel=1e-12)


def test_noise_contrastive_estimation_is_the_formula_and_knows_the_constant():
    real, noise = (jnp.asarray(each) for each in np.random.default_rng(0).standard_normal((2, 30)))

    def unnormalised(constant, x):
        return log_normal(MODEL, x) + constant

    def log_noise(x):
        return -(x**2) / 2 - jnp.log(2 * jnp.pi) / 2

    odds = [np.exp(log_normal(MODEL, x) + 0.4 - log_noise(x)) for x in (real, noise)]
    expected = np.mean(np.log(odds[0] / (1 + odds[0]))) + np.mean(np.log(1 / (1 + odds[1])))
    assert noise_contrastive(unnormalised, log_noise, 0.4, real, noise) == pytest.approx(expected, rel=1e-13)

    def value(constant):  # with data from the model itself; the best constant makes it integrate to 1
        each = jax.vmap(lambda x, y: noise_contrastive(unnormalised, log_noise, constant, x[None], y[None]))
        return jnp.sum(WEIGHTS * each(MODEL["mean"] + jnp.exp(MODEL["log_sd"]) * NODES, jnp.asarray(NODES)))

    # Gauss–Hermite with 40 nodes is exact to 1e-6 for these logistic functions, whose poles lie at about ±iπ.
    assert jax.grad(value)(0.0) == pytest.approx(0, abs=1e-6)
    assert abs(jax.grad(value)(0.5)) > 0.05
