import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import analysis, games, rules
from gangame.core import portable

DATA = np.array([1.0, 4.0, 2.0, 0.5, 2.5])
RNG = np.random.default_rng(0)


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


@pytest.mark.parametrize("generator", ["softmax", "affine"])
def test_value_and_field_are_those_derived_by_hand(generator):
    game = games.function_space(generator, data=DATA)
    w, a, data = RNG.standard_normal(5), RNG.standard_normal(5), DATA / DATA.sum()
    p = np.exp(w) / np.exp(w).sum() if generator == "softmax" else 1 / 5 + w - w.mean()
    slope = np.diag(p) - np.outer(p, p) if generator == "softmax" else np.eye(5) - 1 / 5
    players = {"generator": jnp.asarray(w), "discriminator": jnp.asarray(a)[:, None]}
    evaluate = jax.jit(lambda players: (game.losses(players, None), analysis.field(game)(players, None)))
    losses, v = evaluate(players)
    value = data @ np.log(sigmoid(a)) + p @ np.log(sigmoid(-a))
    assert losses["generator"] == pytest.approx(value, rel=1e-13)
    assert losses["discriminator"] == pytest.approx(-value, rel=1e-13)
    np.testing.assert_allclose(v["generator"], slope @ np.log(sigmoid(-a)), atol=1e-14)
    np.testing.assert_allclose(v["discriminator"][:, 0], p * sigmoid(a) - data * sigmoid(-a), atol=1e-14)
    np.testing.assert_allclose(game.losses.value.density(players), p, atol=1e-14)


@pytest.mark.parametrize("generator", ["softmax", "affine"])
def test_at_the_equilibrium_the_density_is_the_data_and_nobody_moves(generator):
    game = games.function_space(generator, data=DATA)
    value = game.losses.value
    np.testing.assert_allclose(value.density(game.equilibrium), DATA / DATA.sum(), rtol=1e-12)
    assert float(game.losses(game.equilibrium, None)["generator"]) == pytest.approx(-np.log(4))
    for leaf in jax.tree.leaves(jax.jit(analysis.field(game))(game.equilibrium, None)):
        np.testing.assert_allclose(leaf, 0, atol=1e-15)


@pytest.mark.parametrize(("generator", "s"), [("affine", 1.0), ("softmax", 1 / 6)])
def test_the_spectrum_of_tables_has_its_closed_form_and_so_has_the_largest_step(generator, s):
    n = 6
    game = games.function_space(generator, num_points=n)
    J = np.asarray(jax.jit(lambda w: analysis.jacobian(game, w, None))(game.equilibrium))
    roots = np.roots([1, -1 / (2 * n), s**2 / 4])
    told = np.sort_complex(np.concatenate([np.repeat(roots, n - 1), [0, 1 / (2 * n)]]).round(9))
    np.testing.assert_allclose(np.sort_complex(np.linalg.eigvals(J).round(9)), told, atol=1e-9)
    largest = 2 / (n * s**2)

    @jax.jit
    def modulus(rate):
        matrix = analysis.update_matrix(rules.simultaneous(rate), game, game.equilibrium)
        return jnp.sort(jnp.abs(jnp.linalg.eigvals(matrix)))

    for rate, contracts in ((0.98 * largest, True), (1.02 * largest, False)):
        # One eigenvalue is 1, a constant added to the generator's table; the largest other one decides.
        radii = np.asarray(modulus(rate))
        others = np.delete(radii, np.argmin(np.abs(radii - 1)))
        assert (others.max() < 1) == contracts


def test_tables_converge_from_anywhere_and_their_last_rate_is_that_of_the_jacobian():
    n = 6
    game = games.function_space(num_points=n)
    value = game.losses.value

    def gap(players, key):
        return jnp.sum(jnp.abs(value.density(players) - value.data)) / 2

    keys = jax.random.split(jax.random.key(0), 8)
    play = jax.jit(jax.vmap(lambda key: gg.play(game, rules.simultaneous(float(n)), key, 200, gap, 20).records))
    gaps = np.asarray(play(keys))
    assert gaps[:, 0].max() > 1e-3
    # η = n: |1 − ηλ|² = 1 − ½ + ¼, so that 20 steps shrink by 0.75^10, up to where in its turn the spiral is.
    assert gaps[:, -1].max() < 1e-9
    shrunk = (gaps[:, -1] / gaps[:, 4]) ** (1 / 100)
    np.testing.assert_allclose(shrunk, np.sqrt(0.75), rtol=0.02)


@pytest.mark.parametrize("generator", ["network", "particles", "softmax", "affine"])
def test_every_generator_makes_a_density_and_travels_as_a_pytree(generator):
    game = games.function_space(generator, "network", data=DATA, num_particles=3, hidden=(4,), discriminator_hidden=())
    evaluate = jax.jit(lambda game, w: (game.losses.value.density(w), game.losses.value.logits(w)))
    players = game.init(jax.random.key(0))
    density, logits = evaluate(portable(game), players)
    assert density.shape == logits.shape == (5,)
    assert float(jnp.sum(density)) == pytest.approx(1)
    assert density.min() >= 0
    assert game.equilibrium is None


def test_particles_are_the_mean_of_bumps_that_stand_where_they_are_told():
    game = games.function_space("particles", num_points=3, num_particles=2, width=0.5)
    places = np.array([-1.0, 0.2])
    weights = np.exp(-2 * (np.array([-1.0, 0, 1])[:, None] - places) ** 2)
    players = {"generator": jnp.asarray(places), "discriminator": jnp.zeros((3, 1))}
    told = (weights / weights.sum(axis=0)).mean(axis=1)
    np.testing.assert_allclose(game.losses.value.density(players), told, rtol=1e-13)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"generator": "table"}, "generator is 'table'; it has to be one of softmax, affine, network, particles"),
        ({"discriminator": "oracle"}, "discriminator is 'oracle'; it has to be one of logits, network"),
        ({"num_points": 1}, "num_points is 1; it has to be a whole number, 2 or more"),
        ({"data": [1.0]}, r"data has the shape \(1,\)"),
        ({"data": [1.0, 0.0]}, "its numbers have to be positive and finite"),
        ({"num_particles": 0}, "num_particles is 0; it has to be 1 or more"),
        ({"width": 0.0}, "width is 0.0; it has to be positive"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.function_space(**arguments)
