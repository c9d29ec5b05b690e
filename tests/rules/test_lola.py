import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import games, rules

DIRAC = {"generator": jnp.array(0.7), "discriminator": jnp.array(-1.3)}


def tandem(players, batch):
    """The tandem game: everything on the line x + y = 1 is a fixed point, and there χ is not zero."""
    del batch
    x, y = players["x"], players["y"]
    return {"x": (x + y) ** 2 - 2 * x, "y": (x + y) ** 2 - 2 * y}


TANDEM = gg.Game(lambda key: {"x": jnp.array(0.3), "y": jnp.array(0.7)}, lambda key: None, tandem)


def direction_at(direction, game, players):
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(direction(game)(players, None))])


def step(rule, game, players):
    moved, _ = jax.jit(lambda: rule.update(game, players, rule.init(players), jax.random.key(0)))()
    return moved


def test_the_exact_form_is_unrolling_of_all_by_one_step_and_for_one_player_of_that_player_alone():
    game = games.dirac()
    everybody = step(rules.lola(0.2, rate=0.3), game, DIRAC)
    unrolled = step(rules.unrolled(0.2, leader=tuple(DIRAC), depth=1, inner=0.3), game, DIRAC)
    alone = step(rules.unrolled(0.2, leader="generator", depth=1, inner=0.3), game, DIRAC)
    for name in DIRAC:
        np.testing.assert_allclose(everybody[name], unrolled[name], rtol=1e-14)
    np.testing.assert_allclose(everybody["generator"], alone["generator"], rtol=1e-14)
    assert abs(everybody["discriminator"] - alone["discriminator"]) > 1e-3


def test_the_forms_differ_in_second_order_of_the_assumed_step():
    def difference(rate):
        exact, first = (
            direction_at(rules.directions.lola(rate, exact), games.dirac(), DIRAC) for exact in (True, False)
        )
        return np.abs(exact - first).max()

    assert difference(0.05) > 1e-6
    assert difference(0.1) / difference(0.05) == pytest.approx(4, rel=0.1)


def test_it_leaves_the_fixed_points_of_the_tandem_game():
    point = TANDEM.init(None)
    # By hand at v = 0: χ_x = J_yx α ∇_y ℓ_x = 2 · α · 2.
    np.testing.assert_allclose(direction_at(rules.directions.lola(0.1, False), TANDEM, point), [-0.4, -0.4], rtol=1e-12)
    np.testing.assert_allclose(direction_at(rules.directions.opponent_lookahead(0.1), TANDEM, point), 0, atol=1e-15)


@pytest.mark.parametrize("exact", [True, False])
def test_without_an_assumed_step_it_is_the_field(exact):
    v = direction_at(gg.calculus.field, games.dirac(), DIRAC)
    np.testing.assert_allclose(direction_at(rules.directions.lola(0.0, exact), games.dirac(), DIRAC), v, rtol=1e-15)
