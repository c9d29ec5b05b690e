import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from theory.linear import LINEAR

import gangame as gg
from gangame import games, rules

QUADRATIC = LINEAR["three players"]
# V = ξxy, where ξ is one of these two with probability ½: mean 1, standard deviation 2.
NOISE = np.array([-1.0, 3.0])
RATE = 0.1


def test_without_an_imagined_step_it_is_simultaneous(trajectory):
    points = [
        trajectory(QUADRATIC.game(), rule, 20, QUADRATIC.players())
        for rule in (
            rules.extragradient(optax.sgd(0.1, 0.5), extrapolation=0.0),
            rules.simultaneous(optax.sgd(0.1, 0.5)),
        )
    ]
    np.testing.assert_array_equal(*points)


@pytest.mark.parametrize("moments", ["twice", "once"])
def test_adam_remembers_both_gradients_or_that_of_the_step(moments, trajectory):
    b1, b2, eps, rate = 0.5, 0.9, 1e-8, 0.1

    def adam(w, v, m, s, t):
        m, s, t = b1 * m + (1 - b1) * v, b2 * s + (1 - b2) * v**2, t + 1
        return w - rate * (m / (1 - b1**t)) / (np.sqrt(s / (1 - b2**t)) + eps), (m, s, t)

    with jax.numpy_dtype_promotion("standard"):
        rule = rules.extragradient(optax.adam(rate, b1=b1, b2=b2), moments=moments)
        points = trajectory(QUADRATIC.game(), rule, 50, QUADRATIC.players())
    w, memory = QUADRATIC.start, (0.0, 0.0, 0)
    for point in points:
        ahead, after = adam(w, QUADRATIC.field(w), *memory)
        w, memory = adam(w, QUADRATIC.field(ahead), *(after if moments == "twice" else memory))
        np.testing.assert_allclose(point, w, rtol=1e-10, atol=1e-10)


def noisy_bilinear():
    def sample(key):
        return jnp.asarray(NOISE)[jax.random.bernoulli(key).astype(int)]

    def value(players, batch):
        return batch * players["x"] * players["y"]

    return gg.zero_sum(value, sample=sample, init=lambda key: {"x": jnp.array(1.0), "y": jnp.array(0.0)})


@pytest.fixture(scope="module")
def growth():
    """The logarithm of the radius after 400 steps, by kind of sample, for 500 seeds each; and after a single step."""

    def run(num_steps, fresh):
        def radius(key):
            moved = gg.play(noisy_bilinear(), rules.extragradient(RATE, fresh=fresh), key, num_steps).players
            return jnp.log(jnp.hypot(moved["x"], moved["y"]))

        return np.asarray(jax.jit(jax.vmap(radius))(jax.random.split(jax.random.key(1), 500)))

    return {(fresh, num_steps): run(num_steps, fresh) for fresh in (False, True) for num_steps in (1, 400)}


def factors(fresh):
    """On u = x + iy a step multiplies by 1 + iηξ′ − η²ξξ′; its four (two) equally likely squared moduli."""
    pairs = [(a, b) for a in NOISE for b in NOISE] if fresh else [(a, a) for a in NOISE]
    return np.array([(1 - RATE**2 * a * b) ** 2 + (RATE * b) ** 2 for a, b in pairs])


@pytest.mark.parametrize("fresh", [False, True])
def test_a_noisy_step_has_the_factors_of_its_samples(fresh, growth):
    squares = np.exp(2 * growth[fresh, 1])
    expected = factors(fresh)
    nearest = np.abs(squares[:, None] - expected).argmin(axis=1)
    np.testing.assert_allclose(squares, expected[nearest], rtol=1e-12)
    counts = np.bincount(nearest, minlength=len(expected))
    share = 1 / len(expected)
    assert np.abs(counts / 500 - share).max() < 5 * np.sqrt(share * (1 - share) / 500)  # five standard errors


def test_with_noise_that_multiplies_the_field_independent_samples_diverge_and_the_same_sample_converges(growth):
    # E|u⁺|²/|u|² is 1 − 2η²E[ξ²] + η⁴E[ξ⁴] + η²E[ξ²] for one sample, 1 − 2η² + η⁴E[ξ²]² + η²E[ξ²] for two.
    second, fourth = (NOISE**2).mean(), (NOISE**4).mean()
    same, independent = factors(False).mean(), factors(True).mean()
    assert same == pytest.approx(1 - RATE**2 * second + RATE**4 * fourth, rel=1e-14)
    assert independent == pytest.approx(1 + RATE**2 * (second - 2) + RATE**4 * second**2, rel=1e-14)
    assert same < 1 < independent
    # What a single run does is the mean logarithm.
    for fresh in (False, True):
        exponents = growth[fresh, 400] / 400
        logs = np.log(factors(fresh)) / 2
        assert abs(exponents.mean() - logs.mean()) < 5 * logs.std() / np.sqrt(400 * 500)  # five standard errors
    assert growth[False, 400].max() < -3
    assert growth[True, 400].min() > 3


def test_an_unknown_word_is_refused():
    with pytest.raises(ValueError, match="moments is 'three'; it has to be 'twice' or 'once'"):
        rules.extragradient(0.1, moments="three")
    with pytest.raises(ValueError, match="learning rate is -1; it has to be finite and 0 or more"):
        rules.extragradient(0.1, extrapolation=-1)


def test_the_imagined_step_may_have_a_memory_of_its_own():
    rule = rules.extragradient(0.1, extrapolation={"x": optax.sgd(0.1, 0.5), "y": 0.2})
    run = gg.play(games.bilinear(), rule, jax.random.key(0), 3)
    assert len(jax.tree.leaves(run.state.extrapolation["x"])) == 1
    assert not jax.tree.leaves(run.state.step)


@jax.numpy_dtype_promotion("standard")  # for optax's Adam
def test_it_combines_with_a_corrected_field_and_an_optimiser_for_each_player():
    rule = rules.extragradient({"x": optax.adam(1e-2), "y": 0.1}, direction=rules.directions.consensus(strength=1.0))
    run = gg.play(games.bilinear(start=(1.0, 1.0)), rule, jax.random.key(0), 1)
    # On V = xy the corrected field is (x + y, y − x). Adam's first step is its rate, whatever the size of the gradient,
    # and so is its second along a gradient of the same sign to within the moments; y moves by 0.1 of the field ahead.
    ahead = 1 - 1e-2
    np.testing.assert_allclose(run.players["y"], 1 - 0.1 * (1 - ahead), rtol=1e-6)
    assert run.players["x"] == pytest.approx(1 - 1e-2, abs=1e-4)
