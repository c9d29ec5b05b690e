import warnings

import jax
import jax.numpy as jnp
import nashpy
import numpy as np
import pytest

from gangame import analysis, games
from gangame.games import GAMES
from gangame.games.matrix_game import PAYOFFS
from gangame.lab import spec

RNG = np.random.default_rng(0)
# A bimatrix game of no structure; of its equilibria at most one is interior.
CHICKEN = np.array([[0.0, 7.0], [2.0, 6.0]]), np.array([[0.0, 2.0], [7.0, 6.0]])


def softmax(w):
    return np.exp(w) / np.exp(w).sum()


@pytest.mark.parametrize("strategies", ["softmax", "affine"])
def test_losses_and_field_are_those_derived_by_hand(strategies):
    A, B = RNG.standard_normal((2, 3, 4))
    row, column = RNG.standard_normal(3), RNG.standard_normal(4)
    game = games.matrix_game(A, column_payoffs=B, strategies=strategies)
    players = {"row": jnp.asarray(row), "column": jnp.asarray(column)}
    if strategies == "softmax":
        p, q = softmax(row), softmax(column)
        slopes = np.diag(p) - np.outer(p, p), np.diag(q) - np.outer(q, q)
    else:
        p, q = 1 / 3 + row - row.mean(), 1 / 4 + column - column.mean()
        slopes = np.eye(3) - 1 / 3, np.eye(4) - 1 / 4
    losses, v = game.losses(players, None), analysis.field(game)(players, None)
    np.testing.assert_allclose([losses["row"], losses["column"]], [-p @ A @ q, -p @ B @ q], rtol=1e-13)
    np.testing.assert_allclose(v["row"], -slopes[0] @ A @ q, atol=1e-14)
    np.testing.assert_allclose(v["column"], -slopes[1] @ B.T @ p, atol=1e-14)


def interior(A, B):
    """The equilibria of a solver in which everybody mixes over everything."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of degenerate games
        found = list(nashpy.Game(A, B).support_enumeration())
    return [(p, q) for p, q in found if min(p.min(), q.min()) > 1e-9]


@pytest.mark.parametrize(
    ("A", "B"), [*((np.array(A), -np.array(A)) for A in PAYOFFS.values()), CHICKEN], ids=[*PAYOFFS, "chicken"]
)
def test_the_equilibrium_is_the_one_of_a_solver_and_the_field_is_zero_there(A, B):
    ((p, q),) = interior(A, B)
    for strategies in ("softmax", "affine"):
        game = games.matrix_game(A, column_payoffs=B, strategies=strategies)
        at = game.equilibrium
        mixtures = {name: softmax(own) if strategies == "softmax" else 1 / own.size + own for name, own in at.items()}
        np.testing.assert_allclose(mixtures["row"], p, atol=1e-14)
        np.testing.assert_allclose(mixtures["column"], q, atol=1e-14)
        assert all(abs(own.mean()) < 1e-15 for own in at.values())
        for gradient in analysis.field(game)(at, None).values():
            np.testing.assert_allclose(gradient, 0, atol=1e-14)
        assert float(game.losses(at, None)["row"]) == pytest.approx(-p @ A @ q, abs=1e-14)


def test_the_jacobian_at_the_centre_of_matching_pennies_rotates_at_one_half():
    # p(1 − p) = ¼ for each action: the logits' difference moves at ½·½ of the payoffs' difference of 4, over √2 each.
    game = games.matrix_game()
    J = np.asarray(jax.jit(lambda w: analysis.jacobian(game, w, None))(game.equilibrium))
    np.testing.assert_allclose(J, -J.T, atol=1e-16)
    np.testing.assert_allclose(np.sort(np.linalg.eigvals(J).imag), [-0.5, 0, 0, 0.5], atol=1e-15)


@pytest.mark.parametrize(
    ("A", "B"),
    [
        ([[3.0, 1.0], [2.0, 0.0]], None),  # the second row is dominated
        ([[2.0, 0.0], [0.0, 1.0], [-5.0, -5.0]], None),
        (np.zeros((2, 2)), [[1.0, 0.0], [1.0, 0.0]]),
    ],
)
def test_there_is_no_equilibrium_where_somebody_leaves_an_action_out(A, B):
    assert games.matrix_game(A, column_payoffs=B).equilibrium is None


def test_traced_payoffs_play_without_an_equilibrium():
    game = jax.eval_shape(lambda A: games.matrix_game(A).losses({"row": A[0], "column": A[1]}, None), jnp.eye(2))
    assert game["row"].shape == ()
    assert jax.eval_shape(lambda A: games.matrix_game(A).equilibrium, jnp.eye(2)) is None


def test_any_bimatrix_can_be_typed():
    text = "matrix_game:payoffs=[[0,7],[2,6]],column_payoffs=[[0,2],[7,6]],strategies=affine"
    typed = spec.build(spec.parse(text, GAMES, "game"), GAMES)
    made = games.matrix_game(CHICKEN[0], column_payoffs=CHICKEN[1], strategies="affine")
    np.testing.assert_array_equal(typed.equilibrium["row"], made.equilibrium["row"])
    assert spec.build(spec.parse("matrix_game:payoffs=rock_paper_scissors", GAMES, "game"), GAMES).equilibrium


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"payoffs": "chess"}, "payoffs is 'chess'; it has to be a matrix or one of matching_pennies"),
        ({"strategies": "pure"}, "strategies is 'pure'; it has to be one of softmax, affine"),
        ({"payoffs": [1.0, 2.0]}, r"payoffs have the shapes \(2,\)"),
        ({"payoffs": np.eye(2), "column_payoffs": np.eye(3)}, r"shapes \(2, 2\) and \(3, 3\)"),
        ({"start": ([1.0], [1.0, 2.0])}, r"start for row has the shape \(1,\)"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.matrix_game(**arguments)
