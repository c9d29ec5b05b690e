"""The costs without a probability: critics, and comparisons of two samples."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.games import COSTS

REAL, FAKE = np.random.default_rng(0).standard_normal((2, 40)) * 2


def softplus(a):
    return np.logaddexp(0, a)


EXPECTED = {
    "wasserstein": (np.mean(FAKE) - np.mean(REAL), np.mean(REAL) - np.mean(FAKE)),
    "hinge": (np.mean(np.maximum(0, 1 - REAL)) + np.mean(np.maximum(0, 1 + FAKE)), -np.mean(FAKE)),
    "least_squares": (np.mean((REAL - 1) ** 2) / 2 + np.mean(FAKE**2) / 2, np.mean((FAKE - 1) ** 2) / 2),
    "relativistic": (np.mean(softplus(FAKE - REAL)), np.mean(softplus(REAL - FAKE))),
    "relativistic_average": (
        np.mean(softplus(np.mean(FAKE) - REAL)) / 2 + np.mean(softplus(FAKE - np.mean(REAL))) / 2,
        np.mean(softplus(REAL - np.mean(FAKE))) / 2 + np.mean(softplus(np.mean(REAL) - FAKE)) / 2,
    ),
}


@pytest.mark.parametrize("cost", EXPECTED)
def test_the_costs_are_the_formulas_of_the_papers(cost):
    costs = COSTS[cost](jnp.asarray(REAL), jnp.asarray(FAKE))
    assert (costs["discriminator"], costs["generator"]) == pytest.approx(EXPECTED[cost], rel=1e-13)


@pytest.mark.parametrize("cost", ["relativistic", "relativistic_average"])
def test_relativistic_players_are_mirror_images_and_only_differences_count(cost):
    real, fake = jnp.asarray(REAL), jnp.asarray(FAKE)
    costs, mirrored, shifted = (COSTS[cost](*each) for each in ((real, fake), (fake, real), (real + 7, fake + 7)))
    assert costs["generator"] == mirrored["discriminator"]
    for name, value in costs.items():
        assert shifted[name] == pytest.approx(float(value), rel=1e-14)
    # The generator's slope at the data: a plain cost in its place, which has none, would go unnoticed by values alone.
    slope = jax.grad(lambda a: COSTS[cost](a, fake)["generator"])(real)
    assert np.all(slope > 0)


def test_beyond_the_margin_the_hinge_gives_the_critic_nothing_and_the_generator_as_much_as_ever():
    def slopes(name):
        return jax.grad(lambda a: COSTS["hinge"](a[:1], a[1:])[name])(jnp.array([1.5, -1.5]))

    np.testing.assert_array_equal(slopes("discriminator"), [0, 0])
    np.testing.assert_array_equal(slopes("generator"), [0, -1])


@pytest.mark.parametrize("ratio", [0.2, 1.0, 5.0])
def test_the_best_least_squares_score_is_the_probability_of_being_real(ratio):
    def expected(score):
        data = COSTS["least_squares"](score[None], jnp.zeros(1))["discriminator"]
        sample = COSTS["least_squares"](jnp.ones(1), score[None])["discriminator"]
        return ratio * data + sample

    assert jax.grad(expected)(jnp.asarray(ratio / (1 + ratio))) == pytest.approx(0, abs=1e-15)
