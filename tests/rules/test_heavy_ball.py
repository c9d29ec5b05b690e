import jax
import jax.numpy as jnp
import numpy as np
import pytest
from theory.linear import LINEAR

import gangame as gg
from gangame import analysis, games, rules

TWO = LINEAR["two players"]


@pytest.mark.parametrize("order", [None, ("p2", "p1")])
def test_without_momentum_it_is_simultaneous_or_alternating(order, trajectory):
    plain = rules.alternating(0.1, order=order) if order else rules.simultaneous(0.1)
    expected = trajectory(TWO.game(), plain, 20, TWO.players())
    for memory in (rules.heavy_ball, rules.complex_momentum):
        rule = memory(0.1, momentum=0.0, order=order)
        np.testing.assert_allclose(trajectory(TWO.game(), rule, 20, TWO.players()), expected, rtol=1e-14)


def test_for_small_steps_in_turn_the_best_momentum_is_minus_one_half():
    game, rate = games.bilinear(), 0.02

    @jax.jit
    def matrix(momentum):
        rule = rules.heavy_ball(rate, momentum=momentum, order=("x", "y"))
        return analysis.update_matrix(rule, game, game.equilibrium)

    damping = {}
    for beta in (-0.75, -0.5, -0.25):
        damping[beta] = (1 - np.abs(np.linalg.eigvals(matrix(jnp.array(beta)))).max()) / rate**2
        assert damping[beta] == pytest.approx(-beta / (1 - beta) ** 3, rel=10 * rate**2)  # the next order in η
    assert max(damping, key=damping.get) == -0.5


@pytest.mark.parametrize(
    ("momentum", "sentence"),
    [
        (1.5, "momentum is 1.5; it has to be from -1 to 1"),
        ("a", "momentum is 'a'; it has to be one real number"),
    ],
)
def test_wrong_arguments_are_refused(momentum, sentence):
    with pytest.raises(ValueError, match=sentence):
        rules.heavy_ball(0.1, momentum=momentum)


def test_a_wrong_order_is_refused_when_rule_and_game_meet():
    with pytest.raises(ValueError, match="order leaves out y"):
        gg.start(games.bilinear(), rules.heavy_ball(0.1, order=("x",)), jax.random.key(0))
