"""The GANs that learn one Gaussian, and the Gaussian."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from gangame import analysis, data, games

SIGMA = np.array([[4.0, 1.0], [1.0, 2.0]])
RNG = np.random.default_rng(0)


def test_the_gaussian_has_its_mean_and_covariance():
    samples = np.asarray(data.gaussian(mean=[1.0, -2.0], covariance=SIGMA)(jax.random.key(0), 20_000))
    # Five standard deviations: √(4/20000) of a mean, √(2·4²/20000) of a covariance.
    np.testing.assert_allclose(samples.mean(axis=0), [1, -2], atol=0.071)
    np.testing.assert_allclose(np.cov(samples.T), SIGMA, atol=0.2)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"size": 0}, "size is 0; it has to be 1 or more"),
        ({"size": 3, "mean": [1.0]}, r"mean has the shape \(1,\) and covariance \(3, 3\)"),
        ({"mean": [1.0], "covariance": SIGMA}, r"they have to be \(1,\)"),
        ({"covariance": [[1.0, 0.0], [1.0, 1.0]]}, "it has to be symmetric and positive definite"),
        ({"covariance": [[-1.0]]}, "it has to be symmetric and positive definite"),
    ],
)
def test_what_is_no_gaussian_is_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        data.gaussian(**arguments)


def test_the_linear_quadratic_field_is_the_one_derived_by_hand():
    W, M = RNG.standard_normal((2, 3)), RNG.standard_normal((2, 2))
    game = games.linear_quadratic_gan(SIGMA, latent_dim=3, regularization=0.7)
    players = {"generator": jnp.asarray(W), "discriminator": jnp.asarray(M)}
    losses, v = game.losses(players, None), analysis.field(game)(players, None)
    value = np.trace(M @ (SIGMA - W @ W.T))
    assert losses["generator"] == pytest.approx(value, rel=1e-13)
    assert losses["discriminator"] == pytest.approx(-value + 0.35 * np.sum(M**2), rel=1e-13)
    np.testing.assert_allclose(v["generator"], -(M + M.T) @ W, atol=1e-13)
    np.testing.assert_allclose(v["discriminator"], W @ W.T - SIGMA + 0.7 * M, atol=1e-13)


@pytest.mark.parametrize("strength", [0.0, 0.5, 8.0])
def test_the_linear_quadratic_jacobian_of_one_feature_has_its_closed_form(strength):
    game = games.linear_quadratic_gan([[2.25]], regularization=strength)
    J = np.asarray(jax.jit(lambda w: analysis.jacobian(game, w, None))(game.equilibrium))
    root = np.sqrt(complex(strength**2 / 4 - 4 * 2.25))
    expected = np.sort_complex([strength / 2 - root, strength / 2 + root])
    np.testing.assert_allclose(np.sort_complex(np.linalg.eigvals(J)), expected, atol=1e-13)


@pytest.mark.parametrize(("latent_dim", "known"), [(1, False), (2, True), (4, True)])
def test_the_linear_quadratic_equilibrium_matches_the_covariance(latent_dim, known):
    game = games.linear_quadratic_gan(SIGMA, latent_dim=latent_dim)
    assert (game.equilibrium is not None) == known
    if known:
        W = np.asarray(game.equilibrium["generator"])
        np.testing.assert_allclose(W @ W.T, SIGMA, atol=1e-14)
        for leaf in jax.tree.leaves(analysis.field(game)(game.equilibrium, None)):
            np.testing.assert_allclose(leaf, 0, atol=1e-14)


MADE = {
    "linear_quadratic": lambda **how: games.linear_quadratic_gan(SIGMA, batch_size=4000, **how),
    "gaussian": lambda **how: games.gaussian_gan(covariance=SIGMA, mean=[1.0, 0.0], batch_size=4000, **how),
}


@pytest.mark.parametrize("name", MADE)
def test_the_analytic_field_is_the_mean_of_the_sampled_one(name):
    exact, sampled = MADE[name](analytic=True), MADE[name](analytic=False)
    assert exact.sample(jax.random.key(0)) is None
    players = exact.init(jax.random.key(3))
    over = jax.jit(jax.vmap(lambda key: ravel_pytree(analysis.field(sampled)(players, sampled.sample(key)))[0]))
    seen = np.asarray(over(jax.random.split(jax.random.key(1), 200)))
    mean = np.asarray(ravel_pytree(analysis.field(exact)(players, None))[0])
    error = seen.std(axis=0) / np.sqrt(200)
    assert np.all(np.abs(seen.mean(axis=0) - mean) < 5 * error + 1e-12)


@pytest.mark.parametrize("cost", games.costs.LOGISTIC)
def test_at_the_equilibrium_of_the_gaussian_gan_nobody_can_tell_and_nobody_moves(cost):
    game = games.gaussian_gan(cost, mean=[1.0, -1.0], covariance=SIGMA)
    evaluate = jax.jit(lambda players: (game.losses(players, None), analysis.field(game)(players, None)))
    losses, v = evaluate(game.equilibrium)
    assert losses["discriminator"] == pytest.approx(np.log(2), rel=1e-14)
    for leaf in jax.tree.leaves(v):
        np.testing.assert_allclose(leaf, 0, atol=1e-13)


def test_the_jacobian_of_the_gaussian_gan_of_one_feature_has_its_closed_form():
    mean, std = 0.5, 1.5
    game = games.gaussian_gan(mean=[mean], covariance=[[std**2]])
    J = np.asarray(jax.jit(lambda w: analysis.jacobian(game, w, None))(game.equilibrium))
    # Parameters in the order of ravel_pytree: constant, linear, quadratic; factor, mean.
    second, third = mean**2 + std**2, mean**3 + 3 * mean * std**2
    fourth = mean**4 + 6 * mean**2 * std**2 + 3 * std**4
    features = np.array([[1, mean, second], [mean, second, third], [second, third, fourth]])
    # How E φ(m + sz) changes with s and with m, φ = (1, x, x²).
    moved = np.array([[0, 0], [0, 1], [2 * std, 2 * mean]])
    expected = np.block([[features / 4, moved / 4], [-moved.T / 4, np.zeros((2, 2))]])
    np.testing.assert_allclose(J, expected, atol=1e-13)


def test_the_quadrature_is_exact_to_its_order_and_agrees_with_a_finer_one():
    coarse, fine = (games.gaussian_gan(size=1, num_nodes=n) for n in (16, 60))
    players = coarse.init(jax.random.key(0))
    losses, finer = jax.jit(lambda players: (coarse.losses(players, None), fine.losses(players, None)))(players)
    for name, loss in losses.items():
        # The softplus has poles at a distance of π from the real line of logits: the error falls fast, not at once.
        assert loss == pytest.approx(float(finer[name]), abs=1e-6)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: games.linear_quadratic_gan(latent_dim=0), "latent_dim is 0"),
        (lambda: games.linear_quadratic_gan(batch_size=0), "batch_size is 0"),
        (lambda: games.linear_quadratic_gan(regularization=-1.0), "regularization is -1.0; it has to be 0 or more"),
        (lambda: games.gaussian_gan("huber"), "cost is 'huber'; it has to be one of minimax"),
        (lambda: games.gaussian_gan(num_nodes=1), "num_nodes is 1"),
        (lambda: games.gaussian_gan(size=8), "4,294,967,296 points of quadrature are too many"),
        (lambda: games.gaussian_gan(start=[1.0, 2.0]), r"start has the shape \(2,\); it has to be \(1,\)"),
    ],
)
def test_bad_arguments_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
