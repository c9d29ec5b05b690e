import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gangame as gg
from gangame import analysis, games, rules
from gangame.games.quadratic import _draw

KEY = jax.random.key(0)


def jacobian(game):
    return np.asarray(jax.jit(lambda key: analysis.jacobian(game, game.init(key), None))(KEY))


def on_diagonal(players, size):
    return np.kron(np.eye(players), np.ones((size, size))) > 0


@pytest.mark.parametrize(("players", "size"), [(2, 1), (2, 3), (3, 2), (4, 1)])
def test_the_kinds_have_the_structure_of_their_names(players, size):
    inside = on_diagonal(players, size)
    J = {
        kind: jacobian(games.quadratic(kind, players=players, size=size, seed=3))
        for kind in ("zero_sum", "potential", "rotational", "random")
    }
    for matrix in J.values():
        np.testing.assert_allclose(np.where(inside, matrix - matrix.T, 0), 0, atol=1e-14)
    np.testing.assert_allclose(np.where(inside, 0, J["zero_sum"] + J["zero_sum"].T), 0, atol=1e-14)
    own = np.linalg.eigvalsh(np.where(inside, J["zero_sum"], 0))
    assert -1e-14 < own.min() <= own.max() <= 0.5
    np.testing.assert_allclose(J["potential"], J["potential"].T, atol=1e-14)
    assert np.linalg.eigvalsh(J["potential"]).min() >= 0.1 - 1e-14
    np.testing.assert_allclose(J["rotational"], -J["rotational"].T, atol=1e-14)
    assert np.all(J["rotational"][inside] == 0)
    outside = np.where(inside, 0, J["random"])
    assert np.abs(outside + outside.T).max() > 1e-3
    assert np.abs(outside - outside.T).max() > 1e-3


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    players=st.integers(2, 4),
    size=st.integers(1, 3),
    seed=st.integers(0, 1000),
    numbers=st.lists(st.tuples(st.floats(-2, 2), st.floats(0.01, 3), st.booleans()), min_size=12, max_size=12),
)
def test_a_game_has_the_spectrum_that_was_asked_for_and_its_matrix_is_normal(players, size, seed, numbers):
    total, spectrum = players * size, []
    for real, imaginary, is_pair in numbers:
        pair = [real + 1j * imaginary, real - 1j * imaginary]
        spectrum += pair if is_pair and len(spectrum) + 2 <= total else [real]
    spectrum = spectrum[:total] if len(spectrum[:total]) == total else spectrum
    if np.imag(spectrum[-1]) > 0:
        spectrum[-1] = np.real(spectrum[-1])
    A = _draw("spectrum", players, size, spectrum, 0.0, np.random.default_rng(seed))
    # A normal matrix has perfectly conditioned eigenvalues: what the sums round, some tens of eps, is what they move.
    np.testing.assert_allclose(A @ A.T, A.T @ A, atol=1e-13)
    found = list(np.linalg.eigvals(A))
    for z in spectrum:
        nearest = min(found, key=lambda w, z=z: abs(w - z))
        found.remove(nearest)
        assert abs(nearest - z) < 1e-12
    blocks = np.where(on_diagonal(players, size), A - A.T, 0)
    np.testing.assert_allclose(blocks, 0, atol=1e-14)


def test_the_losses_are_those_of_the_docstring():
    A = np.random.default_rng(0).standard_normal((6, 6))
    for i in range(0, 6, 2):
        A[i : i + 2, i : i + 2] = np.eye(2) * (i + 1)
    b = np.arange(6.0)
    game = games.quadratic(A, offset=b, players=3, size=2)
    players = game.init(KEY)
    assert sorted(players) == ["p1", "p2", "p3"]
    w = [np.asarray(players[name]) for name in sorted(players)]
    losses = game.losses(players, game.sample(KEY))
    for i in range(3):
        own = slice(2 * i, 2 * i + 2)
        others = sum(A[own, 2 * j : 2 * j + 2] @ w[j] for j in range(3) if j != i)
        expected = w[i] @ A[own, own] @ w[i] / 2 + w[i] @ (others + b[own])
        assert losses[f"p{i + 1}"] == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(jacobian(game), A, atol=1e-14)


def test_more_than_nine_players_stay_in_the_order_of_the_blocks():
    A = np.arange(121.0).reshape(11, 11)
    np.testing.assert_allclose(jacobian(games.quadratic(A, players=11)), A, rtol=1e-15)


def test_the_equilibrium_solves_the_field_and_is_none_where_somebody_is_not_at_his_best():
    game = games.quadratic([[1.0, 2.0], [-2.0, 0.5]], offset=[1.0, -1.0])
    v = analysis.field(game)(game.equilibrium, None)
    np.testing.assert_allclose([v["p1"], v["p2"]], 0, atol=1e-15)
    assert games.quadratic([[-1.0, 2.0], [-2.0, 1.0]]).equilibrium is None
    assert games.quadratic([[1.0, 1.0], [1.0, 1.0]], offset=[1.0, 0.0]).equilibrium is None
    flat = games.quadratic([[1.0, 1.0], [1.0, 1.0]], offset=[1.0, 1.0]).equilibrium  # a line of them; the nearest to 0
    np.testing.assert_allclose([flat["p1"][0], flat["p2"][0]], [-0.5, -0.5], rtol=1e-14)


def test_the_seed_chooses_the_matrix():
    one, same, other = (jacobian(games.quadratic("random", seed=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.all(one != other)


def test_numbers_of_the_game_may_be_traced_and_a_game_made_while_tracing_knows_its_equilibrium():
    def last(curvature):
        return gg.play(games.quadratic(curvature=curvature), rules.simultaneous(0.1), KEY, 3).players

    swept = jax.vmap(last)(jnp.array([0.2, 0.7]))
    for i, curvature in enumerate((0.2, 0.7)):
        for name, own in last(curvature).items():
            np.testing.assert_allclose(swept[name][i], own, rtol=1e-13)
    made = jax.jit(lambda: games.quadratic([[1.0, 2.0], [-2.0, 1.0]], offset=[1.0, 3.0]).equilibrium)()
    np.testing.assert_allclose([made["p1"][0], made["p2"][0]], [1.0, -1.0], rtol=1e-14)
    assert jax.eval_shape(lambda matrix: games.quadratic(matrix).equilibrium, jnp.eye(2)) is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"matrix": "cyclic"}, "matrix is 'cyclic'; it has to be an array or one of zero_sum, potential"),
        ({"players": 1}, "players is 1 and size is 1; there have to be 2 players or more"),
        ({"size": 0}, "size is 0"),
        ({"curvature": -1.0}, "curvature is -1.0"),
        ({"seed": -1}, "seed is -1"),
        ({"spectrum": [1.0, 1.0]}, "spectrum and the kind 'spectrum' go together"),
        ({"matrix": "spectrum"}, "spectrum and the kind 'spectrum' go together"),
        ({"matrix": "spectrum", "spectrum": [1j, 1.0]}, "with their conjugates"),
        ({"matrix": "spectrum", "spectrum": 1.0}, "spectrum is 1.0; it has to be a sequence of eigenvalues"),
        ({"matrix": "spectrum", "spectrum": [1.0]}, "need 2 eigenvalues"),
        ({"matrix": np.eye(3)}, r"matrix has the shape \(3, 3\) and offset \(2,\); 2 players of size 1 need"),
        ({"offset": [1.0]}, r"offset \(1,\)"),
        ({"matrix": np.triu(np.ones((4, 4))), "size": 2}, "A diagonal block of the matrix is not symmetric"),
    ],
)
def test_what_is_no_quadratic_game_is_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.quadratic(**arguments)
