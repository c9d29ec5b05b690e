import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import analysis, games

A = np.array([[0.0, 2.0, -1.0], [-2.0, 0.0, 3.0], [1.0, -3.0, 0.0]])


@pytest.mark.parametrize("arguments", [{"size": 2, "seed": 4}, {"matrix": A}])
def test_the_jacobian_is_antisymmetric_and_the_flow_conserves_the_norm_of_the_field(arguments):
    game = games.hamiltonian_game(players=3, **arguments)
    rng = np.random.default_rng(1)
    players = {name: jnp.asarray(rng.standard_normal(own.shape)) for name, own in game.equilibrium.items()}
    J, v = jax.jit(lambda w: (analysis.jacobian(game, w, None), analysis.field(game)(w, None)))(players)
    J, v = np.asarray(J), np.concatenate([v[name] for name in sorted(players)])
    np.testing.assert_array_equal(J, -J.T)
    # d/dt ½‖v‖² = vᵀ J (−v)
    assert v @ J @ v == pytest.approx(0, abs=1e-13 * (v @ v))


def test_the_equilibrium_solves_the_equations_where_they_have_a_solution():
    offset = np.array([2.0, -1.0])
    game = games.hamiltonian_game([[0.0, 4.0], [-4.0, 0.0]], offset=offset)
    assert (game.equilibrium["p1"], game.equilibrium["p2"]) == (-0.25, -0.5)
    # An antisymmetric matrix of odd size is singular.
    assert games.hamiltonian_game(A, players=3, offset=[1.0, 0.0, 0.0]).equilibrium is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"matrix": [[0.0, 1.0], [1.0, 0.0]]}, "matrix is not antisymmetric"),
        ({"matrix": [0.0, 1.0]}, "matrix is not antisymmetric"),
        ({"matrix": np.kron(np.eye(2), [[0.0, 1.0], [-1.0, 0.0]]), "size": 2}, "A diagonal block of the matrix is not"),
        ({"matrix": A, "players": 2}, r"matrix has the shape \(3, 3\)"),
    ],
)
def test_other_matrices_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.hamiltonian_game(**arguments)
