import jax
import jax.numpy as jnp
import numpy as np
import pytest
from theory.linear import LINEAR

import gangame as gg
from gangame import games, rules


@pytest.mark.parametrize("stages", [1, 2, 4])
def test_it_follows_the_flow_of_all_players_to_its_order(stages, order_of_accuracy):
    order = order_of_accuracy(lambda rate: rules.runge_kutta(rate, stages=stages), slow=0.5)
    assert order == pytest.approx(stages, abs=0.1)  # over a finite range of steps


def test_on_xy_it_does_not_freeze_the_opponent(one_step_matrix):
    """A published notebook integrates each player with the other frozen: ρ = √(1 + h²) at any number of stages."""
    rate = 0.3
    radius = np.abs(np.linalg.eigvals(one_step_matrix(games.bilinear(), rules.runge_kutta(rate)))).max()
    assert radius == pytest.approx(0.999995, abs=1e-6)
    assert np.sqrt(1 + rate**2) == pytest.approx(1.04403, abs=1e-5)


def test_with_one_stage_it_is_simultaneous(trajectory):
    game = LINEAR["three players"]
    points = [
        trajectory(game.game(), rule, 10, game.players())
        for rule in (rules.runge_kutta(0.1, stages=1), rules.simultaneous(0.1))
    ]
    np.testing.assert_allclose(*points, rtol=1e-15)


def test_all_stages_see_one_sample():
    game = gg.Game(
        init=lambda key: {"a": jnp.zeros(()), "b": jnp.zeros(())},
        sample=jax.random.normal,
        losses=lambda players, batch: {name: -batch * players[name] for name in players},
    )
    rule = rules.runge_kutta(1.0)
    key = jax.random.key(5)
    players = game.init(key)
    moved, _ = rule.update(game, players, rule.init(players), key)
    assert moved["a"] == moved["b"] == pytest.approx(float(game.sample(key)), rel=1e-15)


def test_in_a_gan_the_discriminator_pays_for_the_generator_s_gradient():
    def losses(players, batch):
        g, d = players["generator"], players["discriminator"]
        return {"generator": g * d**2, "discriminator": jnp.zeros(())}

    game = gg.Game(lambda key: {"generator": jnp.array(1.0), "discriminator": jnp.array(2.0)}, lambda key: None, losses)
    moved = gg.play(game, rules.runge_kutta(0.1, stages=1, penalty=0.07), jax.random.key(0), 1).players
    assert moved["generator"] == pytest.approx(1 - 0.1 * 4, rel=1e-14)
    assert moved["discriminator"] == pytest.approx(2 - 0.1 * 0.07 * 4 * 2**3, rel=1e-14)  # ∇_d (d²)² = 4d³


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"stages": 3}, "stages is 3; it has to be 1, 2 or 4"),
        ({"stages": True}, "stages is True; it has to be 1, 2 or 4"),
        ({"penalty": -0.1}, "penalty is -0.1; it has to be finite and 0 or more"),
    ],
)
def test_wrong_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        rules.runge_kutta(0.1, **arguments)


@pytest.mark.parametrize("arguments", [{"gradient_of": "z"}, {"paid_by": ("x", "z")}])
def test_who_is_no_player_is_told_when_rule_and_game_meet(arguments):
    with pytest.raises(ValueError, match="'z' is no player of this game; its players are x, y"):
        gg.start(games.bilinear(), rules.runge_kutta(0.1, penalty=0.1, **arguments), jax.random.key(0))
