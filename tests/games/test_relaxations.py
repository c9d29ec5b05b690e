"""Estimators of gradients through choices, against sums over all choices."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np

from gangame.games import relaxations

THETA = jnp.array([0.3, -1.2, 0.8])
COSTS = jnp.array([2.0, -1.0, 0.5])


def expected(theta):
    """E c, by enumeration."""
    return jax.nn.softmax(theta) @ COSTS


def over_batches(estimate, size):
    """The mean of an estimate over all batches of so many choices, each with its probability."""
    p = np.asarray(jax.nn.softmax(THETA))
    batches = jnp.array(list(itertools.product(range(3), repeat=size)))
    weights = np.prod(p[np.asarray(batches)], axis=1)
    return (
        np.einsum("b,b...->...", weights, np.asarray(jax.vmap(estimate)(batches))),
        weights,
        jax.vmap(estimate)(batches),
    )


def surrogate(baseline):
    def of(theta, batch):
        return relaxations.score_function(jax.nn.log_softmax(theta)[batch], COSTS[batch], baseline)

    return of


def test_the_score_function_has_the_exact_value_gradient_and_hessian_in_the_mean():
    for size, baseline in ((1, False), (2, False), (2, True), (3, True)):
        of = surrogate(baseline)
        value, _, _ = over_batches(lambda batch, of=of: of(THETA, batch), size)
        np.testing.assert_allclose(value, expected(THETA), rtol=1e-12)
        slope, _, _ = over_batches(lambda batch, of=of: jax.grad(of)(THETA, batch), size)
        np.testing.assert_allclose(slope, jax.grad(expected)(THETA), rtol=1e-12, atol=1e-14)
    bend, _, _ = over_batches(lambda batch: jax.hessian(surrogate(False))(THETA, batch), 2)
    np.testing.assert_allclose(bend, jax.hessian(expected)(THETA), rtol=1e-12, atol=1e-14)


def test_a_baseline_takes_variance_away_where_costs_are_far_from_zero():
    def spread(baseline):
        def of(theta, batch):
            return relaxations.score_function(jax.nn.log_softmax(theta)[batch], COSTS[batch] + 10, baseline)

        mean, weights, each = over_batches(lambda batch: jax.grad(of)(THETA, batch), 2)
        return float(weights @ np.sum((np.asarray(each) - mean) ** 2, axis=1))

    assert spread(True) < spread(False) / 10


def test_what_a_cost_itself_depends_on_gets_its_derivative():
    def of(strength, batch):
        return relaxations.score_function(jax.nn.log_softmax(THETA)[batch], strength * COSTS[batch])

    batch = jnp.array([0, 1, 2, 2])
    np.testing.assert_allclose(jax.grad(of)(1.0, batch), jnp.mean(COSTS[batch]), rtol=1e-12)


def test_choices_have_the_probabilities_of_the_softmax():
    noise = jax.random.gumbel(jax.random.key(0), (20_000, 3))
    shares = np.asarray(relaxations.hard_choice(jnp.broadcast_to(THETA, noise.shape), noise)).mean(0)
    p = np.asarray(jax.nn.softmax(THETA))
    assert np.all(np.abs(shares - p) < 4 * np.sqrt(p * (1 - p) / 20_000))


def test_a_soft_choice_goes_to_the_hard_one_and_straight_through_has_the_value_of_one_and_the_slope_of_the_other():
    noise = jax.random.gumbel(jax.random.key(1), (50, 3))
    logits = jnp.broadcast_to(THETA, noise.shape)
    hard = relaxations.hard_choice(logits, noise)
    np.testing.assert_allclose(relaxations.soft_choice(logits, noise, 1e-4), hard, atol=1e-9)
    np.testing.assert_allclose(relaxations.straight_through(logits, noise, 0.7), hard, atol=1e-15)

    def weighed(choose):
        return jax.grad(lambda logits: jnp.sum(jnp.sin(jnp.arange(150.0)).reshape(50, 3) * choose(logits, noise, 0.7)))

    np.testing.assert_allclose(
        weighed(relaxations.straight_through)(logits), weighed(relaxations.soft_choice)(logits), rtol=1e-12, atol=1e-15
    )
