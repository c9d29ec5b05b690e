"""f-divergences between two Gaussians, by quadrature and by the game's bound."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.games import COSTS
from gangame.games.costs import DIVERGENCES, bound, jensen_shannon_of, kl_of, reverse_kl_of

# The trapezoidal rule converges faster than any power for smooth integrands that vanish at both ends.
GRID, STEP = np.linspace(-14, 14, 2801, retstep=True)
MEAN, SD = 0.5, 1.2
P = np.exp(-(GRID**2) / 2) / np.sqrt(2 * np.pi)
Q = np.exp(-(((GRID - MEAN) / SD) ** 2) / 2) / (SD * np.sqrt(2 * np.pi))
LOG_RATIO = -(GRID**2) / 2 + ((GRID - MEAN) / SD) ** 2 / 2 + np.log(SD)
KL = np.log(SD) + (1 + MEAN**2) / (2 * SD**2) - 1 / 2
REVERSE_KL = -np.log(SD) + (SD**2 + MEAN**2) / 2 - 1 / 2

M = (P + Q) / 2
TWO_JS = np.sum(P * np.log(P / M) + Q * np.log(Q / M)) * STEP
EXPECTED = {
    "kl": KL,
    "reverse_kl": REVERSE_KL,
    "pearson": np.sum((P - Q) ** 2 / Q) * STEP,
    "squared_hellinger": 2 - 2 * np.sqrt(2 * SD / (1 + SD**2)) * np.exp(-(MEAN**2) / (4 * (1 + SD**2))),
    "jensen_shannon": TWO_JS,
    "gan": TWO_JS - np.log(4),
}
# The paper's table: g of the output v, and f* of T.
ACTIVATIONS = {
    "kl": lambda v: v,
    "reverse_kl": lambda v: -np.exp(-v),
    "pearson": lambda v: v,
    "squared_hellinger": lambda v: 1 - np.exp(-v),
    "jensen_shannon": lambda v: np.log(2) - np.log(1 + np.exp(-v)),
    "gan": lambda v: -np.log(1 + np.exp(-v)),
}
CONJUGATES = {
    "kl": lambda t: np.exp(t - 1),
    "reverse_kl": lambda t: -1 - np.log(-t),
    "pearson": lambda t: t**2 / 4 + t,
    "squared_hellinger": lambda t: t / (1 - t),
    "jensen_shannon": lambda t: -np.log(2 - np.exp(t)),
    "gan": lambda t: -np.log(1 - np.exp(t)),
}


def weighted_bound(name, outputs):
    f = DIVERGENCES[name]
    return float(np.sum(P * f.activation(outputs) - Q * f.conjugate(outputs)) * STEP)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_the_functions_are_those_of_the_table(name):
    outputs, f = np.linspace(-1.5, 3, 7), DIVERGENCES[name]
    np.testing.assert_allclose(f.activation(outputs), ACTIVATIONS[name](outputs), rtol=1e-13, atol=1e-15)
    expected = CONJUGATES[name](ACTIVATIONS[name](outputs))
    np.testing.assert_allclose(f.conjugate(jnp.asarray(outputs)), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_the_bound_is_the_divergence_at_the_best_output_and_below_it_elsewhere(name):
    f = DIVERGENCES[name]
    log_ratio = jnp.asarray(LOG_RATIO)
    best = f.output(log_ratio)
    assert np.sum(Q * f.of_ratio(jnp.exp(log_ratio))) * STEP == pytest.approx(EXPECTED[name], rel=1e-10)
    assert weighted_bound(name, best) == pytest.approx(EXPECTED[name], rel=1e-10)
    near = abs(LOG_RATIO) < 5  # far below, Pearson's 2(u − 1) is −2 up to rounding, whatever u
    np.testing.assert_allclose(f.log_ratio(best)[near], LOG_RATIO[near], atol=1e-13)
    for other in (best + 0.1, best - 0.3 * jnp.tanh(jnp.asarray(GRID)), jnp.zeros_like(best)):
        assert weighted_bound(name, other) < EXPECTED[name] - 1e-5


@pytest.mark.parametrize("name", DIVERGENCES)
def test_the_conjugate_is_a_conjugate(name):
    """f*(T) = sup of uT − f(u) over u, where it stands at the ratio which `log_ratio` reads off the output."""
    f, outputs, ratios = DIVERGENCES[name], jnp.linspace(-1.5, 3, 7), jnp.exp(jnp.linspace(-8, 8, 321))
    at_best = jnp.exp(f.log_ratio(outputs))
    np.testing.assert_allclose(f.conjugate(outputs), at_best * f.activation(outputs) - f.of_ratio(at_best), atol=1e-12)
    everywhere = ratios * f.activation(outputs)[:, None] - f.of_ratio(ratios)
    assert np.all(everywhere <= f.conjugate(outputs)[:, None] + 1e-11)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_the_generator_descends_what_the_discriminator_ascends(name):
    real, fake = (jnp.asarray(each) for each in np.random.default_rng(1).standard_normal((2, 30)))
    costs, value = COSTS[f"f_{name}"](real, fake), bound(name, real, fake)
    assert (costs["generator"], costs["discriminator"]) == (value, -value)
    if name == "gan":  # the value function without the factor ½ of the slides
        assert value == pytest.approx(-2 * float(COSTS["minimax"](real, fake)["discriminator"]), rel=1e-14)


def test_logits_estimate_three_divergences():
    """Each estimate is a mean over data and one over samples, here by quadrature over equal shares of each."""
    levels = (np.arange(20_000) + 0.5) / 20_000
    real = np.interp(levels, np.cumsum(P) * STEP - P * STEP / 2, GRID)
    fake = MEAN + SD * real
    logits = [-(x**2) / 2 + ((x - MEAN) / SD) ** 2 / 2 + np.log(SD) for x in (real, fake)]
    logits_real, logits_fake = map(jnp.asarray, logits)
    # 20,000 equal shares miss a bit of the tails, where logits grow as x²: less than 4² times a share.
    assert jensen_shannon_of(logits_real, logits_fake) == pytest.approx(TWO_JS / 2, abs=1e-3)
    assert kl_of(logits_real) == pytest.approx(KL, abs=1e-3)
    assert reverse_kl_of(logits_fake) == pytest.approx(REVERSE_KL, abs=1e-3)
    worse = jensen_shannon_of(logits_real + 0.5, logits_fake + 0.5)
    assert worse < TWO_JS / 2 - 0.01


def test_all_divergences_agree_on_neighbours_up_to_their_curvature():
    """D_f ≈ ½ f″(1) E (u − 1)² for a ratio u near 1, and f″(1) is 1, 1, 2, ½, ½, ½."""
    curvatures = {name: float(jax.grad(jax.grad(f.of_ratio))(1.0)) for name, f in DIVERGENCES.items()}
    assert list(curvatures.values()) == pytest.approx([1, 1, 2, 0.5, 0.5, 0.5])
