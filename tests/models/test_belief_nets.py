"""Fully visible belief nets: their probabilities sum to one, and they draw what they say."""

import jax
import numpy as np
import pytest

from gangame import models

KEY = jax.random.key(0)


@pytest.mark.parametrize(
    "model", [models.made(9, hidden=(16,)), models.pixel_cnn(9, width=2, num_blocks=1, kernel_size=3)]
)
def test_the_probabilities_of_all_vectors_sum_to_one(model, everything, drawn):
    found = jax.jit(model.log_likelihood)(drawn(model.init), everything(9), KEY)
    assert np.exp(found).sum() == pytest.approx(1, abs=1e-12)
    assert np.std(found) > 1  # which a model that sees nothing would have too, but for one that is not uniform


@pytest.mark.parametrize(
    "model", [models.made(4, hidden=(6,)), models.pixel_cnn(4, width=2, num_blocks=1, kernel_size=3)]
)
def test_vectors_are_drawn_as_often_as_their_probability_says(model, everything, drawn, draws_as_often):
    parameters = drawn(model.init, 0.5)
    samples, found = jax.jit(
        lambda parameters, points: (model.sample(parameters, KEY, 4000), model.log_likelihood(parameters, points, KEY))
    )(parameters, everything(4))
    draws_as_often(samples, np.exp(found))


@pytest.mark.parametrize("make", [models.made, models.pixel_cnn, lambda number: models.belief_net(None, number)])
def test_there_is_a_pixel_or_more(make):
    with pytest.raises(ValueError, match="num_pixels is 0; it has to be 1 or more"):
        make(0)


def test_images_are_square():
    with pytest.raises(ValueError, match="num_pixels is 10; it has to be a square number"):
        models.pixel_cnn(10)
