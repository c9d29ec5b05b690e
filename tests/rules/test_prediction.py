import jax
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import games, rules


@pytest.mark.parametrize("rate", [0.1, 0.7, 1.0, 1.3])
def test_on_xy_its_characteristic_polynomial_is_that_of_one_step_unrolling(rate, one_step_matrix):
    predicted = one_step_matrix(games.bilinear(), rules.prediction(rate))
    np.testing.assert_allclose(predicted, [[1, -rate], [rate, 1 - 2 * rate**2]], rtol=1e-14)
    unrolled = one_step_matrix(games.bilinear(), rules.unrolled(rate, leader="x", depth=1))
    np.testing.assert_allclose(unrolled, [[1 - 2 * rate**2, -rate], [rate, 1]], rtol=1e-14)
    for matrix in (predicted, unrolled):
        np.testing.assert_allclose(np.poly(matrix), [1, 2 * rate**2 - 2, 1 - rate**2], atol=1e-14)
    if rate == 1.0:
        np.testing.assert_allclose(predicted @ predicted, 0, atol=1e-15)  # solved in two steps


def test_the_prediction_goes_on_by_the_actual_move():
    rule = rules.prediction({"x": optax.sign_sgd(0.25), "y": 1.0})
    run = gg.play(games.bilinear(start=(1.0, 3.0)), rule, jax.random.key(0), 1)
    assert (run.players["x"], run.players["y"]) == (0.75, 3.5)  # y rises by 2 · 0.75 − 1


def test_each_turn_has_a_sample_of_its_own():
    game = gg.Game(
        init=lambda key: {"a": jax.numpy.zeros(()), "b": jax.numpy.zeros(())},
        sample=jax.random.normal,
        losses=lambda players, batch: {name: -batch * players[name] for name in players},
    )
    moved = gg.play(game, rules.prediction(1.0), jax.random.key(0), 1).players
    assert moved["a"] != moved["b"]


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        (("x", "y", "x"), "a prediction needs each player once"),
        (("x",), "order leaves out y"),
        (("x", "z"), "'z' is no player of this game"),
    ],
)
def test_a_wrong_order_is_refused(order, sentence):
    with pytest.raises(ValueError, match=sentence):
        gg.start(games.bilinear(), rules.prediction(0.1, order=order), jax.random.key(0))
