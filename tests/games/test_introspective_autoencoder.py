import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data, games, nets
from gangame.analysis import field
from gangame.games.introspective_autoencoder import ternary

KEY = jax.random.key(0)
WEIGHTS = np.sin(np.arange(1.0, 40.0))
G, H, LAST, E = WEIGHTS[:6].reshape(3, 2), WEIGHTS[6:14].reshape(2, 4), WEIGHTS[14:26].reshape(4, 3), WEIGHTS[15:39]
STRENGTHS = ("reconstruction_strength", "introspective_strength", "adversarial_strength", "prior_strength")


@pytest.fixture
def make(by_hand):
    """Returns a function that makes the game of three networks by hand, with all strengths zero but those given."""

    def with_strengths(num_logits=3, **options):
        generator = by_hand({"kernel": jnp.asarray(G)}, lambda own, z: jnp.tanh(z @ own["kernel"]))
        discriminator = by_hand(
            {"hidden": jnp.asarray(H), "last": jnp.asarray(LAST[:, :num_logits])},
            lambda own, x: jnp.tanh(x @ own["hidden"]) @ own["last"],
            lambda own, x: jnp.tanh(x @ own["hidden"]),
        )
        encoder = by_hand({"kernel": jnp.asarray(E.reshape(4, 6))}, lambda own, h: h @ own["kernel"])
        return games.introspective_autoencoder(
            generator, discriminator, data.ring(), latent_dim=3, encoder=encoder, batch_size=5,
            **{**dict.fromkeys(STRENGTHS, 0.0), **options},
        )  # fmt: skip

    return with_strengths


def log_softmax(logits):
    return logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))


def test_losses_are_those_that_the_docstring_says(make):
    strengths = dict(zip(STRENGTHS, (3.0, 0.7, 0.4, 0.2), strict=True))
    game = make(**strengths)
    players, batch = game.init(KEY), game.sample(KEY)
    real, z, noise = (np.asarray(batch[name]) for name in ("real", "latents", "noise"))
    features = np.tanh(real @ H)
    mean, log_variance = np.split(features @ E.reshape(4, 6), 2, axis=1)
    rebuilt, made = np.tanh((mean + np.exp(log_variance / 2) * noise) @ G), np.tanh(z @ G)
    named = [log_softmax(np.tanh(each @ H) @ LAST) for each in (real, rebuilt, made)]
    judged = -(named[0][:, 0].mean() + named[1][:, 1].mean() + named[2][:, 2].mean()) / 3
    fooled = -(named[1][:, 0].mean() + named[2][:, 0].mean()) / 2
    introspection = np.mean((np.tanh(rebuilt @ H) - features) ** 2)
    paid = 3 * np.abs(rebuilt - real).mean() + 0.7 * introspection + 0.4 * fooled
    std = np.exp(log_variance / 2)
    divergence = np.mean(std**2 / 2 + mean**2 / 2 - 0.5 - np.log(std))  # of one normal distribution from another
    losses = game.losses(players, batch)
    expected = {"discriminator": judged, "encoder": paid + 0.2 * divergence, "generator": paid}
    assert set(losses) == set(expected) == set(players)
    for name, each in expected.items():
        np.testing.assert_allclose(losses[name], each, rtol=1e-12)
    np.testing.assert_allclose(game.losses.reconstruct(players, real), np.tanh(mean @ G), rtol=1e-12)


def test_who_cannot_tell_pays_log_3_and_who_can_pays_nothing():
    unsure = ternary(*(jnp.ones((4, 3)) * number for number in (1.0, 2.0, 3.0)))
    np.testing.assert_allclose([unsure["discriminator"], unsure["generator"]], np.log(3), rtol=1e-12)
    sure = ternary(*(jnp.tile(50 * jnp.eye(3)[name], (4, 1)) for name in range(3)))
    np.testing.assert_allclose(sure["discriminator"], 0, atol=1e-12)
    np.testing.assert_allclose(sure["generator"], 50, rtol=1e-12)


