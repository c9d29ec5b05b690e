import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from theory.first_order import optimistic_adam
from theory.linear import LINEAR, deviation

import gangame as gg
from gangame import rules

QUADRATIC = LINEAR["three players"]


@pytest.mark.parametrize("promotion", ["standard"])
def test_optax_composes_the_paper_s_with_another_first_step():
    rule = rules.simultaneous(optax.optimistic_adam_v2(0.1, b1=0.5, b2=0.9, nesterov=False))
    assert deviation(QUADRATIC, rule, optimistic_adam(first="repeat")(QUADRATIC, 0.1)) < 1e-10


@pytest.mark.parametrize("promotion", ["standard"])
def test_by_default_optax_is_not_the_paper_s():
    """Its `nesterov=True` has another direction, even where both repeat the first one."""
    rule = rules.simultaneous(optax.optimistic_adam_v2(0.1, b1=0.5, b2=0.9))
    assert deviation(QUADRATIC, rule, optimistic_adam(first="repeat")(QUADRATIC, 0.1)) > 0.01


@pytest.mark.parametrize("promotion", ["standard"])
def test_where_gradients_do_not_depend_on_the_players_the_first_step_is_all_that_differs():
    game = gg.Game(
        init=lambda key: {"a": jnp.zeros(3), "b": jnp.zeros(2)},
        sample=lambda key: jax.random.normal(key, (3,)),
        losses=lambda players, batch: {"a": batch @ players["a"], "b": batch[:2] @ players["b"]},
    )

    def play(rule):
        run = gg.play(game, rule, jax.random.key(0), 10, lambda players, key: players)
        return np.hstack([run.records["a"], run.records["b"]])

    difference = play(rules.optimistic_adam(0.1)) - play(
        rules.simultaneous(optax.optimistic_adam_v2(0.1, b1=0.5, b2=0.9, nesterov=False))
    )
    np.testing.assert_allclose(np.abs(difference), 0.1, rtol=1e-6)  # η r_1, whose entries are signs up to ε


def test_a_vanishing_gradient_has_a_derivative():
    game = gg.zero_sum(lambda players, batch: players["x"] * 0.0 * players["y"])

    def after(rate):
        return gg.play(game, rules.optimistic_adam(rate), jax.random.key(0), 3).players["x"]

    assert jax.jit(jax.grad(after))(0.1) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"b1": 1.5}, "b1 is 1.5; it has to be from 0 to 1"),
        ({"b2": -0.5}, "b2 is -0.5; it has to be from 0 to 1"),
        ({"eps": -1.0}, "eps is -1.0; it has to be finite and 0 or more"),
        ({"form": "optax"}, "form is 'optax'; it has to be 'paper' or 'code'"),
    ],
)
def test_wrong_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        rules.optimistic_adam(0.1, **arguments)
