import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import calculus, games, rules

KEY = jax.random.key(0)
START = {"generator": jnp.array(0.7), "discriminator": jnp.array(-1.3)}


def moved(rate, game, players, **arguments):
    rule = rules.proximal(rate, **arguments)
    return rule.update(game, players, rule.init(players), KEY)[0]


def test_it_solves_its_equation_on_a_field_that_is_not_linear():
    game, rate = games.dirac(), {"generator": 3.0, "discriminator": 1.0}
    ahead = jax.jit(lambda: moved(rate, game, START, tol=1e-13))()
    v = calculus.field(game)(ahead, None)
    for name in START:
        np.testing.assert_allclose(ahead[name], START[name] - rate[name] * v[name], rtol=1e-12)


def test_derivatives_of_both_modes_are_those_of_the_solution():
    game = games.dirac()

    def place(rate):
        return moved(rate, game, START, tol=1e-13)["generator"]

    value, backward = jax.jit(jax.value_and_grad(place))(0.8)
    forward = jax.jit(jax.jacfwd(place))(0.8)
    h = 1e-5
    difference = (jax.jit(place)(0.8 + h) - jax.jit(place)(0.8 - h)) / (2 * h)
    np.testing.assert_allclose(backward, forward, rtol=1e-12)
    np.testing.assert_allclose(backward, difference, rtol=1e-7)  # h² and eps/h are 1e-10
    assert value != START["generator"]


@pytest.mark.parametrize("rate", [0.1, 1.0, 30.0])
def test_on_xy_it_contracts_by_the_root_of_one_plus_the_squared_rate_however_long_the_step(rate, one_step_matrix):
    M = one_step_matrix(games.bilinear(), rules.proximal(rate, tol=1e-13))
    np.testing.assert_allclose(M, np.array([[1, -rate], [rate, 1]]) / (1 + rate**2), rtol=1e-12, atol=1e-15)


def test_simultaneous_steps_are_its_inverse_with_time_reversed(random_matrix):
    A = random_matrix(15, 3, 2)
    game = games.quadratic(A, players=3, size=2)
    players = game.init(KEY)
    ahead = jax.jit(lambda: moved(0.2, game, players, tol=1e-13))()
    back = jax.tree.map(lambda w, v: w + 0.2 * v, ahead, calculus.field(game)(ahead, None))
    for name in players:
        np.testing.assert_allclose(back[name], players[name], rtol=1e-10)


def test_a_sweep_over_rates_is_one_program():
    game, keys = games.bilinear(start=(1.0, 0.0)), jax.random.split(KEY, 1)
    sweep = jax.jit(lambda rates: gg.sweep(game, rules.proximal, keys, 1, grid={"learning_rate": rates}).players)
    players = sweep(jnp.array([0.0, 0.5, 2.0]))
    norm = np.hypot(players["x"], players["y"])[:, 0]
    np.testing.assert_allclose(norm, 1 / np.sqrt(1 + np.array([0.0, 0.5, 2.0]) ** 2), rtol=1e-6)


def test_the_factory_refuses_what_is_no_tolerance():
    with pytest.raises(ValueError, match="maxiter is 0"):
        rules.proximal(0.1, maxiter=0)
    with pytest.raises(ValueError, match="tol is 'x'"):
        rules.proximal(0.1, tol="x")
