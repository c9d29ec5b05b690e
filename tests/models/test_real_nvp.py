"""RealNVP: inverse, determinant, and its probabilities of bits by quadrature."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import models

KEY = jax.random.key(0)
RNG = np.random.default_rng(0)


def test_the_flow_is_undone_and_its_determinant_is_that_of_the_dense_jacobian(drawn):
    flow = models.coupling_flow(5, num_layers=3, hidden=(6,))
    parameters, points = drawn(flow.init), jnp.asarray(RNG.normal(size=(4, 5)))

    @jax.jit
    def both(parameters, points):
        latents, log_determinant = flow.forward(parameters, points)
        jacobians = jax.vmap(jax.jacobian(lambda x: flow.forward(parameters, x[None])[0][0]))(points)
        return latents, log_determinant, jacobians, flow.inverse(parameters, latents)

    _, log_determinant, jacobians, back = both(parameters, points)
    np.testing.assert_allclose(back, points, atol=1e-10)
    np.testing.assert_allclose(log_determinant, np.linalg.slogdet(jacobians)[1], atol=1e-10)
    assert np.all((np.abs(jacobians) > 1e-12).mean(axis=(1, 2)) > 0.6)  # each number comes to depend on the others


def test_the_density_is_one_over_the_plane_and_bits_have_the_probability_of_their_quadrant(drawn, draws_as_often):
    """Quadrature of log p(logits): the bound is below log P and comes near, and samples are as often as P says."""
    width = 0.06
    line = np.arange(-12 + width / 2, 12, width)
    grid = jnp.asarray(np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2))
    flow = models.coupling_flow(2, num_layers=2, hidden=(4,))
    few, many = (models.real_nvp(2, num_layers=2, hidden=(4,), num_draws=draws) for draws in (1, 2000))
    parameters, points = drawn(flow.init, 0.5), jnp.asarray([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])

    @jax.jit
    def all_of_it(parameters):
        density = jnp.exp(flow.log_density(parameters, grid))
        one = jax.vmap(lambda key: few.log_likelihood(parameters, points, key))(jax.random.split(KEY, 2000))
        return density, one, many.log_likelihood(parameters, points, KEY), many.sample(parameters, KEY, 4000)

    density, one, found, samples = all_of_it(parameters)
    inside = np.asarray(grid) > 0
    quadrants = [np.sum(np.asarray(density)[(inside == point).all(axis=1)]) * width**2 for point in np.asarray(points)]
    assert np.sum(quadrants) == pytest.approx(1, abs=1e-3)  # kinks of ReLU within the cells of the grid
    draws_as_often(samples, quadrants)
    weights = np.exp(np.asarray(one))  # unbiased for P, so their logarithm is a bound
    error = weights.std(axis=0) / np.sqrt(len(weights))
    np.testing.assert_array_less(np.abs(weights.mean(axis=0) - quadrants), 4 * error + 1e-3)
    np.testing.assert_array_less(np.asarray(one).mean(axis=0), np.log(quadrants))
    np.testing.assert_array_less(np.abs(found - np.log(quadrants)), 4 * error / quadrants + 2e-3)


def test_one_number_has_nothing_to_be_scaled_by():
    with pytest.raises(ValueError, match="size is 1; it has to be 2 or more"):
        models.coupling_flow(1)
    with pytest.raises(ValueError, match="num_pixels is 1; it has to be a whole number, 2 or more"):
        models.real_nvp(1)
