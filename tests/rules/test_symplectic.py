import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import calculus, games, rules

POINT = {"p1": jnp.array([0.7, -0.2]), "p2": jnp.array([1.1, 0.4])}


def flat(tree):
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)])


def test_the_adjustment_is_at_right_angles_to_the_field():
    game = games.quadratic("random", size=2, seed=5)
    v = flat(calculus.field(game)(POINT, None))
    adjusted = flat(rules.directions.symplectic(strength=2.0)(game)(POINT, None))
    assert v @ adjusted == pytest.approx(v @ v, rel=1e-14)
    assert np.linalg.norm(adjusted) > 1.1 * np.linalg.norm(v)


def test_a_potential_game_is_left_as_it_is():
    game = games.quadratic("potential", size=2)
    adjusted = rules.directions.symplectic(strength=2.0)(game)(POINT, None)
    np.testing.assert_allclose(flat(adjusted), flat(calculus.field(game)(POINT, None)), rtol=1e-14)


@pytest.mark.parametrize(("curvature", "sign"), [(0.5, 1), (-0.5, -1)])
def test_the_sign_attracts_to_stable_points_and_repels_from_unstable_ones(curvature, sign):
    # ⟨v, Jᵀv⟩ has the sign of the curvature, and the adjustment points to the centre of a rotation.
    game = games.quadratic([[curvature, 1.0], [-1.0, curvature]])
    point = {"p1": jnp.array([3.0]), "p2": jnp.array([-2.0])}
    J = np.array([[curvature, 1.0], [-1.0, curvature]])
    v = J @ [3.0, -2.0]
    adjusted = flat(rules.directions.symplectic()(game)(point, None))
    np.testing.assert_allclose(adjusted - v, sign * (J.T - J) / 2 @ v, rtol=1e-13)


def test_without_epsilon_nothing_is_adjusted_on_xy_and_with_it_the_game_is_solved():
    # At (1, 0) no rounding is in the way: the sign of an exact 0.
    game, start = games.bilinear(), {"x": jnp.array(1.0), "y": jnp.array(0.0)}
    plain = calculus.field(game)(start, None)
    assert rules.directions.symplectic(epsilon=0.0)(game)(start, None) == plain
    run = jax.jit(lambda: gg.play(game, rules.symplectic(0.5), jax.random.key(0), 100, players=start))()
    assert np.hypot(*run.players.values()) < 1e-14


def test_epsilon_has_a_range():
    with pytest.raises(ValueError, match=r"The epsilon is -0\.1; it has to be finite and 0 or more"):
        rules.symplectic(0.1, epsilon=-0.1)
