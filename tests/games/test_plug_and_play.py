import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import data, games, nets, rules
from gangame.games.langevin import denoising_score, guided_drift, langevin

KEY = jax.random.key(0)
CENTERS = np.array([[1.0, 0.5], [-1.0, 0.0], [0.2, -1.2]])
STD, NOISE = 0.3, 0.6


def best_denoiser(points):
    """E[x | x̃] for three normals of equal weight."""
    gaps = jnp.asarray(points)[:, None] - CENTERS
    weights = jax.nn.softmax(-jnp.sum(gaps**2, axis=2) / (2 * (STD**2 + NOISE**2)))
    return jnp.einsum("bk,bkd->bd", weights, CENTERS + STD**2 / (STD**2 + NOISE**2) * gaps)


def log_density(point):
    """log p_σ of one point up to a constant."""
    return jax.nn.logsumexp(-jnp.sum((point - CENTERS) ** 2, axis=1) / (2 * (STD**2 + NOISE**2)))


def test_the_best_denoiser_knows_the_score_of_a_mixture():
    points = 2 * jax.random.normal(KEY, (200, 2))
    score = denoising_score(best_denoiser, points, NOISE)
    np.testing.assert_allclose(score, jax.vmap(jax.grad(log_density))(points), rtol=1e-9, atol=1e-12)


def test_a_trained_autoencoder_nearly_knows_it():
    """Without adversary and with the identity as encoder the generator is a denoising autoencoder of the data."""
    game = games.plug_and_play(
        nets.mlp(2, (32, 32), 2, activation="tanh", init="lecun"), nets.mlp(2, (1,), 1), lambda x: x,
        data.Mixture(jnp.asarray(CENTERS), jnp.asarray(STD), jnp.full(3, 1 / 3)), adversarial_strength=0.0,
        feature_strength=0.0, noise=NOISE, batch_size=256,
    )  # fmt: skip
    rule = rules.simultaneous(optax.adam(optax.cosine_decay_schedule(1e-2, 800)))

    @jax.jit
    def learned(key):
        players = gg.play(game, rule, key, 800).players
        points = game.sample.latents(KEY, 2000)
        reconstruct = lambda each: game.losses.reconstruct(players, each)  # noqa: E731
        return denoising_score(reconstruct, points, NOISE), jax.vmap(jax.grad(log_density))(points)

    with jax.numpy_dtype_promotion("standard"):
        said, true = (np.asarray(each) for each in learned(KEY))
    assert np.sum(said * true) / np.sqrt(np.sum(said**2) * np.sum(true**2)) > 0.99


def test_chains_come_to_the_closed_form_of_the_discretised_chain():
    """h ← h − a(h − μ) + ε₃n: mean μ + (1 − a)^t (h₀ − μ), variance ε₃² (1 − (1 − a)^2t)/(1 − (1 − a)²), normal."""
    number, rate, noise, mean, steps = 20_000, 0.2, 0.5, 1.5, 12
    reconstruct = lambda h: mean + (h - mean) / 2  # noqa: E731
    for prior, condition in ((2 * rate, 0.0), (rate, rate)):  # half of the pull may be a condition, −(h − μ)²/4
        drift = guided_drift(
            reconstruct, lambda h: -jnp.sum((h - mean) ** 2, axis=1) / 4, prior=prior, condition=condition
        )
        chains = np.asarray(langevin(drift, jnp.zeros((number, 1)), KEY, steps, noise))
        left = (1 - rate) ** steps
        variance = noise**2 * (1 - left**2) / (1 - (1 - rate) ** 2)
        # Five standard errors of a mean and of a variance.
        assert chains.mean() == pytest.approx(mean * (1 - left), abs=5 * np.sqrt(variance / number))
        assert chains.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / number))


def test_chains_stay_within_their_bounds_and_climb_without_noise():
    drift = guided_drift(lambda h: h, lambda h: -jnp.sum((h - 5) ** 2, axis=1), condition=0.25)
    np.testing.assert_allclose(langevin(drift, jnp.zeros((3, 2)), KEY, 60, 0.0), 5, rtol=1e-12)
    np.testing.assert_array_equal(langevin(drift, jnp.zeros((3, 2)), KEY, 60, 0.0, bounds=(0, 2)), 2)


def test_losses_are_those_that_the_docstring_says(by_hand):
    weights = np.sin(np.arange(1.0, 20.0))
    W, v, E = weights[:6].reshape(3, 2), weights[6:8, None], weights[8:14].reshape(2, 3)
    generator = by_hand({"kernel": jnp.asarray(W)}, lambda own, h: h @ own["kernel"])
    discriminator = by_hand({"kernel": jnp.asarray(v)}, lambda own, x: x @ own["kernel"])
    game = games.plug_and_play(
        generator, discriminator, jax.tree_util.Partial(lambda E, x: x @ E, jnp.asarray(E)), data.ring(),
        reconstruction_strength=0.7, feature_strength=1.3, adversarial_strength=0.2, noise=0.5, batch_size=6,
    )  # fmt: skip
    players, batch = game.init(KEY), game.sample(KEY)
    real, noise = (np.asarray(batch[name]) for name in ("real", "noise"))
    assert np.std(noise) == pytest.approx(0.5, rel=5 / np.sqrt(2 * noise.size))
    made = (real @ E + noise) @ W
    costs = games.COSTS["non_saturating"](jnp.asarray((real @ v)[:, 0]), jnp.asarray((made @ v)[:, 0]))
    expected = 0.7 * np.mean((made - real) ** 2) + 1.3 * np.mean((made @ E - real @ E) ** 2) + 0.2 * costs["generator"]
    losses = game.losses(players, batch)
    assert losses["generator"] == pytest.approx(float(expected), rel=1e-12)
    assert losses["discriminator"] == pytest.approx(float(costs["discriminator"]), rel=1e-12)
    np.testing.assert_allclose(game.losses.reconstruct(players, real @ E), real @ E @ W @ E, rtol=1e-12)
    assert games.generate(game, players, KEY, 4).shape == (4, 2)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"noise": -1.0}, "noise is -1.0; it has to be 0 or more"),
        ({"cost": "picture"}, "cost is 'picture'; it has to be one of"),
        ({"batch_size": 0}, "batch_size is 0; it has to be 1 or more"),
        ({"generator": nets.mlp(2, (2,), 2, dropout=0.5)}, "A network draws, and this game gives it no key"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence):
    parts = {
        "generator": nets.mlp(2, (2,), 2), "discriminator": nets.mlp(2, (2,), 1), "encode": lambda x: x,
        "data": data.ring(),
    }  # fmt: skip
    with pytest.raises(ValueError, match=sentence):
        games.plug_and_play(**{**parts, **arguments})
