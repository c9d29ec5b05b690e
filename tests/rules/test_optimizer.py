import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import games
from gangame.rules import RULES, first_argument, make

OPTIMIZED = [name for name in RULES if first_argument(RULES[name]) != "learning_rate"]
PLAIN = [name for name in RULES if first_argument(RULES[name]) == "learning_rate"]
START = {"x": jnp.array(1.0), "y": jnp.array(0.5)}


@pytest.mark.parametrize("rule", OPTIMIZED)
def test_a_rate_a_transformation_and_a_dict_are_the_same_steps(rule):
    forms = [0.1, jnp.array(0.1), optax.sgd(0.1), {"x": 0.1, "y": optax.sgd(0.1)}]
    runs = [gg.play(games.bilinear(), make(rule, form), jax.random.key(0), 5, players=START) for form in forms]
    for run in runs[1:]:
        np.testing.assert_allclose([*run.players.values()], [*runs[0].players.values()], rtol=1e-14)


@pytest.mark.parametrize("rule", OPTIMIZED)
@pytest.mark.parametrize(
    ("optimizer", "sentence"),
    [
        (-0.1, "learning rate is -0.1; it has to be finite and 0 or more"),
        (float("nan"), "learning rate is nan; it has to be finite"),
        (float("inf"), "learning rate is inf; it has to be finite"),
        ("0.1", "learning rate is '0.1'; it has to be one real number"),
        (0.1j, "learning rate is 0.1j; it has to be one real number, finite and 0 or more"),
        (True, "learning rate is True; it has to be one real number"),
        (np.ones(2), "it has to be one real number"),
        (optax.constant_schedule(0.1), r"pass a schedule inside a transformation: optax\.sgd\(schedule\)"),
        ({"x": 0.1, "y": -1}, "learning rate is -1"),
    ],
)
def test_every_factory_refuses_what_is_no_optimiser(rule, optimizer, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(rule, optimizer)


@pytest.mark.parametrize("rule", PLAIN)
@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        (-0.1, "learning rate is -0.1; it has to be finite and 0 or more"),
        (optax.sgd(0.1), "this rule is defined by plain steps, so give a number"),
        ({"x": 0.1, "y": float("nan")}, "learning rate is nan"),
    ],
)
def test_every_factory_of_plain_steps_refuses_what_is_no_rate(rule, rate, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(rule, rate)


@pytest.mark.parametrize("rule", PLAIN)
def test_a_dict_of_rates_has_one_entry_for_each_player(rule):
    with pytest.raises(ValueError, match="The learning rate names the players x, and the game has x, y"):
        gg.start(games.bilinear(), make(rule, {"x": 0.1}), jax.random.key(0))


@pytest.mark.parametrize("rule", OPTIMIZED)
@pytest.mark.parametrize("optimizer", [{"x": 0.1}, {"x": 0.1, "y": 0.1, "z": 0.1}])
def test_a_dict_has_one_entry_for_each_player(rule, optimizer):
    with pytest.raises(ValueError, match=r"The optimizer names the players .*those who move are x, y"):
        gg.start(games.bilinear(), make(rule, optimizer), jax.random.key(0))


def test_a_schedule_inside_a_transformation_is_followed():
    rates = [0.3, 0.2, 0.1]
    rule = RULES["simultaneous"](optax.sgd(lambda count: jnp.array(rates)[count]))
    run = gg.play(games.bilinear(), rule, jax.random.key(0), 3, players=START)
    u = 1.0 + 0.5j
    for rate in rates:
        u *= 1 + 1j * rate  # the field of xy is −iu
    np.testing.assert_allclose([run.players["x"], run.players["y"]], [u.real, u.imag], rtol=1e-14)


@pytest.mark.parametrize("rule", OPTIMIZED)
def test_a_step_leaves_its_arguments_as_they_were(rule):
    made = make(rule, optax.sgd(0.1, momentum=0.5))
    players = dict(START)
    state = made.init(players)
    before = jax.tree.leaves((players, state))
    moved, _ = made.update(games.bilinear(), players, state, jax.random.key(0))
    assert moved["x"] != players["x"]
    assert all(leaf is old for leaf, old in zip(jax.tree.leaves((players, state)), before, strict=True))
