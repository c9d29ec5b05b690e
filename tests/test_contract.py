"""Every rule plays every game; both are read from the catalogues, and the checks are those that users have."""

import functools
import inspect
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import testing
from gangame.games import GAMES
from gangame.rules import RULES

small_game = functools.cache(testing.small_game)


@pytest.fixture
def make(rule, make_rule):
    """From a learning rate to the rule, with an optimiser that has a state where it can have one."""
    return lambda learning_rate: make_rule(rule, optax.sgd(learning_rate, momentum=0.5), learning_rate)


def is_for_two_players(rule):
    """Tells whether a rule is for two players only, by what it says to three."""
    try:
        rule.init({name: jnp.zeros(()) for name in "abc"})
    except ValueError as error:
        return "two players" in str(error)


def residual_of(rule):
    """Relative error that a rule's linear solves leave in a step.

    That of Anderson mixing is rounding, magnified. D being the differences, G = D Dᵀ is known up to eps tr(G), which
    moves the mixed step r − Dᵀ γ, γ = (G + ε tr(G) I)⁻¹ D r, by eps tr(G) ‖Dᵀ (G + ε tr(G) I)⁻¹‖ ‖γ‖. Both norms are at
    most 1 / (2 √(ε tr(G))), times ‖r‖ in that of γ: together eps ‖r‖ / (4 ε).
    """
    parameters = inspect.signature(RULES[rule]).parameters
    if rule == "anderson":
        return np.finfo(np.float64).eps / (4 * parameters["regularization"].default)
    return parameters["tol"].default if "tol" in parameters else 0.0


@pytest.mark.parametrize("game", GAMES)
def test_the_functions_of_a_game_can_be_compiled_alone(game):
    init, sample, losses = map(jax.jit, small_game(game)[:3])
    key = jax.random.key(0)
    players = jax.eval_shape(init, key)
    assert set(jax.eval_shape(losses, players, jax.eval_shape(sample, key))) == set(players)


@pytest.mark.parametrize(("rule", "game"), list(itertools.product(RULES, GAMES)))
def test_a_rule_plays_a_game(make, rule, game):
    residual = residual_of(rule)
    game, rule = small_game(game), make(testing.RATE)
    players = jax.eval_shape(game.init, jax.random.key(0))
    if len(players) > 2 and is_for_two_players(rule):
        with pytest.raises(ValueError, match="two players"):
            testing.trial(make, game)
        return
    ready = testing.trial(make, game, residual)
    for check in testing.CHECKS.values():
        check(ready)


@pytest.mark.parametrize("rule", RULES)
def test_a_run_differentiates_backwards_and_compiles_once_around_a_game(make, counted, num_compiled):
    game, traces = counted(small_game("quadratic"))
    players = game.init(jax.random.key(3))

    @jax.jit
    def slope(learning_rate, key):
        def distance(learning_rate):
            moved = gg.play(game, make(learning_rate), key, 2, players=players).players
            return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(moved))

        return jax.value_and_grad(distance)(learning_rate)

    other_key = jax.random.key(4)
    value, derivative = slope(testing.RATE, jax.random.key(3))
    once = len(traces), num_compiled()
    slope(testing.RATE / 2, other_key)
    assert (len(traces), num_compiled()) == once
    assert np.isfinite(value)
    assert np.isfinite(derivative)
    assert derivative != 0
