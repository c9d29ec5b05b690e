"""How the discriminator gets the label: each way against its formula."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import games

KEY = jax.random.key(0)
WEIGHTS = np.sin(np.arange(1.0, 40.0))


@pytest.fixture
def make(few_images, by_hand):
    """Returns a function that makes the game of linear networks by hand."""
    generator = by_hand(
        {"kernel": jnp.asarray(WEIGHTS[:4].reshape(2, 2)), "classes": jnp.asarray(WEIGHTS[4:10].reshape(3, 2))},
        lambda own, inputs: inputs[0] @ own["kernel"] + own["classes"][inputs[1]],
    )
    own = {"kernel": jnp.asarray(WEIGHTS[10:18].reshape(2, 4))}
    of_image = by_hand(own, lambda own, x: x @ own["kernel"])
    of_both = by_hand(own, lambda own, both: (both[0] @ own["kernel"])[:, :1] * jnp.arange(1.0, 4.0)[both[1], None])
    discriminators = {"concatenation": of_both, "projection": of_image, "auxiliary": of_image}

    def make(method, **options):
        networks, sizes = (generator, discriminators[method]), {"latent_dim": 2, "batch_size": 6}
        return games.conditional_gan(few_images, method=method, networks=networks, **sizes, **options)

    return make


def start(game):
    """Players, a batch, and real and generated images with their labels."""
    players, batch = game.init(KEY), game.sample(KEY)
    latents, labels = map(np.asarray, batch["latents"])
    own = players["generator"]
    fake = latents @ np.asarray(own["kernel"]) + np.asarray(own["classes"])[labels]
    return players, batch, tuple(map(np.asarray, batch["real"])), (fake, labels)


@pytest.mark.parametrize("method", ["concatenation", "projection"])
def test_the_logit_is_that_of_image_and_label(make, method):
    game = make(method, cost="minimax")
    players, batch, *pairs = start(game)
    W = np.asarray(players["discriminator"]["kernel"])
    if method == "concatenation":
        logits = [(x @ W[:, 0]) * (1 + y) for x, y in pairs]
    else:
        logits = [x @ W[:, 0] + np.sum(x * W[:, 1:].T[y], axis=1) for x, y in pairs]
    expected = np.mean(np.logaddexp(0, -logits[0])) / 2 + np.mean(np.logaddexp(0, logits[1])) / 2
    losses = game.losses(players, batch)
    assert losses["discriminator"] == pytest.approx(expected, rel=1e-13)
    assert losses["generator"] == pytest.approx(-expected, rel=1e-13)


def test_an_auxiliary_classifier_is_paid_by_both_players(make):
    game, blind = make("auxiliary", class_strength=0.8), make("auxiliary", class_strength=0.0)
    players, batch, *pairs = start(game)
    W = np.asarray(players["discriminator"]["kernel"])
    powers = [np.exp(x @ W[:, 1:]) for x, _ in pairs]
    of_real, of_fake = (
        -np.mean(np.log(power[np.arange(6), y] / power.sum(axis=1)))
        for power, (_, y) in zip(powers, pairs, strict=True)
    )
    losses, plain = game.losses(players, batch), blind.losses(players, batch)
    logits = [jnp.asarray(x @ W[:, 0]) for x, _ in pairs]
    for name, cost in games.COSTS["non_saturating"](*logits).items():
        assert plain[name] == pytest.approx(float(cost), rel=1e-13)
    assert losses["discriminator"] - plain["discriminator"] == pytest.approx(0.4 * (of_real + of_fake), rel=1e-12)
    assert losses["generator"] - plain["generator"] == pytest.approx(0.4 * of_fake, rel=1e-12)


def test_labels_stay_with_their_images_and_are_asked_for_as_often_as_they_occur(make, few_images):
    sample = make("projection").sample
    images, labels = sample.data.labelled(KEY, 50)
    points = np.asarray(sample.data.scaled(few_images.train.pixels))
    known = {tuple(x): y for x, y in zip(points, few_images.train.labels.tolist(), strict=True)}
    assert [known[tuple(x)] for x in np.asarray(images)] == labels.tolist()
    _, asked = sample.latents(KEY, 6000)
    # Four standard deviations of a share of 6,000.
    np.testing.assert_allclose(np.bincount(asked) / 6000, [6 / 12, 4 / 12, 2 / 12], atol=4 * 0.5 / np.sqrt(6000))


def test_the_generator_makes_the_classes_that_it_is_asked_for(make):
    game = make("projection")
    players = game.init(KEY)
    quiet = {**players["generator"], "kernel": jnp.zeros((2, 2))}
    samples = games.generate_classes(game, {**players, "generator": quiet}, KEY, jnp.array([2, 0, 2]))
    np.testing.assert_array_equal(samples, quiet["classes"][jnp.array([2, 0, 2])])
    assert games.generate(game, players, KEY, 4).shape == (4, 2)
    with pytest.raises(ValueError, match="This game has no classes to ask for"):
        games.generate_classes(games.bilinear(), players, KEY, jnp.array([0]))


@pytest.mark.parametrize("method", ["concatenation", "projection", "auxiliary"])
def test_perceptrons_tell_classes_apart(method, few_images):
    game = games.conditional_gan(
        few_images, method=method, hidden=(4,), discriminator_hidden=(4,), latent_dim=2, batch_size=6
    )
    players = game.init(KEY)
    latents = jnp.ones((3, 2))
    images = game.losses.generate(players, (latents, jnp.arange(3)))
    assert len(np.unique(images.round(9), axis=0)) == 3
    logits, classes = game.losses.judged(players, jnp.ones((3, 2)), jnp.arange(3))
    assert len(np.unique(logits.round(9))) == (1 if method == "auxiliary" else 3)
    assert (classes is None) == (method != "auxiliary")


def test_images_without_classes_are_refused(few_images):
    for make in (games.conditional_gan, games.semi_supervised):
        for classes, sentence in (((), "names none"), (("image",), "names image")):
            alike = few_images._replace(facts=few_images.facts._replace(classes=classes))
            with pytest.raises(
                ValueError, match=f"images of 'few' have no classes .facts.classes {sentence}.; give a set"
            ):
                make(alike)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"method": "film"}, "method is 'film'; it has to be one of concatenation, projection, auxiliary"),
        ({"class_strength": -1.0}, "class_strength is -1.0; it has to be 0 or more"),
        ({"cost": "labels"}, "cost is 'labels'; it has to be one of"),
        ({"source": "cifar"}, "source is 'cifar'; it has to be one of"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.conditional_gan(**arguments)
