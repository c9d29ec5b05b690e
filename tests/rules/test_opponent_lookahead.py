import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import games, rules


def step(rule, game, players):
    moved, _ = jax.jit(lambda: rule.update(game, players, rule.init(players), jax.random.key(0)))()
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(moved)])


@pytest.mark.parametrize("num_players", [2, 3])
def test_on_quadratic_games_it_is_unrolling_of_all_by_one_step_held_constant(num_players):
    game = games.quadratic("random", players=num_players, size=2, seed=4)
    players = game.init(jax.random.key(2))
    unrolled = rules.unrolled(0.2, leader=tuple(players), depth=1, inner=0.3, through=False)
    ahead = rules.opponent_lookahead(0.2, rate=0.3)
    np.testing.assert_allclose(step(ahead, game, players), step(unrolled, game, players), rtol=1e-13)


def test_elsewhere_it_is_so_to_first_order_in_the_assumed_step():
    game = games.dirac()
    players = {"generator": jnp.array(0.7), "discriminator": jnp.array(-1.3)}
    errors = []
    for rate in (0.1, 0.05):
        unrolled = rules.unrolled(1.0, leader=tuple(players), depth=1, inner=rate, through=False)
        ahead = rules.opponent_lookahead(1.0, rate=rate)
        errors.append(np.abs(step(ahead, game, players) - step(unrolled, game, players)).max())
    assert errors[1] > 1e-6
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)  # halving α quarters an error of second order


def test_assumed_steps_may_differ_by_player():
    game = games.bilinear()
    players = {"x": jnp.array(0.4), "y": jnp.array(-0.9)}
    moved = step(rules.opponent_lookahead(1.0, rate={"x": 0.2, "y": 0.5}), game, players)
    # x answers the step of y, and the other way round: V = xy has v = (y, −x).
    np.testing.assert_allclose(moved, [0.4 - (-0.9 + 0.5 * 0.4), -0.9 - (-0.4 + 0.2 * -0.9)], rtol=1e-15)


@pytest.mark.parametrize("factory", [rules.opponent_lookahead, rules.lola])
def test_an_assumed_step_is_a_number_or_one_for_each_player(factory):
    with pytest.raises(ValueError, match=r"The rate is -0\.1; it has to be finite and 0 or more"):
        factory(0.1, rate=-0.1)
    with pytest.raises(ValueError, match="The rate names the players x, and the game has x, y"):
        gg.play(games.bilinear(), factory(0.1, rate={"x": 0.1}), jax.random.key(0), 1)
