import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import games, rules

KEY = jax.random.key(0)


def distances(rule, game, num_steps, goal):
    def observe(players, key):
        return sum(jnp.sum((own - goal[name]) ** 2) for name, own in players.items()) ** 0.5

    run = jax.jit(lambda: gg.play(game, rule, KEY, num_steps, observe))()
    return np.asarray(run.records)


@pytest.mark.parametrize(
    ("kind", "players", "size", "plain"),
    [("zero_sum", 2, 2, rules.simultaneous), ("zero_sum", 3, 1, rules.simultaneous),
     ("rotational", 2, 2, rules.alternating)],
)  # fmt: skip
def test_with_memory_of_the_dimension_a_linear_game_is_solved_in_about_that_many_steps(kind, players, size, plain):
    game, n = games.quadratic(kind, players=players, size=size, seed=2), players * size
    far = distances(plain(0.5), game, n + 2, game.equilibrium)
    near = distances(rules.anderson(plain(0.5), memory=n, regularization=1e-14), game, n + 2, game.equilibrium)
    assert near[-1] < 1e-5 * far[0]
    assert far[-1] > 0.1 * far[0]


def test_simultaneous_steps_on_xy_leave_nothing_to_mix():
    # r_1 = r_0 − η J r_0 with J r_0 at right angles to r_0: no combination is smaller than r_0, so w_2 = F(w_0) = w_1.
    rule = rules.anderson(rules.simultaneous(0.5), memory=1, regularization=1e-12)

    def observe(players, key):
        return jnp.stack([players["x"], players["y"]])

    points = jax.jit(lambda: gg.play(games.bilinear(start=(1.0, 0.5)), rule, KEY, 2, observe).records)()
    np.testing.assert_allclose(points[1], points[0], atol=1e-10)


def test_the_state_of_the_wrapped_rule_goes_on_inside():
    rule = rules.anderson(rules.alternating(0.1), memory=3)
    run = jax.jit(lambda: gg.play(games.bilinear(start=(1.0, 0.5)), rule, KEY, 2))()
    assert run.state.num_steps == 2
    assert run.state.moved["x"].shape == (3,)
    assert run.state.residuals["x"][2] == 0  # not reached yet


def test_the_first_step_is_that_of_the_wrapped_rule_and_at_rest_nothing_moves():
    game = games.bilinear(start=(1.0, 0.5))
    first = [jax.jit(lambda rule=rule: gg.play(game, rule, KEY, 1).players)()
             for rule in (rules.alternating(0.1), rules.anderson(rules.alternating(0.1)))]  # fmt: skip
    np.testing.assert_allclose([*first[0].values()], [*first[1].values()], rtol=1e-15)

    def rested(rate):
        rule = rules.anderson(rules.simultaneous(rate))
        return sum(gg.play(game, rule, KEY, 3, players=game.equilibrium).players.values())

    assert jax.jit(jax.value_and_grad(rested))(0.1) == (0, 0)


def test_it_stays_finite_as_far_as_numbers_go():
    game = games.bilinear(start=(1.0, 0.5))
    far = distances(rules.anderson(rules.alternating(0.5)), game, 200, game.equilibrium)
    assert np.isfinite(far).all()
    assert far[-1] < 1e-150  # where squares are subnormal, or zero


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"memory": 0}, "memory is 0; it has to be a whole number of points, 1 or more"),
        ({"regularization": 0.0}, "The regularization is 0; it has to be above 0"),
        ({"regularization": -1.0}, "The regularization is -1.0"),
    ],
)
def test_the_factory_refuses_what_is_out_of_range(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        rules.anderson(rules.simultaneous(0.1), **arguments)
