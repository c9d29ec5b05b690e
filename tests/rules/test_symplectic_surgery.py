import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import analysis, games, rules


def test_on_xy_the_direction_is_zero_without_damping():
    players = {"x": jnp.array(0.4), "y": jnp.array(-0.9)}
    direction = rules.directions.symplectic_surgery(damping=0.0)(games.bilinear())(players, None)
    np.testing.assert_allclose([*direction.values()], 0, atol=1e-15)


def test_at_a_stationary_point_its_jacobian_is_the_symmetric_part(random_matrix):
    J = random_matrix(14, 2, 2)
    game = games.quadratic(J, size=2)
    origin = {"p1": jnp.zeros(2), "p2": jnp.zeros(2)}
    rule = rules.symplectic_surgery(1.0, damping=0.7, tol=1e-13)
    M = analysis.update_matrix(rule, game, origin)
    np.testing.assert_allclose(np.eye(4) - M, (J + J.T) / 2, atol=1e-10)


def test_it_leaves_a_stationary_point_where_a_player_is_at_a_maximum_that_plain_steps_are_drawn_to():
    game = games.quadratic([[-0.5, 2.0], [-2.0, 1.0]])  # eigenvalues of J 0.25 ± 1.85i, of S −0.5 and 1
    origin = {"p1": jnp.zeros(1), "p2": jnp.zeros(1)}
    radii = [
        analysis.spectral_radius(analysis.update_matrix(rule, game, origin))
        for rule in (rules.simultaneous(0.1), rules.symplectic_surgery(0.1, tol=1e-13))
    ]
    assert radii[0] < 1
    assert radii[1] == pytest.approx(1 + 0.1 * 0.5, rel=1e-10)


def test_nothing_is_divided_by_zero_at_rest():
    origin = jax.tree.map(jnp.zeros_like, games.bilinear(start=(1.0, 1.0)).init(None))

    def size(rate):
        rule = rules.symplectic_surgery(rate)
        return sum(rule.update(games.bilinear(), origin, (), jax.random.key(0))[0].values())

    assert jax.value_and_grad(size)(0.1) == (0, 0)


@pytest.mark.parametrize(("arguments", "sentence"), [({"damping": -1.0}, "damping is -1"), ({"tol": -1}, "tol is -1")])
def test_the_factory_refuses_what_is_out_of_range(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        rules.symplectic_surgery(0.1, **arguments)
