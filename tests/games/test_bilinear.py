import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import block_diag

from gangame import analysis, games

A = np.array([[2.0, 0.5, -1.0], [0.3, 1.0, 0.7]])
B, C = np.array([1.0, -2.0]), np.array([0.5, 0.0, 1.0])


def test_without_arguments_the_value_is_xy_and_the_saddle_is_zero():
    game = games.bilinear()
    losses = game.losses({"x": jnp.array(2.0), "y": jnp.array(3.0)}, None)
    assert (losses["x"], losses["y"]) == (6.0, -6.0)
    assert (game.equilibrium["x"], game.equilibrium["y"]) == (0.0, 0.0)
    assert game.equilibrium["x"].shape == ()


def test_the_matrix_form_is_its_formula():
    x, y = np.array([0.2, -1.0]), np.array([1.0, 2.0, -0.4])
    losses = games.bilinear(A, b=B, c=C).losses({"x": jnp.asarray(x), "y": jnp.asarray(y)}, None)
    assert losses["x"] == pytest.approx(x @ A @ y + B @ x + C @ y, rel=1e-14)
    assert losses["y"] == -losses["x"]


def test_the_jacobian_is_antisymmetric_with_the_matrix_beside_the_diagonal():
    game = games.bilinear(A, b=B, c=C)
    J = analysis.jacobian(game, game.init(jax.random.key(0)), None)
    np.testing.assert_allclose(J, np.block([[np.zeros((2, 2)), A], [-A.T, np.zeros((3, 3))]]), atol=1e-15)
    pairs = np.linalg.svd(A)[1]
    eigenvalues = np.sort(np.linalg.eigvals(np.asarray(J)).imag)
    np.testing.assert_allclose(eigenvalues, np.sort([*pairs, *-pairs, 0]), atol=1e-14)


@pytest.mark.parametrize(
    ("matrix", "b", "c"),
    [
        (A, B, A.T @ [1.0, 2.0]),
        (A[:, :2], B, C[:2]),
        (block_diag(A[:, :2], 0), [1.0, 1.0, 0.0], None),
        (None, 2.0, -3.0),
    ],
)
def test_the_field_is_zero_at_the_equilibrium_also_where_it_is_one_of_many(matrix, b, c):
    game = games.bilinear(matrix, b=b, c=c)
    for gradient in analysis.field(game)(game.equilibrium, None).values():
        np.testing.assert_allclose(gradient, 0, atol=1e-14)


def test_there_is_no_equilibrium_where_the_equations_have_no_solution():
    # Aᵀx = −c has three equations for two unknowns.
    assert games.bilinear(A, c=C).equilibrium is None
    assert games.bilinear(np.zeros((1, 1)), b=[1.0]).equilibrium is None


def test_a_start_is_where_every_run_starts():
    game = games.bilinear(start=(1.0, -2.0))
    for seed in range(2):
        players = game.init(jax.random.key(seed))
        assert (players["x"], players["y"]) == (1.0, -2.0)
    drawn = [games.bilinear(A).init(jax.random.key(seed))["y"] for seed in range(2)]
    assert drawn[0].shape == (3,)
    assert np.all(drawn[0] != drawn[1])


def test_a_game_made_while_tracing_knows_its_equilibrium_unless_its_matrix_is_traced():
    made = jax.jit(lambda: games.bilinear(b=1.0, c=2.0).equilibrium)()
    assert (float(made["x"]), float(made["y"])) == (-2.0, -1.0)
    assert jax.eval_shape(lambda matrix: games.bilinear(matrix).equilibrium, jnp.eye(2)) is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"matrix": [1.0, 2.0]}, r"matrix has the shape \(2,\); it has to be \[n, m\]"),
        ({"matrix": A, "b": C}, r"b, c for x has the shape \(3,\); it has to be \(2,\)"),
        ({"matrix": A, "c": B}, r"b, c for y has the shape \(2,\); it has to be \(3,\)"),
        ({"b": [1.0]}, r"b, c for x has the shape \(1,\); it has to be \(\)"),
        ({"start": ([1.0], 2.0)}, r"start for x has the shape \(1,\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.bilinear(**arguments)
