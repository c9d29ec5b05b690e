import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import games, rules

KEY = jax.random.key(0)


def off_diagonal(matrix, size):
    n = len(matrix) // size
    return np.where(np.kron(np.eye(n), np.ones((size, size))) > 0, 0, matrix)


def flat(tree):
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)])


@pytest.mark.parametrize("solver", ["cg", "gmres"])
def test_on_random_zero_sum_games_both_solvers_give_the_dense_solution(solver, random_matrix):
    J = random_matrix(11, 2, 4)
    J[4:, :4] = -J[:4, 4:].T
    game = games.quadratic(J, size=4)
    players = game.init(KEY)
    direction = jax.jit(rules.directions.competitive({"p1": 0.7, "p2": 0.4}, solver, tol=1e-13)(game))(players, None)
    steps = np.diag([0.7] * 4 + [0.4] * 4)
    expected = np.linalg.solve(np.eye(8) + off_diagonal(J, 4) @ steps, J @ flat(players))
    np.testing.assert_allclose(flat(direction), expected, rtol=1e-10)


def test_polymatrix_games_have_any_number_of_players(random_matrix):
    J = random_matrix(12, 4, 2)
    game = games.quadratic(J, players=4, size=2)
    players = game.init(KEY)
    rule = rules.competitive(0.3, tol=1e-13)
    moved = jax.jit(lambda: rule.update(game, players, rule.init(players), KEY)[0])()
    expected = flat(players) - 0.3 * np.linalg.solve(np.eye(8) + 0.3 * off_diagonal(J, 2), J @ flat(players))
    np.testing.assert_allclose(flat(moved), expected, rtol=1e-10)


def test_it_is_the_limit_of_recursive_lookahead(random_matrix):
    # Everybody answers the others' answer to the others' answer ...: d_{k+1} = v − η J_o d_k; here ‖η J_o‖ < 1.
    J = random_matrix(13, 2, 2)
    game = games.quadratic(J, size=2)
    players, rate = game.init(KEY), 0.2
    v = J @ flat(players)
    answers = [v]
    for _ in range(60):
        answers.append(v - rate * off_diagonal(J, 2) @ answers[-1])
    direction = jax.jit(rules.directions.competitive(rate, tol=1e-13)(game))(players, None)
    np.testing.assert_allclose(flat(direction), answers[-1], rtol=1e-10)
    first = jax.jit(rules.directions.opponent_lookahead(rate)(game))(players, None)
    np.testing.assert_allclose(flat(first), answers[1], rtol=1e-12)


@pytest.mark.parametrize(("rate", "curvature", "coupling"), [(0.3, 0.5, 1.0), (1.5, 0.2, 2.0)])
def test_on_a_quadratic_saddle_the_modulus_is_the_closed_form(rate, curvature, coupling, one_step_matrix):
    game = games.quadratic([[curvature, coupling], [-coupling, curvature]])
    M = one_step_matrix(game, rules.competitive(rate, tol=1e-13))
    radius = abs(1 - rate * curvature) / np.sqrt(1 + (rate * coupling) ** 2)
    np.testing.assert_allclose(np.abs(np.linalg.eigvals(M)), radius, rtol=1e-12)


def test_cg_is_chosen_where_the_losses_are_one_value_and_its_negative_and_only_there():
    def directions(game, solvers):
        players = game.init(KEY)
        return [
            flat(jax.jit(rules.directions.competitive(0.5, each, tol=0.1)(game))(players, None)) for each in solvers
        ]

    # After one iteration the two are at different points of their way, so equal bits tell which one it was.
    auto, cg, gmres = directions(games.bilinear(np.diag([1.0, 2.0, 4.0])), ("auto", "cg", "gmres"))
    np.testing.assert_array_equal(auto, cg)
    assert np.abs(auto - gmres).max() > 1e-3
    auto, gmres = directions(games.quadratic("random", size=3), ("auto", "gmres"))
    np.testing.assert_array_equal(auto, gmres)


def test_the_step_moves_the_players_and_leaves_no_tracer_behind():
    game, rule = games.bilinear(start=(1.0, 0.5)), rules.competitive(0.5)
    players = game.init(KEY)
    compiled = jax.jit(lambda players: rule.update(game, players, rule.init(players), KEY)[0])(players)
    again = rule.update(game, players, rule.init(players), KEY)[0]  # the same rule, outside of jit
    np.testing.assert_allclose(flat(again), flat(compiled), rtol=1e-14)
    assert np.abs(flat(compiled) - [1.0, 0.5]).min() > 0.1


def test_the_adaptive_form_remembers_its_squares_and_starts_with_steps_of_the_rate():
    game, rule = games.bilinear(start=(3.0, -2.0)), rules.competitive(1e-3, adaptive=True)
    run = jax.jit(lambda: gg.play(game, rule, KEY, 1))()
    # η √(1 − β) / (√((1 − β) v²) + ε) · v is η sign v, up to ε and η².
    np.testing.assert_allclose([run.players["x"] - 3, run.players["y"] + 2], [1e-3, 1e-3], rtol=2e-3)
    assert run.state.num_steps == 1
    np.testing.assert_allclose(flat(run.state.squares), [0.01 * 4, 0.01 * 9], rtol=1e-14)


def test_a_gradient_that_is_always_zero_does_not_turn_derivatives_into_nan():
    game = games.bilinear([[1.0, 0.0], [0.0, 0.0]])
    players = {"x": jnp.ones(2), "y": jnp.ones(2)}

    def size(rate):
        rule = rules.competitive(rate, adaptive=True)
        return optax.tree.norm(gg.play(game, rule, KEY, 3, players=players).players, squared=True)

    assert np.isfinite(jax.jit(jax.grad(size))(0.1))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"solver": "lu"}, "solver is 'lu'; it has to be one of auto, cg, gmres"),
        ({"tol": 1.0}, "tol is 1.0; it has to be a number from 0 up to, but not including, 1"),
        ({"maxiter": 0}, "maxiter is 0; it has to be a whole number of iterations, 1 or more"),
    ],
)
def test_the_factory_refuses_what_is_no_solver(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        rules.competitive(0.1, **arguments)


def test_conjugate_gradients_are_for_two():
    game = games.quadratic("random", players=3)
    with pytest.raises(ValueError, match="solver='cg' is defined for two players; this game has 3: p1, p2, p3"):
        gg.start(game, rules.competitive(0.1, solver="cg"), KEY)
