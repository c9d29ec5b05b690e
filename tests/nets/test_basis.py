import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.fft import dct

import gangame as gg
from gangame import games, nets, rules

KEY = jax.random.key(0)


def test_bases_are_orthonormal_and_those_of_the_books():
    for size in (1, 2, 8):
        for make in (nets.haar_basis, nets.cosine_basis):
            np.testing.assert_allclose(make(size) @ make(size).T, np.eye(size), atol=1e-14)
    signal = np.random.default_rng(0).standard_normal(6)
    np.testing.assert_allclose(nets.cosine_basis(6) @ signal, dct(signal, norm="ortho"), atol=1e-14)
    root = 2**0.5
    four = [[1, 1, 1, 1], [1, 1, -1, -1], [root, -root, 0, 0], [0, 0, root, -root]]
    np.testing.assert_allclose(nets.haar_basis(4) * 2, four, atol=1e-15)


def test_a_coefficient_of_one_is_the_product_of_two_basis_vectors(by_hand):
    basis = np.asarray(nets.haar_basis(4))
    network = nets.in_basis(by_hand, jnp.asarray(basis))
    images = np.asarray(network.apply(None, jnp.eye(16))).reshape(4, 4, 4, 4)
    np.testing.assert_allclose(np.arctanh(images), np.einsum("ix,jy->ijxy", basis, basis), atol=1e-12)


def test_gradient_steps_go_the_same_way_in_any_basis_and_adams_do_not():
    """A perceptron's last layer (W, b) at the start (W, b)(B ⊗ B)ᵀ says the coefficients of what (W, b) says."""
    data = jax.tree_util.Partial(lambda key, number: jnp.tanh(jax.random.normal(key, (number, 16))))
    basis = nets.cosine_basis(4)
    turn = jnp.kron(basis, basis)
    generator, discriminator = nets.mlp(2, (3,), 16, activation="tanh"), nets.mlp(16, (3,), 1, activation="tanh")
    made = {}
    for name, matrix in (("pixels", jnp.eye(4)), ("cosines", basis)):
        game = games.gan(nets.in_basis(generator, matrix), discriminator, data, latent_dim=2, batch_size=8)
        start = game.init(KEY)
        if name == "cosines":
            last = max(start["generator"])
            turned = {what: each @ turn.T for what, each in start["generator"][last].items()}
            start = {**start, "generator": {**start["generator"], last: turned}}
        for rule in (rules.simultaneous(optax.sgd(0.3)), rules.simultaneous(optax.adam(0.05))):

            def play(start, game=game, rule=rule):
                return gg.play(game._replace(init=lambda key: start), rule, KEY, 20).players

            with jax.numpy_dtype_promotion("standard"):
                players = jax.jit(play)(start)
            made.setdefault(name, []).append(np.asarray(games.generate(game, players, KEY, 8)))
    np.testing.assert_allclose(made["pixels"][0], made["cosines"][0], rtol=1e-9)
    assert np.abs(made["pixels"][1] - made["cosines"][1]).max() > 1e-2


@pytest.fixture
def by_hand():
    return nets.Network(lambda key: None, lambda parameters, inputs: inputs)


def test_bad_arguments_are_refused(by_hand):
    with pytest.raises(ValueError, match="size is 6; Haar's wavelets are there for powers of two"):
        nets.haar_basis(6)
    with pytest.raises(ValueError, match="it has to be a square"):
        nets.in_basis(by_hand, jnp.ones((2, 3)))
    with pytest.raises(ValueError, match="not orthonormal"):
        nets.in_basis(by_hand, jnp.ones((2, 2)))
    with pytest.raises(ValueError, match="has 64 outputs; in a basis of size 4 there have to be 16"):
        nets.in_basis(by_hand, nets.haar_basis(4)).apply(None, jnp.ones((1, 64)))