def test_each_pay_moves_those_who_earn_it(make):
    """Reconstruction and introspection move generator and encoder, the prior the encoder; the adversary always moves.

    It moves alike whatever the others are paid for, and no derivative goes from its loss into the encoder's features.
    """

    def slopes(**options):
        game = make(**options)
        players = game.init(KEY)
        return jax.tree.map(np.asarray, field(game)(players, game.sample(KEY)))

    nothing = slopes()
    moved = {name: slopes(**{name: 1.0}) for name in STRENGTHS}
    for each in moved.values():
        for name, slope in each["discriminator"].items():
            np.testing.assert_array_equal(slope, nothing["discriminator"][name])
    moves = {
        strength: {name for name in ("encoder", "generator") if np.any(each[name]["kernel"])}
        for strength, each in moved.items()
    }
    both = {"encoder", "generator"}
    assert moves == dict(zip(STRENGTHS, (both, both, both, {"encoder"}), strict=True))
    assert all(np.any(slope) for slope in nothing["discriminator"].values())


def test_the_discriminators_slope_takes_reconstructions_as_they_are(make):
    game = make(reconstruction_strength=1.0)
    players, batch = game.init(KEY), game.sample(KEY)
    mean, log_variance = game.losses.encode(players, batch["real"])
    rebuilt = game.losses.generate(players, mean + jnp.exp(log_variance / 2) * batch["noise"])
    made = game.losses.generate(players, batch["latents"])

    def given(own):
        judged = lambda points: game.losses.outputs({"discriminator": own}, points)  # noqa: E731
        return ternary(judged(batch["real"]), judged(rebuilt), judged(made))["discriminator"]

    expected, found = jax.grad(given)(players["discriminator"]), field(game)(players, batch)["discriminator"]
    for name, slope in expected.items():
        np.testing.assert_allclose(found[name], slope, rtol=1e-12)


@pytest.mark.parametrize("cost", ["non_saturating", "wasserstein"])
def test_without_reconstruction_it_is_a_gan(make, cost):
    game = make(num_logits=1, adversarial_strength=1.0, cost=cost)
    gan = games.gan(
        game.losses.generator, game.losses.discriminator, data.ring(), latent_dim=3, batch_size=5, cost=cost
    )
    players, batch = game.init(KEY), game.sample(KEY)
    ours, theirs = game.losses(players, batch), gan.losses(players, {name: batch[name] for name in ("real", "latents")})
    assert {name: float(ours[name]) for name in theirs} == {name: float(each) for name, each in theirs.items()}
    assert games.generate(game, players, KEY, 4).shape == (4, 2)


def test_without_adversary_and_introspection_no_feature_of_the_discriminator_counts_but_those_that_are_encoded(make):
    """An autoencoder: the last layer of the discriminator, which only it needs, does not matter to the others."""
    game = make(reconstruction_strength=1.0, prior_strength=0.5)
    players, batch = game.init(KEY), game.sample(KEY)
    other = {**players, "discriminator": {**players["discriminator"], "last": jnp.ones((4, 3))}}
    losses, changed = game.losses(players, batch), game.losses(other, batch)
    assert losses["discriminator"] != changed["discriminator"]
    for name in ("encoder", "generator"):
        assert losses[name] == changed[name]


def test_without_an_encoder_a_linear_map_is_made():
    game = games.introspective_autoencoder(
        nets.mlp(2, (4,), 2), nets.mlp(2, (6,), 3), data.ring(), latent_dim=2, batch_size=4
    )
    assert {each.shape for each in jax.tree.leaves(game.init(KEY)["encoder"])} == {(6, 4), (4,)}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"cost": "picture"}, "cost is 'picture'; it has to be ternary, or one of minimax"),
        ({"prior_strength": -1.0}, "prior_strength is -1.0; it has to be 0 or more"),
        ({"latent_dim": 0}, "latent_dim is 0; it has to be 1 or more"),
        ({"generator": nets.mlp(2, (2,), 2, dropout=0.5)}, "A network draws, and this game gives it no key"),
        ({"discriminator": nets.Network(lambda key: 0.0, lambda own, x: x)}, "this discriminator shows none"),
        ({"discriminator": nets.mlp(2, (2,), 1)}, "1 logits for a point; with this cost it needs 3"),
        ({"cost": "minimax"}, "3 logits for a point; with this cost it needs 1"),
        ({"encoder": nets.mlp(2, (), 3)}, "it needs 4 numbers"),
        ({"encoder": nets.mlp(2, (2,), 4, dropout=0.5)}, "A network draws, and this game gives it no key"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence):
    parts = {
        "generator": nets.mlp(2, (2,), 2), "discriminator": nets.mlp(2, (2,), 3), "data": data.ring(), "latent_dim": 2,
    }  # fmt: skip
    with pytest.raises(ValueError, match=sentence):
        games.introspective_autoencoder(**{**parts, **arguments})
