import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import calculus, games, rules

KEY = jax.random.key(0)
EXACT = {"damping": 0.0, "tol": 1e-12}


@pytest.mark.parametrize(("a", "b", "c"), [(0.5, 1.0, 0.8), (-1.0, 2.0, 0.5)])
def test_a_step_has_real_eigenvalues(a, b, c, one_step_matrix):
    # f = (a/2)x² + bxy − (c/2)y², also where x alone would run away.
    rate = 0.1
    M = one_step_matrix(games.quadratic([[a, b], [-b, c]]), rules.follow_the_ridge(rate, **EXACT))
    values = np.linalg.eigvals(M)
    assert np.isrealobj(values)
    np.testing.assert_allclose(sorted(values), sorted([1 - rate * (a + b**2 / c), 1 - rate * c]), rtol=1e-12)


def end(function, start, rule, num_steps=1000):
    game = games.ridge(function, start=start)
    run = jax.jit(lambda: gg.play(game, rule, KEY, num_steps))()
    v = calculus.field(game)(run.players, None)
    return np.array([run.players["x"], run.players["y"]]), np.hypot(v["x"], v["y"])


RIDGE = rules.follow_the_ridge(0.05, **EXACT)


def test_a_local_minimax_point_that_is_no_nash_equilibrium_attracts_it_and_not_plain_steps():
    assert np.abs(end("f1", (5.0, 7.0), RIDGE)[0]).max() < 1e-10
    assert np.abs(end("f1", (5.0, 7.0), rules.simultaneous(0.05))[0]).max() > 1e43
    for rule in (rules.consensus(0.05, strength=0.1), rules.symplectic(0.01, align=False)):
        assert np.abs(end("f1", (5.0, 7.0), rule)[0]).max() < 1e-3


def test_a_point_that_is_no_minimax_point_attracts_plain_steps_and_not_it():
    assert np.abs(end("f2", (6.0, 5.0), rules.simultaneous(0.05))[0]).max() < 1e-10
    # The eigenvalue is 1 − 0.05 (6 − 16/2) = 1.1, and (1.1)^1000 = 2e41.
    assert np.abs(end("f2", (6.0, 5.0), RIDGE)[0]).max() > 1e40


def test_on_the_third_toy_only_it_comes_to_the_origin():
    assert np.abs(end("f3", (7.0, 5.0), RIDGE)[0]).max() < 1e-3
    ends = {
        "simultaneous": (rules.simultaneous(0.05), (1.693, 2.366), 0.083),
        "consensus": (rules.consensus(0.05, strength=0.1), (2.038, 2.535), 0.112),
        "symplectic": (rules.symplectic(0.01, align=False), (1.774, 2.366), 0.053),
    }
    for rule, point, norm in ends.values():
        where, size = end("f3", (7.0, 5.0), rule)
        np.testing.assert_allclose(where, point, atol=1e-3)
        assert size == pytest.approx(norm, abs=1e-3)


def test_the_follower_stays_at_its_best_answer_to_second_order():
    # At y* = bx/c the follower's gradient is 0, and stays 0 after a step of any length, f being quadratic.
    game, b, c = games.quadratic([[0.3, 2.0], [-2.0, 0.5]]), 2.0, 0.5
    players = {"p1": jnp.array([0.7]), "p2": jnp.array([0.7 * b / c])}
    rule = rules.follow_the_ridge({"p1": 0.4, "p2": 0.1}, **EXACT)
    moved, _ = rule.update(game, players, rule.init(players), KEY)
    assert abs(calculus.field(game)(moved, None)["p2"][0]) < 1e-12
    assert abs(moved["p1"][0] - 0.7) > 0.1


def test_without_a_ridge_there_is_no_correction():
    players = {"x": jnp.array(0.4), "y": jnp.array(-0.9)}
    direction = rules.directions.follow_the_ridge(damping=0.0)(games.bilinear())(players, None)
    assert direction == calculus.field(games.bilinear())(players, None)


def test_the_direction_is_the_rule_at_equal_rates():
    game = games.quadratic("random", size=2, seed=1)
    players = game.init(KEY)
    rule = rules.follow_the_ridge(0.3, leader="p2")
    moved, _ = rule.update(game, players, rule.init(players), KEY)
    direction = rules.directions.follow_the_ridge(leader="p2")(game)(players, None)
    for name in players:
        np.testing.assert_allclose(moved[name], players[name] - 0.3 * direction[name], rtol=1e-13)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"leader": "z"}, "'z' is no player of this game; its players are x, y"),
        ({"follower": "z"}, "'z' is no player of this game"),
    ],
)
def test_leader_and_follower_are_players(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        gg.start(games.bilinear(), rules.follow_the_ridge(0.1, **arguments), KEY)


def test_there_are_two_players_with_different_roles():
    with pytest.raises(ValueError, match="leader and follower are both 'x'"):
        rules.follow_the_ridge(0.1, leader="x", follower="x")
    with pytest.raises(ValueError, match="follow_the_ridge is defined for two players; this game has 3: p1, p2, p3"):
        gg.start(games.quadratic("random", players=3), rules.follow_the_ridge(0.1), KEY)
    with pytest.raises(ValueError, match="The damping is -1"):
        rules.follow_the_ridge(0.1, damping=-1)
