import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import analysis, calculus, games, rules

POINT = {"generator": jnp.array(0.7), "discriminator": jnp.array(-1.3)}


def test_along_its_flow_half_the_squared_field_falls_by_the_square_of_the_direction():
    game = games.dirac()
    direction = rules.directions.hamiltonian()(game)(POINT, None)

    def half_square(time):
        moved = jax.tree.map(lambda w, d: w - time * d, POINT, direction)
        return optax.tree.norm(calculus.field(game)(moved, None), squared=True) / 2

    J = np.asarray(analysis.jacobian(game, POINT, None))
    slope = J.T @ np.array(jax.tree.leaves(calculus.field(game)(POINT, None)))
    np.testing.assert_allclose(jax.grad(half_square)(0.0), -slope @ slope, rtol=1e-13)


def noisy(key_values):
    """V = ½(1 + ξ) x² + ξ x + xy, whose Jacobian and field depend on the same noise ξ."""

    def value(players, batch):
        x, y = players["x"], players["y"]
        return (1 + batch) * x**2 / 2 + batch * x + x * y

    return gg.zero_sum(value, sample=key_values)


def test_two_independent_samples_are_unbiased_and_one_is_not():
    game = noisy(jax.random.normal)
    point = {"x": jnp.array(0.5), "y": jnp.array(-0.8)}
    keys = jax.random.split(jax.random.key(1), 100_000)

    def mean_step(fresh):
        rule = rules.hamiltonian(1.0, fresh=fresh)
        steps = jax.vmap(lambda key: point["x"] - rule.update(game, point, rule.init(point), key)[0]["x"])(keys)
        return steps.mean(), steps.std() / len(keys) ** 0.5

    x, y = 0.5, -0.8
    unbiased = (x + y) + x  # Jᵀv at ξ = 0 with v = (x + y, −x)
    mean, error = jax.jit(lambda: mean_step(True))()
    assert abs(mean - unbiased) < 4 * error
    # E (1 + ξ)((1 + ξ)x + ξ + y) + x has the variance of ξ twice on top.
    mean, error = jax.jit(lambda: mean_step(False))()
    assert abs(mean - (unbiased + x + 1)) < 4 * error
    assert 4 * error < 0.1


def test_it_is_drawn_to_a_point_that_both_players_would_like_to_leave():
    game = games.quadratic([[-1.0, 0.3], [0.2, -1.0]])
    start = {"p1": jnp.array([1.0]), "p2": jnp.array([1.0])}
    run = jax.jit(lambda: gg.play(game, rules.hamiltonian(0.5), jax.random.key(0), 100, players=start))()
    np.testing.assert_allclose(jax.tree.leaves(run.players), np.zeros((2, 1)), atol=1e-6)
