"""The K + 1 discriminator against an explicit softmax over K + 1 classes, and its gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import games
from gangame.games.semi_supervised import balanced_order

KEY = jax.random.key(0)
WEIGHTS = np.sin(np.arange(1.0, 30.0))


@pytest.fixture
def make(few_images, by_hand):
    """Returns a function that makes the game of linear networks: logits x W over three classes, features x F."""
    generator = by_hand({"kernel": jnp.asarray(WEIGHTS[:4].reshape(2, 2))}, lambda own, z: z @ own["kernel"])
    discriminator = by_hand(
        {"kernel": jnp.asarray(4 * WEIGHTS[4:10].reshape(2, 3))},
        lambda own, x: x @ own["kernel"],
        lambda own, x: jnp.tanh(x @ own["kernel"]),
    )

    def make(networks=(generator, discriminator), **options):
        options = {"num_labels": 6, "latent_dim": 2, "batch_size": 5, **options}
        return games.semi_supervised(few_images, networks=networks, **options)

    return make


def softmax_with_samples(logits):
    """The K + 1 probabilities, the last one that of a sample, whose logit is 0."""
    powers = np.exp(np.concatenate([logits, np.zeros((len(logits), 1))], axis=1))
    return powers / powers.sum(axis=1, keepdims=True)


def test_the_losses_are_those_of_a_softmax_over_one_class_more(make):
    game = make(match_features=False, unsupervised_strength=0.7)
    players, batch = game.init(KEY), game.sample(KEY)
    W, fake = players["discriminator"]["kernel"], batch["latents"] @ players["generator"]["kernel"]
    labelled, real, fake = (softmax_with_samples(np.asarray(x) @ W) for x in (batch["labelled"], batch["real"], fake))
    known = labelled[np.arange(5), batch["labels"]] / (1 - labelled[:, 3])  # the class, given that it is no sample
    unlabelled = -np.mean(np.log(1 - real[:, 3])) / 2 - np.mean(np.log(fake[:, 3])) / 2
    losses = game.losses(players, batch)
    assert losses["discriminator"] == pytest.approx(-np.mean(np.log(known)) + 0.7 * unlabelled, rel=1e-13)
    assert losses["generator"] == pytest.approx(-np.mean(np.log(1 - fake[:, 3])) / 2, rel=1e-13)
    assert game.losses.supervised(players, batch) == pytest.approx(-np.mean(np.log(known)), rel=1e-13)


def test_data_raise_the_classes_that_they_are_taken_for_and_samples_lower_them(make):
    """−∂J_GAN/∂l_k = ½ (1 − D) p(k | x, data) at data, and −½ D p(k | x, data) at samples."""
    game = make(match_features=False)
    players, batch = game.init(KEY), game.sample(KEY)

    def unlabelled(kernel):
        moved = {**players, "discriminator": {"kernel": kernel}}
        return game.losses(moved, batch)["discriminator"] - game.losses.supervised(moved, batch)

    W, expected = np.asarray(players["discriminator"]["kernel"]), 0
    for points, is_data in ((batch["real"], 1), (batch["latents"] @ players["generator"]["kernel"], 0)):
        shares = softmax_with_samples(np.asarray(points) @ W)
        D = 1 - shares[:, 3:]
        expected -= np.asarray(points).T @ ((is_data - D) * shares[:, :3] / D) / 2 / 5
    np.testing.assert_allclose(jax.grad(unlabelled)(jnp.asarray(W)), expected, rtol=1e-12, atol=1e-15)


def test_matched_features_replace_the_cost_of_the_generator(make):
    game, plain = make(), make(match_features=False)
    players, batch = game.init(KEY), game.sample(KEY)
    losses, W = game.losses(players, batch), np.asarray(players["discriminator"]["kernel"])
    means = [
        np.tanh(np.asarray(x) @ W).mean(axis=0) for x in (batch["real"], batch["latents"] @ WEIGHTS[:4].reshape(2, 2))
    ]
    assert losses["generator"] == pytest.approx(np.sum((means[0] - means[1]) ** 2), rel=1e-13)
    assert losses["discriminator"] == plain.losses(players, batch)["discriminator"]


def test_a_smoothed_label_asks_less_of_data_and_leaves_the_rest_alone(make):
    game, plain = make(match_features=False, real_label=0.9), make(match_features=False)
    players, batch = game.init(KEY), game.sample(KEY)
    losses, before = game.losses(players, batch), plain.losses(players, batch)
    real = softmax_with_samples(np.asarray(batch["real"]) @ np.asarray(players["discriminator"]["kernel"]))
    D = 1 - real[:, 3]
    less = np.mean(np.log(D) - 0.9 * np.log(D) - 0.1 * np.log(1 - D)) / 2
    assert losses["discriminator"] - before["discriminator"] == pytest.approx(less, rel=1e-10)
    assert losses["generator"] == before["generator"]


def test_labels_are_spread_evenly_over_classes_and_no_other_ones_are_seen(make, few_images):
    labels = few_images.train.labels
    orders = jax.vmap(lambda key: balanced_order(labels, key))(jax.random.split(KEY, 20))
    assert len({tuple(order) for order in np.asarray(orders)}) == 20
    for order in orders:
        np.testing.assert_array_equal(jnp.sort(order), np.arange(12))
        np.testing.assert_array_equal(labels[order], [0, 1, 2, 0, 1, 2, 0, 1, 0, 1, 0, 0])
    game = make(num_labels=3, batch_size=100)
    batch = game.sample(KEY)
    seen = np.unique(np.concatenate([batch["labelled"], batch["labels"][:, None]], axis=1), axis=0)
    assert len(seen) == 3
    assert len(np.unique(batch["real"], axis=0)) == 12
    other = games.with_labels(game, 3, jax.random.key(1))
    np.testing.assert_array_equal(other.sample.order, make(num_labels=3, label_seed=1).sample.order)
    assert set(np.asarray(game.sample.order[:3])) != set(np.asarray(other.sample.order[:3]))
    with pytest.raises(ValueError, match="This game has no labels to choose"):
        games.with_labels(games.bilinear(), 3, KEY)


def test_accuracy_is_the_share_of_images_named_right(make, few_images):
    game = make()
    players, images = game.init(KEY), few_images.train
    points = images.scaled(images.pixels)
    W = np.asarray(players["discriminator"]["kernel"])
    right = np.argmax(np.asarray(points) @ W, axis=1) == np.asarray(images.labels)
    assert 0 < right.mean() < 1
    assert game.losses.accuracy(players, points, images.labels) == right.mean()


def test_networks_that_draw_get_keys_from_the_batch(make):
    """Three keys, so that a network draws something else for labelled images, for images and for samples."""
    generator, plain = make().losses.generator, make().losses.discriminator

    def blurred(parameters, x, key=None):
        y = plain.apply(parameters, x)
        return y if key is None else y + jax.random.uniform(key)

    game = make(networks=(generator, plain._replace(apply=blurred, stochastic=True)), match_features=False)
    players, batch = game.init(KEY), game.sample(KEY)
    losses = game.losses(players, batch)
    assert set(batch["keys"]) == {"labelled", "real", "latents"}
    for name, reached in (("labelled", set()), ("real", {"discriminator"}), ("latents", set(losses))):
        other = game.losses(players, {**batch, "keys": {**batch["keys"], name: jax.random.key(5)}})
        # A softmax does not see what all of its logits have in common.
        assert {player for player in losses if abs(other[player] - losses[player]) > 1e-12} == reached


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"num_labels": 0}, "num_labels is 0; it has to be from 1 to 12"),
        ({"num_labels": "all"}, "num_labels is all; it has to be from 1 to 12"),
        ({"batch_size": 0}, "batch_size is 0; it has to be 1 or more"),
        ({"unsupervised_strength": -1.0}, "unsupervised_strength is -1.0; it has to be 0 or more"),
        ({"real_label": 1.1}, "real_label is 1.1; it has to be from 0 to 1"),
        ({"cost": "hinge"}, "cost is 'hinge'; it has to be one of minimax"),
    ],
)
def test_bad_arguments_are_refused(make, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(**arguments)


def test_a_discriminator_without_features_cannot_be_matched(make):
    generator, discriminator = make().losses.generator, make().losses.discriminator
    with pytest.raises(ValueError, match="this discriminator shows none"):
        make(networks=(generator, discriminator._replace(features=None)))
    with pytest.raises(ValueError, match="source is 'cifar'; it has to be one of sklearn"):
        games.semi_supervised("cifar")
