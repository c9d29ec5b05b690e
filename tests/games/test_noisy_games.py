"""The games whose samples are noisy: bilinear with noise, finite sums, the two-time-scale toy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from gangame import analysis, games

A = np.array([[2.0, 0.5, -1.0], [0.3, 1.0, 0.7]])
NUM_SAMPLES = 20_000


def fields(game, players, num_samples=NUM_SAMPLES):
    """The field on independent samples, `[num_samples, parameters]`."""
    sampled = jax.jit(jax.vmap(lambda key: ravel_pytree(analysis.field(game)(players, game.sample(key)))[0]))
    return np.asarray(sampled(jax.random.split(jax.random.key(0), num_samples)))


@pytest.mark.parametrize(("additive", "multiplicative"), [(0.3, 0.0), (0.0, 0.5), (0.3, 0.5)])
def test_the_noise_has_the_moments_of_theory(additive, multiplicative):
    game = games.noisy_bilinear(A, additive=additive, multiplicative=multiplicative)
    x, y = np.array([0.5, -1.0]), np.array([1.0, 2.0, -0.4])
    seen = fields(game, {"x": jnp.asarray(x), "y": jnp.asarray(y)})
    deviation = seen - np.concatenate([A @ y, -A.T @ x])
    second = multiplicative**2 * (2 * y @ y + 3 * x @ x) + 5 * additive**2
    # Both are means over 20,000 draws; five standard deviations, of normals and of squares of them.
    spread = np.sqrt(max(x @ x, y @ y) * multiplicative**2 + additive**2)
    np.testing.assert_allclose(deviation.mean(axis=0), 0, atol=5 * spread / np.sqrt(NUM_SAMPLES))
    squared = np.sum(deviation**2, axis=1)
    assert squared.mean() == pytest.approx(second, abs=5 * squared.std() / np.sqrt(NUM_SAMPLES))


def test_multiplicative_noise_dies_at_the_equilibrium_and_additive_noise_does_not():
    only = games.noisy_bilinear(A, additive=0.0, multiplicative=0.5)
    assert np.all(fields(only, only.equilibrium, 100) == 0)
    both = games.noisy_bilinear(A, additive=0.3, multiplicative=0.5)
    assert fields(both, both.equilibrium, 1000).std(axis=0) == pytest.approx(0.3, rel=0.15)  # five times 1/√2000


def test_the_second_moment_of_simultaneous_steps_follows_its_recursion():
    # Of V = xy: E r² ← (1 + η²(1 + σ_m²)) E r² + 2 η² σ_a².
    rate, additive, multiplicative, num_steps, num_runs = 0.2, 0.3, 0.5, 10, NUM_SAMPLES
    game = games.noisy_bilinear(additive=additive, multiplicative=multiplicative, start=(1.0, 0.5))

    def run(key):
        def step(players, key):
            v = analysis.field(game)(players, game.sample(key))
            return jax.tree.map(lambda w, slope: w - rate * slope, players, v), None

        players, _ = jax.lax.scan(step, game.init(key), jax.random.split(key, num_steps))
        return players["x"] ** 2 + players["y"] ** 2

    found = np.asarray(jax.jit(jax.vmap(run))(jax.random.split(jax.random.key(1), num_runs)))
    expected = 1.25
    for _ in range(num_steps):
        expected = (1 + rate**2 * (1 + multiplicative**2)) * expected + 2 * rate**2 * additive**2
    assert found.mean() == pytest.approx(expected, abs=5 * found.std() / np.sqrt(num_runs))


def test_the_mean_over_the_terms_is_the_whole_game():
    n, d = 10, 4
    game = games.finite_sum_bilinear(n, size=d, batch_size=3)
    assert (game.sample.num_terms, game.sample.batch_size) == (n, 3)
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, n, d)) / np.sqrt(d)
    x, y = np.random.default_rng(1).standard_normal((2, d))
    players = {"x": jnp.asarray(x), "y": jnp.asarray(y)}
    term = jax.jit(lambda i: game.losses(players, game.sample.batch_of(i))["x"])
    terms = [float(term(jnp.asarray(i))) for i in range(n)]
    by_hand = [x[i % d] * y[i % d] + a[i] @ x + b[i] @ y for i in range(n)]
    np.testing.assert_allclose(terms, by_hand, rtol=1e-12)
    whole = game.losses(players, game.sample.batch_of(jnp.arange(n)))["x"]
    coupling = np.diag([3, 3, 2, 2]) / n
    assert whole == pytest.approx(x @ coupling @ y + a.mean(axis=0) @ x + b.mean(axis=0) @ y, rel=1e-12)
    assert whole == pytest.approx(np.mean(terms), rel=1e-12)
    v = analysis.field(game)(game.equilibrium, game.sample.batch_of(jnp.arange(n)))
    np.testing.assert_allclose(np.concatenate([v["x"], v["y"]]), 0, atol=1e-14)


def test_every_term_is_drawn_equally_often():
    sample = games.finite_sum_bilinear(5, batch_size=4).sample
    counts = np.bincount(np.ravel(jax.vmap(sample)(jax.random.split(jax.random.key(0), 5000))), minlength=5)
    # 20,000 draws of probability 1/5: a standard deviation of √(20000·0.16) = 57, five of them.
    np.testing.assert_allclose(counts, 4000, atol=285)


def test_without_arguments_it_is_the_published_size_with_the_coupling_of_an_identity():
    game = games.finite_sum_bilinear()
    everything = game.sample.batch_of(jnp.arange(100))
    J = np.asarray(jax.jit(lambda w: analysis.jacobian(game, w, everything))(game.equilibrium))
    np.testing.assert_allclose(J[:100, 100:], np.eye(100) / 100, atol=1e-16)
    np.testing.assert_allclose(J[:100, :100], 0, atol=1e-16)


def test_the_two_time_scale_toy_is_its_formula():
    game = games.ttur_toy(noise=1.0, scale=0.01)
    x, y, xi, zeta = 0.7, -1.2, 0.3, -2.0
    v = analysis.field(game)({"x": jnp.asarray(x), "y": jnp.asarray(y)}, {"x": jnp.asarray(xi), "y": jnp.asarray(zeta)})
    assert v["x"] == pytest.approx(0.01 * (2 * x * (100 - y**2) + xi), rel=1e-13)
    assert v["y"] == pytest.approx(0.01 * (2 * y * (1 + x**2) + zeta), rel=1e-13)
    quiet = jax.tree.map(jnp.zeros_like, game.sample(jax.random.key(0)))
    np.testing.assert_allclose(
        analysis.jacobian(game, game.equilibrium, quiet), np.diag([2.0, 0.02]), rtol=1e-14, atol=1e-16
    )
    players = game.init(jax.random.key(0))
    assert (players["x"], players["y"]) == (0.5, -0.4)


def test_the_noise_of_the_toy_has_its_standard_deviation_and_is_scaled_with_the_losses():
    game = games.ttur_toy(noise=2.0, scale=0.5)
    seen = fields(game, game.equilibrium)
    np.testing.assert_allclose(seen.mean(axis=0), 0, atol=5 / np.sqrt(NUM_SAMPLES))
    np.testing.assert_allclose(seen.std(axis=0), 1.0, atol=5 / np.sqrt(2 * NUM_SAMPLES))
    assert np.corrcoef(seen.T)[0, 1] == pytest.approx(0, abs=5 / np.sqrt(NUM_SAMPLES))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: games.noisy_bilinear(additive=-1.0), "additive is -1.0; it has to be 0 or more"),
        (lambda: games.noisy_bilinear(multiplicative=-1.0), "multiplicative is -1.0; it has to be 0 or more"),
        (lambda: games.finite_sum_bilinear(0), "num_terms is 0"),
        (lambda: games.finite_sum_bilinear(4, batch_size=0), "batch_size 0"),
        (lambda: games.finite_sum_bilinear(4, size=5), "size is 5; it has to be from 1 to num_terms = 4"),
        (lambda: games.ttur_toy(-1.0), "noise is -1.0; it has to be 0 or more"),
        (lambda: games.ttur_toy(scale=0.0), "scale is 0.0; it has to be positive"),
    ],
)
def test_bad_arguments_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


@pytest.mark.parametrize(
    ("factory", "name"),
    [(games.noisy_bilinear, "additive"), (games.noisy_bilinear, "multiplicative"), (games.ttur_toy, "noise"),
     (games.ttur_toy, "scale"), (games.prisoners_dilemma, "discount"), (games.linear_quadratic_gan, "regularization")],
)  # fmt: skip
def test_numbers_may_be_traced(factory, name):
    def loss(number):
        game = factory(**{name: number})
        key = jax.random.key(0)
        return jax.tree.leaves(game.losses(game.init(key), game.sample(key)))[0]

    assert jax.eval_shape(loss, 0.5).shape == ()
