import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.games.costs import COSTS, INDIFFERENT, LOGISTIC, guarded_exp

AT_HALF = {
    "minimax": -np.log(2),
    "non_saturating": np.log(2) / 2,
    "maximum_likelihood": -0.5,
}


@pytest.mark.parametrize("cost", LOGISTIC)
def test_at_d_one_half_the_discriminator_pays_log_2(cost):
    costs = COSTS[cost](jnp.zeros(5), jnp.zeros(3))
    assert costs["discriminator"] == pytest.approx(np.log(2), rel=1e-15)
    assert costs["generator"] == pytest.approx(AT_HALF[cost], rel=1e-15)


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("real", [-1e4, 0.0, 1e4])
@pytest.mark.parametrize("fake", [-1e4, 0.0, 1e4])
def test_values_and_gradients_are_finite_at_huge_logits(cost, dtype, real, fake):
    def costs(logits):
        return COSTS[cost](logits[:1], logits[1:])

    logits = jnp.array([real, fake], dtype)
    for name, value in costs(logits).items():
        slope = jax.grad(lambda a, name=name: costs(a)[name])(logits)
        assert value.dtype == slope.dtype == dtype
        assert jnp.isfinite(value)
        assert jnp.all(jnp.isfinite(slope))


def slopes(cost, name, real, fake):
    return jax.grad(lambda a: COSTS[cost](a[:1], a[1:])[name])(jnp.array([real, fake]))


@pytest.mark.parametrize("cost", LOGISTIC)
def test_the_limits_of_the_discriminator_are_zero_and_linear(cost):
    # −½ log D(x) and −½ log(1 − D(G(z))) at logit a: 0 on the right side, |a|/2 on the wrong one; slopes 0 and ½.
    assert COSTS[cost](jnp.array([1e4]), jnp.array([-1e4]))["discriminator"] == 0
    assert COSTS[cost](jnp.array([-1e4]), jnp.array([1e4]))["discriminator"] == 1e4
    np.testing.assert_array_equal(slopes(cost, "discriminator", 1e4, -1e4), [0, 0])
    np.testing.assert_array_equal(slopes(cost, "discriminator", -1e4, 1e4), [-0.5, 0.5])


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_at_the_logit_minus_30_only_minimax_saturates_and_even_that_to_full_precision(dtype):
    """log(D + 1e-8), or D clipped at 1e-7, would have lost the slope of the non-saturating cost by then."""
    logits = jnp.array([0.0, -30.0], dtype)
    slope = {
        cost: jax.grad(lambda a, cost=cost: COSTS[cost](a[:1], a[1:])["generator"])(logits)[1] for cost in LOGISTIC
    }
    eps = float(jnp.finfo(dtype).eps)
    assert slope["non_saturating"] == pytest.approx(-0.5, rel=eps)
    # exp of a number of size 30 has that many roundings.
    assert slope["minimax"] == pytest.approx(-0.5 * np.exp(-30), rel=60 * eps)
    assert slope["maximum_likelihood"] == pytest.approx(-0.5 * np.exp(-30), rel=60 * eps)


@pytest.mark.parametrize("cost", COSTS)
def test_where_generator_and_data_are_one_the_best_constant_answer_is_the_indifferent_one(cost):
    def discriminator(answer):
        same = jnp.full(2, answer)
        return COSTS[cost](same, same)["discriminator"]

    best = INDIFFERENT[cost]
    assert jax.grad(discriminator)(best) == pytest.approx(0, abs=1e-15)
    for other in (best - 0.7, best + 1.9):
        assert discriminator(best) <= discriminator(other) + 1e-15


def test_where_samples_are_rejected_minimax_saturates_and_non_saturating_does_not():
    np.testing.assert_array_equal(slopes("minimax", "generator", 0.0, -1e4)[1], 0)
    np.testing.assert_array_equal(slopes("non_saturating", "generator", 0.0, -1e4)[1], -0.5)
    np.testing.assert_array_equal(slopes("maximum_likelihood", "generator", 0.0, -1e4)[1], 0)


def test_minimax_is_zero_sum_and_differs_from_non_saturating_by_half_the_mean_logit():
    real, fake = np.random.default_rng(0).standard_normal((2, 50)) * 3
    zero_sum = COSTS["minimax"](jnp.asarray(real), jnp.asarray(fake))
    assert zero_sum["generator"] == -zero_sum["discriminator"]
    # log(1 − D) − log D = −a, so ½ E log(1 − D) and −½ E log D differ by the mean of a/2, up to what G cannot change.
    ns = COSTS["non_saturating"](jnp.asarray(real), jnp.asarray(fake))
    fixed = -np.mean(np.log1p(np.exp(-real))) / 2
    assert zero_sum["generator"] - fixed == pytest.approx(-np.mean(np.log1p(np.exp(fake))) / 2, rel=1e-13)
    assert ns["generator"] - (zero_sum["generator"] - fixed) == pytest.approx(
        np.mean(np.log1p(np.exp(-fake)) + np.log1p(np.exp(fake))) / 2, rel=1e-13
    )


def test_the_costs_are_the_formulas_of_the_slides():
    a_real, a_fake = np.random.default_rng(1).standard_normal((2, 20))
    d_real, d_fake = 1 / (1 + np.exp(-a_real)), 1 / (1 + np.exp(-a_fake))
    discriminator = -np.mean(np.log(d_real)) / 2 - np.mean(np.log(1 - d_fake)) / 2
    generator = {
        "minimax": -discriminator,
        "non_saturating": -np.mean(np.log(d_fake)) / 2,
        "maximum_likelihood": -np.mean(d_fake / (1 - d_fake)) / 2,
    }
    for name, cost in LOGISTIC.items():
        costs = cost(jnp.asarray(a_real), jnp.asarray(a_fake))
        assert costs["discriminator"] == pytest.approx(discriminator, rel=1e-13)
        assert costs["generator"] == pytest.approx(generator[name], rel=1e-13)


@pytest.mark.parametrize("theta", [-0.7, 0.3, 1.5])
def test_at_the_optimal_discriminator_the_third_cost_has_the_gradient_of_maximum_likelihood(theta):
    """With x = θ + z, a = log p_data/p_θ held fixed: the gradient is ½ d/dθ of −E_data log p_θ, here θ/2."""
    # Gauss–Hermite with 80 nodes is exact to rounding for the smooth integrand exp of a linear function.
    z, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = jnp.asarray(weights / weights.sum())

    def cost(moved):
        x = moved + z
        logits = -(x**2) / 2 + (x - theta) ** 2 / 2
        each = jax.vmap(lambda a: COSTS["maximum_likelihood"](a[None], a[None])["generator"])(logits)
        return jnp.sum(weights * each)

    assert jax.grad(cost)(theta) == pytest.approx(theta / 2, rel=1e-12)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_the_guarded_exponential_is_exp_below_its_bound_and_its_tangent_above(dtype):
    bound = np.log(float(jnp.finfo(dtype).max)) / 2
    below = jnp.asarray([-50.0, 0.0, 0.9 * bound], dtype)
    np.testing.assert_array_equal(guarded_exp(below), jnp.exp(below))
    above = jnp.asarray([1.1 * bound, 2 * bound, 1e4], dtype)
    assert jnp.all(jnp.diff(guarded_exp(above)) > 0)
    slope = jax.vmap(jax.grad(guarded_exp))(above)
    # exp(bound) to the rounding of its exponent: bound · eps, relative.
    np.testing.assert_allclose(slope, np.exp(bound), rtol=2 * bound * jnp.finfo(dtype).eps)
