import jax
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import games, rules


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5, 1.0, 2.0])
def test_on_xy_the_radius_grows_by_the_root_of_one_plus_the_squared_rate(rate, trajectory, one_step_matrix):
    points = trajectory(games.bilinear(start=(1.0, 0.0)), rules.simultaneous(rate), 50)
    radius = np.hypot(*points.T)
    np.testing.assert_allclose(radius, (1 + rate**2) ** (np.arange(1, 51) / 2), rtol=1e-13)
    np.testing.assert_array_equal(one_step_matrix(games.bilinear(), rules.simultaneous(rate)), [[1, -rate], [rate, 1]])


def test_two_time_scales_grow_by_the_root_of_one_plus_the_product_of_the_rates(one_step_matrix):
    M = one_step_matrix(games.bilinear(), rules.simultaneous({"x": 0.3, "y": 0.02}))
    np.testing.assert_allclose(np.abs(np.linalg.eigvals(M)), np.sqrt(1 + 0.3 * 0.02), rtol=1e-15)


@pytest.mark.parametrize(("players", "size"), [(2, 1), (2, 3), (3, 2)])
def test_a_trajectory_is_that_of_the_equation(players, size, random_matrix, trajectory):
    A = random_matrix(players, players, size)
    b = np.linspace(-1, 1, len(A))
    rate = {f"p{i + 1}": 0.03 * (i + 1) for i in range(players)}
    game = games.quadratic(A, offset=b, players=players, size=size)
    start = np.linspace(0.5, 2, len(A))
    points = trajectory(
        game, rules.simultaneous(rate), 50, {f"p{i + 1}": w for i, w in enumerate(start.reshape(players, size))}
    )
    w, eta = start, np.repeat(list(rate.values()), size)
    for point in points:
        w = w - eta * (A @ w + b)
        np.testing.assert_allclose(point, w, rtol=1e-10, atol=1e-10)


def test_players_share_one_sample_and_their_optimisers_keep_apart():
    game = gg.Game(
        init=lambda key: {"a": jax.numpy.zeros(()), "b": jax.numpy.zeros(())},
        sample=jax.random.normal,
        losses=lambda players, batch: {"a": -batch * players["a"], "b": -batch * players["b"]},
    )
    rule = rules.simultaneous({"a": 1.0, "b": optax.sgd(1.0, momentum=0.5)})
    run = gg.play(game, rule, jax.random.key(0), 1)
    assert run.players["a"] == run.players["b"] != 0
    assert jax.tree.leaves(run.state["a"]) == []
    assert len(jax.tree.leaves(run.state["b"])) == 1
