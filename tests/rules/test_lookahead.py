import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from theory.linear import LINEAR

import gangame as gg
from gangame import games, rules

START = {"x": jnp.array(1.0), "y": jnp.array(0.5)}


@pytest.mark.parametrize("period", [3, 4, 6])
def test_one_synchronisation_solves_xy(period):
    rate = np.tan(np.pi / period)
    step = 1 / (1 + (1 + rate**2) ** (period / 2))
    rule = rules.lookahead(rules.simultaneous(rate), period=period, step=step)
    moved = gg.play(games.bilinear(), rule, jax.random.key(0), period, players=START).players
    np.testing.assert_allclose([moved["x"], moved["y"]], 0, atol=1e-14)


def test_with_a_whole_step_it_is_the_rule_inside(trajectory):
    game, inner = LINEAR["three players"], rules.extragradient(optax.sgd(0.1, momentum=0.5))
    points = [
        trajectory(game.game(), rule, 20, game.players())
        for rule in (rules.lookahead(inner, period=3, step=1.0), inner)
    ]
    np.testing.assert_allclose(*points, rtol=0, atol=1e-14)  # of coordinates of size 1


def test_the_first_synchronisation_is_no_idle_one_and_the_memory_inside_is_kept():
    """Published code makes its slow players at the first synchronisation, which then does nothing."""
    rule = rules.lookahead(rules.simultaneous(optax.sgd(0.1, momentum=0.5)), period=2, step=0.0)
    run = gg.play(games.bilinear(), rule, jax.random.key(0), 2, players=START)
    assert run.players == START
    assert all(np.all(leaf != 0) for leaf in jax.tree.leaves(run.state.inner))


def test_period_and_step_may_be_traced():
    def after(period, step):
        rule = rules.lookahead(rules.simultaneous(0.5), period=period, step=step)
        return gg.play(games.bilinear(), rule, jax.random.key(0), 4, players=START).players

    swept = jax.jit(jax.vmap(after))(jnp.array([2, 3]), jnp.array([0.5, 0.9]))
    for i, (period, step) in enumerate([(2, 0.5), (3, 0.9)]):
        alone = after(period, step)
        np.testing.assert_allclose([swept["x"][i], swept["y"][i]], [alone["x"], alone["y"]], rtol=1e-14)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"period": 0}, "period is 0; it has to be a whole number, 1 or more"),
        ({"period": 2.5}, "period is 2.5; it has to be a whole number"),
        ({"step": 1.5}, "step is 1.5; it has to be from 0 to 1"),
    ],
)
def test_wrong_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        rules.lookahead(rules.simultaneous(0.1), **arguments)
