import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.flatten_util import ravel_pytree

import gangame as gg
from gangame import games, rules

KEY = jax.random.key(0)
# optax's Adam mixes Python and array numbers in a way that strict promotion refuses.
with_adam = pytest.mark.parametrize("promotion", ["standard"])


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.7])
@pytest.mark.parametrize("depth", [0, 1, 2, 5, 10])
@pytest.mark.parametrize("through", [True, False])
def test_the_one_step_matrices_and_spectral_radii_on_xy(rate, depth, through, one_step_matrix):
    def matrix(leader):
        return one_step_matrix(games.bilinear(), rules.unrolled(rate, leader=leader, depth=depth, through=through))

    k = depth * (2 if through else 1)  # the through-gradient counts twice
    one, both = matrix("x"), matrix(("x", "y"))
    np.testing.assert_allclose(one, [[1 - k * rate**2, -rate], [rate, 1]], rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(both, [[1 - k * rate**2, -rate], [rate, 1 - k * rate**2]], rtol=1e-14, atol=1e-14)

    # λ² − (2 − kη²)λ + 1 − (k − 1)η² = 0: complex up to kη = 2, then real. At kη = 2 the root is double.
    inside = k**2 * rate**2 - 4
    if inside <= 0:
        radius = np.sqrt(1 - (k - 1) * rate**2)
    else:
        radius = max(abs(1 - k * rate**2 / 2 + s * rate * np.sqrt(inside) / 2) for s in (-1, 1))
    # A perturbation eps of a double root moves it by √eps.
    assert np.abs(np.linalg.eigvals(one)).max() == pytest.approx(radius, rel=1e-12 if abs(inside) > 1e-6 else 1e-7)
    radius = np.sqrt((1 - k * rate**2) ** 2 + rate**2)
    assert np.abs(np.linalg.eigvals(both)).max() == pytest.approx(radius, rel=1e-12)


def saddle(a, b, c):
    def value(players, batch):
        return a / 2 * players["x"] ** 2 + b * players["x"] * players["y"] - c / 2 * players["y"] ** 2

    return gg.zero_sum(value)


@pytest.mark.parametrize("depth", [1, 3, 8])
@pytest.mark.parametrize("alpha", [None, 0.02, 0.4])
def test_the_one_step_matrix_on_a_quadratic_saddle_with_an_inner_rate(depth, alpha, one_step_matrix):
    a, b, c, eta = 0.7, 1.3, 0.9, 0.1
    M = one_step_matrix(saddle(a, b, c), rules.unrolled(eta, depth=depth, inner=alpha))
    alpha = eta if alpha is None else alpha
    r = 1 - alpha * c
    s = alpha * b * sum(r**j for j in range(depth))
    expected = [[1 - eta * (a + b * s + s * (b - c * s)), -eta * (b - c * s) * r**depth], [eta * b, 1 - eta * c]]
    np.testing.assert_allclose(M, expected, rtol=1e-13)


@pytest.mark.parametrize(("players", "size"), [(2, 1), (2, 3), (3, 2)])
@pytest.mark.parametrize("through", [True, False])
def test_a_trajectory_is_that_of_the_equations(players, size, through, random_matrix, trajectory):
    A = random_matrix(20 + players, players, size)
    b = np.linspace(-1, 1, len(A))
    names = [f"p{i + 1}" for i in range(players)]
    eta, depth = 0.03, 4
    start = np.linspace(0.5, 2, len(A))
    rule = rules.unrolled(eta, leader="p1", depth=depth, through=through)
    game = games.quadratic(A, offset=b, players=players, size=size)
    points = trajectory(game, rule, 50, dict(zip(names, start.reshape(players, size), strict=True)))
    L, F = slice(0, size), slice(size, None)
    w = start
    for point in points:
        theta, phi, sensitivity = w[L], w[F], np.zeros((len(A) - size, size))
        for _ in range(depth):
            phi, sensitivity = (
                phi - eta * (A[F, L] @ theta + A[F, F] @ phi + b[F]),
                sensitivity - eta * (A[F, L] + A[F, F] @ sensitivity),  # dφʲ⁺¹/dθ
            )
        gradient = A[L, L] @ theta + A[L, F] @ phi + b[L]
        if through:
            gradient = gradient + sensitivity.T @ (A[L, F].T @ theta)
        w = np.concatenate([theta - eta * gradient, w[F] - eta * (A[F] @ w + b[F])])
        np.testing.assert_allclose(point, w, rtol=1e-10, atol=1e-10)


SMALL_GAMES = {
    "bilinear": games.bilinear,
    "quadratic": functools.partial(games.quadratic, "random", players=3, size=2),
    "dirac": games.dirac,
    "mixture": functools.partial(games.mixture, hidden=(4,), discriminator_hidden=(4,), latent_dim=2, batch_size=4),
}


@pytest.mark.parametrize("name", SMALL_GAMES)
@with_adam
def test_depth_0_is_simultaneous_to_the_bit(name):
    game = SMALL_GAMES[name]()
    optimizer = optax.adam(0.01, b1=0.5)
    runs = [
        jax.jit(lambda key, rule=rule: gg.play(game, rule, key, 5))(KEY)
        for rule in (rules.unrolled(optimizer, depth=0), rules.simultaneous(optimizer))
    ]
    for left, right in zip(*(jax.tree.leaves((run.players, run.state)) for run in runs), strict=True):
        np.testing.assert_array_equal(left, right)


OPTIMIZERS = {"sgd": optax.sgd(0.1), "adam": optax.adam(0.02, b1=0.5, eps_root=1e-16)}


@functools.cache
def small_gan(activation):
    game = games.mixture(
        hidden=(6,), discriminator_hidden=(6,), latent_dim=3, batch_size=8, activation=activation, std=0.1
    )

    def loss(name, generator, discriminator, batch):
        return game.losses({"generator": generator, "discriminator": discriminator}, batch)[name]

    leader_loss = jax.jit(functools.partial(loss, "generator"))
    follower_gradient = jax.jit(jax.grad(functools.partial(loss, "discriminator"), argnums=1))
    return game, leader_loss, follower_gradient


@functools.cache
def warmed_up(activation, name):
    game, *_ = small_gan(activation)
    return jax.jit(lambda: gg.play(game, rules.simultaneous(OPTIMIZERS[name]), KEY, 5))()


def loss_after_unroll(activation, name, depth, generator, discriminator, state, batch):
    """The leader's loss after `depth` steps of the follower, by a Python loop; Adam by hand, rates as in OPTIMIZERS."""
    _, leader_loss, follower_gradient = small_gan(activation)
    flat, unravel = ravel_pytree(discriminator)
    phi = np.asarray(flat)
    if name == "adam":
        m, v, t = (np.asarray(ravel_pytree(part)[0]) for part in (state[0].mu, state[0].nu, state[0].count))
        assert np.any(m != 0)
        t = int(t[0])
    for _ in range(depth):
        gradient = np.asarray(ravel_pytree(follower_gradient(generator, unravel(jnp.asarray(phi)), batch))[0])
        if name == "sgd":
            phi = phi - 0.1 * gradient
        else:
            t += 1
            m = 0.5 * m + 0.5 * gradient
            v = 0.999 * v + 0.001 * gradient**2
            phi = phi - 0.02 * (m / (1 - 0.5**t)) / (np.sqrt(v / (1 - 0.999**t) + 1e-16) + 1e-8)
    return float(leader_loss(generator, unravel(jnp.asarray(phi)), batch))


@pytest.mark.parametrize("depth", [1, 3, 10])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("name", OPTIMIZERS)
@with_adam
def test_the_gradient_of_a_gan_is_that_of_central_differences(activation, depth, name):
    game, *_ = small_gan(activation)
    optimizer = OPTIMIZERS[name]
    warm = warmed_up(activation, name)
    # A generator that steps at rate 1 shows its gradient; the follower keeps its warm optimiser.
    rule = rules.unrolled({"generator": optax.sgd(1.0), "discriminator": optimizer}, depth=depth)
    state = {**rule.init(warm.players), "discriminator": warm.state["discriminator"]}
    moved, _ = jax.jit(lambda players, state: rule.update(game, players, state, KEY))(warm.players, state)
    theta, unravel = ravel_pytree(warm.players["generator"])
    gradient = np.asarray(theta) - np.asarray(ravel_pytree(moved["generator"])[0])

    def loss(point):
        return loss_after_unroll(
            activation, name, depth, unravel(jnp.asarray(point)), warm.players["discriminator"],
            warm.state["discriminator"], game.sample(KEY),
        )  # fmt: skip

    # The error of a central difference is h²f‴/6 + eps f/h, least near h = eps^(1/3) = 6e-6; both terms are then about
    # 4e-11 in units of f and f‴. Relative to a derivative of 1e-2 that leaves 1e-6 a factor of 100 and more. A kink of
    # a ReLU within h of one of the pre-activations would show as an error of order one; there are some hundreds of
    # them, of size 0.1 to 1, so this has a probability of about a per cent.
    h = np.finfo(float).eps ** (1 / 3)
    directions = np.random.default_rng(0).standard_normal((3, theta.size))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    differences = [(loss(theta + h * u) - loss(theta - h * u)) / (2 * h) for u in directions]
    error = np.linalg.norm(differences - directions @ gradient) / np.linalg.norm(directions @ gradient)
    assert error < 1e-6


@pytest.mark.parametrize(("eps_root", "finite"), [(0.0, False), (1e-16, True)])
@with_adam
def test_through_adam_a_gradient_of_zero_is_nan_unless_eps_root_is_positive(eps_root, finite):
    game = gg.zero_sum(lambda players, batch: players["x"] ** 2 + 0 * players["x"] * players["y"])
    rule = rules.unrolled(optax.adam(0.1, eps_root=eps_root), depth=2)
    run = gg.play(game, rule, KEY, 1, players={"x": jnp.array(1.0), "y": jnp.array(0.0)})
    assert bool(jnp.isfinite(run.players["x"])) is finite
