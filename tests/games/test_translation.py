import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import data, games, rules
from gangame.games import COSTS
from gangame.nets import Network

KEY = jax.random.key(0)


def test_answers_are_the_turned_inputs():
    pairs = data.answers(4, std=0.0)
    inputs, targets = pairs(KEY, 400)
    x, y = (np.asarray(each) @ [1, 1j] for each in (inputs, targets))
    turns = y / x
    np.testing.assert_allclose(turns**4, 1, atol=1e-12)
    counts = np.bincount(np.round(np.angle(turns) / (np.pi / 2)).astype(int) % 4, minlength=4)
    assert np.all(np.abs(counts - 100) < 5 * np.sqrt(400 * 0.25 * 0.75))
    np.testing.assert_allclose(np.mean(pairs.answers(inputs), axis=1), 0, atol=1e-12)


def test_films_have_two_endings_and_the_target_is_one_of_them():
    pairs = data.branching(7)
    inputs, targets = pairs(KEY, 200)
    first, last = (np.asarray(each).reshape(200, 7, 7) for each in jnp.split(inputs, 2, axis=1))
    np.testing.assert_array_equal(last[:, 1:], first[:, :-1])  # one lower
    assert np.all(np.sum(np.asarray(targets) == 1, axis=1) == 4)
    futures = np.asarray(pairs.futures(inputs))
    is_left, is_right = (np.all(futures[:, side] == np.asarray(targets), axis=1) for side in (0, 1))
    assert np.all(is_left ^ is_right)
    assert 60 < is_left.sum() < 140
    left = np.asarray(futures[:, 0]).reshape(200, 7, 7)
    np.testing.assert_array_equal(left[:, 1:, :-2], last[:, :-1, 2:])


def test_losses_are_those_that_the_docstring_says(by_hand):
    generator = by_hand({"kernel": jnp.sin(jnp.arange(10.0)).reshape(5, 2)}, lambda own, x: x @ own["kernel"])
    discriminator = by_hand({"kernel": jnp.cos(jnp.arange(4.0))[:, None]}, lambda own, x: x @ own["kernel"])
    game = games.translation(
        adversarial_strength=0.5, reconstruction_strength=2.0, reconstruction="l2", latent_dim=3, batch_size=6,
        networks=(generator, discriminator),
    )  # fmt: skip
    players, batch = game.init(KEY), game.sample(KEY)
    x, y, z = (np.asarray(batch[name]) for name in ("inputs", "targets", "latents"))
    said = np.concatenate([x, z], axis=1) @ np.asarray(players["generator"]["kernel"])
    real, fake = (np.concatenate([x, each], axis=1) @ np.cos(np.arange(4.0)) for each in (y, said))
    costs = COSTS["non_saturating"](jnp.asarray(real), jnp.asarray(fake))
    losses = game.losses(players, batch)
    np.testing.assert_allclose(losses["discriminator"], costs["discriminator"], rtol=1e-12)
    np.testing.assert_allclose(losses["generator"], 0.5 * costs["generator"] + 2 * np.mean((said - y) ** 2), rtol=1e-12)


def test_the_discriminator_pays_for_the_slope_of_its_logit_at_pairs(by_hand):
    """With a(x, y) = cᵀ(x, y)² / 2 it is γ/2 E Σ c² (x, y)², at true pairs, and at those of answers."""
    weights = jnp.cos(jnp.arange(4.0))
    generator = by_hand({"kernel": jnp.sin(jnp.arange(10.0)).reshape(5, 2)}, lambda own, x: x @ own["kernel"])
    discriminator = by_hand({"kernel": weights}, lambda own, x: (x**2 @ own["kernel"] / 2)[:, None])
    options = {"latent_dim": 3, "batch_size": 6, "networks": (generator, discriminator)}
    game = games.translation(**options, penalty=("r1", "r2"), penalty_strength={"r1": 0.3, "r2": 0.7})
    players, batch = game.init(KEY), game.sample(KEY)
    x, y = (np.asarray(batch[name]) for name in ("inputs", "targets"))
    said = np.asarray(game.losses.answer(players, x, batch["latents"]))
    slopes = [np.concatenate([x, each], axis=1) * np.asarray(weights) for each in (y, said)]
    first, second = (np.mean(np.sum(slope**2, axis=1)) / 2 for slope in slopes)
    plain, losses = games.translation(**options).losses(players, batch), game.losses(players, batch)
    assert losses["generator"] == plain["generator"]
    np.testing.assert_allclose(losses["discriminator"] - plain["discriminator"], 0.3 * first + 0.7 * second, rtol=1e-12)


def test_regression_by_squares_answers_with_the_mean_which_is_no_answer():
    game = games.translation(
        data.answers(3, std=0.0), adversarial_strength=0.0, reconstruction_strength=1.0, reconstruction="l2",
        latent_dim=0, hidden=(), discriminator_hidden=(), batch_size=256,
    )  # fmt: skip
    run = jax.jit(lambda key: gg.play(game, rules.simultaneous(optax.sgd(0.2)), key, 300))(KEY)
    inputs, _ = game.sample.pairs(KEY, 100)
    said = game.losses.answer(run.players, inputs, jnp.zeros((100, 0)))
    assert float(jnp.linalg.norm(said, axis=1).max()) < 0.2  # the mean of the answers is 0, and they have length 1


def test_latents_stand_beside_every_pixel_of_an_image():
    seen = {}

    def generate(own, x):
        seen["shape"], seen["last"] = x.shape, x[..., -1]
        return x[..., :1] * own

    class Copies:
        shapes = ((4, 4, 1), (4, 4, 1))

        def __call__(self, key, num_samples):
            images = jax.random.normal(key, (num_samples, 4, 4, 1))
            return images, images

    judge = Network(lambda key: jnp.ones(()), lambda own, x: jnp.mean(x, axis=-1) * own)  # a logit for each pixel
    networks = (Network(lambda key: jnp.ones(()), generate), judge)
    game = games.translation(jax.tree_util.Partial(Copies()), networks=networks, latent_dim=2, batch_size=3)
    players, batch = game.init(KEY), game.sample(KEY)
    losses = game.losses(players, batch)
    assert seen["shape"] == (3, 4, 4, 3)
    np.testing.assert_array_equal(seen["last"], np.broadcast_to(batch["latents"][:, 1, None, None], (3, 4, 4)))
    assert losses["generator"].shape == ()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"source": "films"}, "source is 'films'; it has to be one of answers, branching"),
        ({"reconstruction": "l3"}, "reconstruction is 'l3'; it has to be one of l1, l2"),
        ({"adversarial_strength": -1.0}, "adversarial_strength is -1.0"),
        ({"latent_dim": -1}, "latent_dim is -1; it has to be a whole number, 0 or more"),
        ({"penalty": ["r1", "dragan"]}, "penalty is 'dragan'; it has to be none, r1, r2, or r1 and r2"),
        ({"penalty": "r3"}, "penalty is 'r3'; it has to be none"),
        ({"cost": "none"}, "cost is 'none'; it has to be one of minimax"),
    ],
)
def test_bad_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        games.translation(**options)
    with pytest.raises(ValueError, match=r"size is 5|num_answers is 0"):
        data.branching(5) if "source" in options else data.answers(0)
