import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import nets
from gangame.nets.spectral import largest_singular_value

RNG = np.random.default_rng(0)


def test_power_iteration_approaches_the_largest_singular_value_from_below_at_its_rate():
    U, _ = np.linalg.qr(RNG.standard_normal((5, 3)))
    V, _ = np.linalg.qr(RNG.standard_normal((3, 3)))
    matrix = jnp.asarray(U @ np.diag([3.0, 1.5, 0.2]) @ V)
    errors = [3 - largest_singular_value(matrix, n) for n in (4, 5, 6)]
    # Each iteration gains the factor (σ₂/σ₁)², squared once more since the value is a maximum.
    np.testing.assert_allclose(np.divide(errors[1:], errors[:-1]), 0.5**4, rtol=1e-3)
    assert min(errors) > 0


def test_the_derivative_is_the_one_of_the_singular_value():
    matrix = RNG.standard_normal((4, 3))
    left, _, right = np.linalg.svd(matrix)
    slope = jax.grad(largest_singular_value)(jnp.asarray(matrix), 100)
    np.testing.assert_allclose(slope, np.outer(left[:, 0], right[0]), atol=1e-10)


def test_a_normalised_network_has_slope_one_at_most_and_its_gradient_sees_no_scale():
    network = nets.mlp(3, (16,), 1, activation="leaky_relu", init="lecun", gain=4.0)
    normalised = nets.spectrally_normalised(network, 50)

    @jax.jit
    def measured(parameters, points):
        slopes = jax.vmap(jax.grad(lambda x: normalised.apply(parameters, x[None])[0, 0]))(points)
        loss = jax.grad(lambda parameters: jnp.sum(normalised.apply(parameters, points) ** 2))(parameters)
        plain = jax.vmap(jax.grad(lambda x: network.apply(parameters, x[None])[0, 0]))(points)
        return slopes, plain, loss, normalised.features(parameters, points), normalised.apply(parameters, points)

    parameters = jax.jit(network.init)(jax.random.key(0))
    points = jnp.asarray(RNG.standard_normal((2000, 3)) * 3)
    slopes, plain, loss, features, outputs = measured(parameters, points)
    assert np.linalg.norm(slopes, axis=1).max() <= 1 + 1e-3
    assert np.linalg.norm(plain, axis=1).max() > 2
    # A loss that does not change with the scale of a kernel has a gradient across the kernel.
    for name, layer in parameters.items():
        inner = jnp.sum(layer["kernel"] * loss[name]["kernel"])
        assert abs(inner) < 1e-3 * jnp.linalg.norm(layer["kernel"]) * jnp.linalg.norm(loss[name]["kernel"])
    last = parameters["Dense_1"]
    kernel = last["kernel"] / jnp.linalg.norm(last["kernel"])
    np.testing.assert_allclose(features @ kernel + last["bias"], outputs, atol=1e-12)


def test_a_kernel_of_zeros_stays_one_and_can_leave():
    line = nets.spectrally_normalised(nets.mlp(2, (), 1), 3)
    zero = {"Dense_0": {"kernel": jnp.zeros((2, 1)), "bias": jnp.ones(1)}}
    output, slope = jax.value_and_grad(lambda own: line.apply(own, jnp.array([[3.0, 4.0]]))[0, 0])(zero)
    assert output == 1
    np.testing.assert_array_equal(slope["Dense_0"]["kernel"], [[3.0], [4.0]])


def test_no_iteration_is_refused():
    with pytest.raises(ValueError, match="num_iterations is 0; it has to be 1 or more"):
        nets.spectrally_normalised(nets.mlp(1, (), 1), 0)
