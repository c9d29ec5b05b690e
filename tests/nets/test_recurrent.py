"""The generator of columns against an LSTM in NumPy, and what each column depends on."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import nets

SIZE, CHANNELS, PARTS, HIDDEN = 4, 2, 3, 5


@pytest.fixture(scope="module")
def made():
    """The network, its parameters, latents, and images."""
    network = nets.column_generator(SIZE, CHANNELS, SIZE * PARTS, num_hidden=HIDDEN)
    parameters = jax.eval_shape(network.init, jax.random.key(0))
    leaves, structure = jax.tree.flatten(parameters)
    rng = np.random.default_rng(0)
    parameters = jax.tree.unflatten(structure, [jnp.asarray(rng.normal(size=leaf.shape)) for leaf in leaves])
    latents = jnp.asarray(rng.normal(size=(2, SIZE * PARTS)))
    return network, parameters, latents, jax.jit(network.apply)(parameters, latents)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_columns_are_those_of_an_lstm(made):
    _, parameters, latents, images = made
    cell, last = parameters["OptimizedLSTMCell_0"], parameters["Dense_0"]
    h = c = np.zeros((2, HIDDEN))
    for t in range(SIZE):
        z = np.asarray(latents)[:, t * PARTS : (t + 1) * PARTS]
        i, f, g, o = (z @ cell[f"i{k}"]["kernel"] + h @ cell[f"h{k}"]["kernel"] + cell[f"h{k}"]["bias"] for k in "ifgo")
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        column = np.tanh(h @ last["kernel"] + last["bias"]).reshape(2, SIZE, CHANNELS)
        np.testing.assert_allclose(images[:, :, t], column, atol=1e-13)


def test_a_column_depends_on_the_latents_up_to_its_own(made):
    network, parameters, latents, _ = made

    def slopes(latents):
        return jax.jacobian(lambda z: network.apply(parameters, z[None])[0])(latents)

    parts = jax.jit(slopes)(latents[0]).reshape(SIZE, SIZE, CHANNELS, SIZE, PARTS)
    depends = np.abs(parts).max(axis=(0, 2, 4)) > 0
    np.testing.assert_array_equal(depends, np.tri(SIZE, dtype=bool))


def test_it_computes_in_short_floats_and_refuses_latents_that_cannot_be_shared_out(made):
    _, parameters, latents, images = made
    short = nets.column_generator(SIZE, CHANNELS, SIZE * PARTS, num_hidden=HIDDEN, dtype="bfloat16")
    found = jax.jit(short.apply)(parameters, latents)
    assert found.dtype == images.dtype
    np.testing.assert_allclose(found, images, atol=0.2)  # eight bits, of sums that steps in time go on with
    with pytest.raises(ValueError, match="latent_dim is 10; it has to be a multiple of size, 4"):
        nets.column_generator(4, 1, 10)
    with pytest.raises(ValueError, match="num_hidden is 0; it has to be 1 or more"):
        nets.column_generator(4, 1, 4, num_hidden=0)
