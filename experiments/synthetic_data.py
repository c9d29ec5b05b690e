"""What are samples worth as training data, which number sees that one class comes too often, and which sees memory?

    python experiments/synthetic_data.py           half a minute of CPU, beside compiling

Three questions of the tutorial's audience. A classifier that learns from samples may do well on real data although one
class is generated far too often: so an artificial generator shows images of scikit-learn's digits themselves, a given
share of them ones. Its GAN-train accuracy, of the nearest neighbour and of a perceptron, stands beside the KL of its
classes, and beside both of a GAN of perceptrons, whose samples are labelled by `metrics.feature_network`. And: the
distance to the nearest image for training does not show memory, if a shift by a pixel changes it. Two numbers, between
pixels and between features: the gap, mean distance from samples to images for training over that from test images to
them; and the share of samples that are closer to images for training than to as many test images, ½ without memory.
They are of a generator that copies, of one that shifts its copies by a pixel, of test images (half of them, against the
others), of the GAN, and of a GAN that has seen fifty images.

What one should see (2026-11-30, two shared cores of an Intel Xeon with AVX-512, 31 s of CPU time), as means over five
seeds with 95 % intervals. The worth of 1,442 samples as training data:

                                 nearest neighbour         perceptron                KL of the classes, nats
    images, 10 % are ones        0.982 (0.980 to 0.984)    0.965 (0.956 to 0.974)    0.003
    images, 50 %                 0.977 (0.967 to 0.987)    0.963 (0.955 to 0.972)    0.51 (0.49 to 0.53)
    images, 70 %                 0.974 (0.973 to 0.976)    0.944 (0.933 to 0.955)    1.04 (1.01 to 1.06)
    images, 90 %                 0.929 (0.908 to 0.950)    0.882 (0.849 to 0.916)    1.74 (1.69 to 1.79)
    GAN                          0.894 (0.868 to 0.919)    0.902 (0.885 to 0.919)    0.07 (0.05 to 0.09)
    GAN of fifty images          0.36 (0.16 to 0.56)       0.28 (0.15 to 0.41)       1.36 (0.99 to 1.73)

So the pitfall is real: with seven samples in ten of one class the nearest neighbour loses 0.8 points of a hundred, and
is worth more than samples of a GAN that has the classes in balance; the KL says so at once. Memory:

                                      gap, pixels    features    closer to training, pixels    features
    copies, of either set             0              0           1                             1
    digits, 8×8: shifted copies       2.04           1.80        0.69                          0.56
    MNIST, 28×28: shifted copies      1.01           0.83        0.83                          0.87
    fresh test images, either set     1.00 to 1.01   the same    0.48 to 0.51                  0.51 to 0.54
    GAN                               1.20           1.25        0.53 (0.51 to 0.54)           0.50 (0.49 to 0.51)
    GAN of fifty images               0.27           0.32        0.99 (0.98 to 1)              0.97 (0.94 to 1)

So a shift by one pixel of 28 makes copies look as fresh as test images to the gap between pixels, and to that between
features nearly so, a sixth nearer than fresh ones; the share that is closer sees them by either. A pixel of eight fools
all but the share by pixels. The GAN remembers next to nothing, and its gap above 1 says that its samples lie off the
images, as shifted copies do; a GAN of fifty images is caught by all four numbers. That the GANs are perceptrons was
decided after a DCGAN of 3,000 steps had been worth less as training data, 0.73.
"""

import dataclasses
import sys
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import data, games, metrics, rules
from gangame.core import Array, Key
from gangame.lab import experiment
from gangame.lab.intervals import interval
from gangame.lab.parts import cpu_seconds, part_for_each_seed
from gangame.lab.perceptrons import perceptrons
from gangame.metrics.distances import nearest
from gangame.ranges import check_positive, check_whole

NUM_CLASSES, NUM_SHOWN, LATENT_DIM = 10, 10, 32
FAVOURITE = 1
SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)


class Setting(NamedTuple):
    """Widths of both perceptrons of a GAN, for how long they learn, and how many samples are judged."""

    hidden: tuple[int, ...]
    num_steps: int
    num_samples: int


SETTINGS = {"cpu": Setting((128, 128), 5000, 1442), "tiny": Setting((4,), 3, 200)}
WORTH = ("nearest", "perceptron", "class_kl")
MEMORY = ("gap/pixels", "gap/features", "closer/pixels", "closer/features")


@dataclasses.dataclass(frozen=True)
class Config:
    """Which setting, and over how many seeds."""

    setting: str = experiment.option("cpu", f"one of {', '.join(SETTINGS)}")
    num_seeds: int = experiment.option(5, "of each generator, 2 or more for an interval")
    few: int = experiment.option(50, "images that one of the GANs learns from, 2 or more")
    learning_rate: float = experiment.option(1e-3, "of Adam with β₁ = 0.5 for both players, above 0")
    controls: tuple[str, ...] = experiment.option(("digits", "mnist_5000"), "sets whose copies are shifted by a pixel")
    parts: str = experiment.option("", "folder for the GANs that are done: a run that was cut goes on", recorded=False)

    def __post_init__(self):
        """Checks the values."""
        experiment.check_choice("setting", self.setting, SETTINGS)
        check_whole(self.num_seeds, "num_seeds", 2)
        check_whole(self.few, "few", 2)
        check_positive(learning_rate=self.learning_rate)
        for name in self.controls:
            experiment.check_choice("controls", name, ("digits", "mnist_5000"))


TINY = Config("tiny", 2, 20, controls=("digits",))


class Labelled(NamedTuple):
    """Images `[n, pixels]` in [−1, 1], and their labels `[n]`."""

    points: Array
    labels: Array


def labelled(images: data.Images) -> Labelled:
    """Returns all images of a part."""
    return Labelled(images.scaled(images.flat().pixels), images.labels)


def worth(test: Labelled, samples: Labelled, key: Key) -> dict[str, Array]:
    """Returns what samples are worth as training data: GAN-train of two classifiers, and the balance of classes."""
    sets = (test.points, test.labels, samples.points, samples.labels, key)
    perceptron = metrics.perceptron(NUM_CLASSES, hidden=64, num_steps=200, learning_rate=0.01)
    by_neighbour = metrics.gan_train(*sets, num_classes=NUM_CLASSES)
    by_perceptron = metrics.gan_train(*sets, num_classes=NUM_CLASSES, classifier=perceptron)
    return {
        "nearest": by_neighbour["accuracy"],
        "perceptron": by_perceptron["accuracy"],
        "class_kl": by_neighbour["class_kl"],
    }


def memory(judge: metrics.FeatureNetwork, samples: Array, train: Array, test: Array) -> dict[str, Array]:
    """Returns how near samples are to images for training, held against test images, by pixels and by features.

    `gap`: mean distance to the nearest of `train`, over that of test images; `closer`: share of the samples that are
    nearer to `train` than to `test`, of as many of each, ½ where nothing is remembered.
    """
    number, found = min(len(train), len(test)), {}
    for view, features in (("pixels", lambda images: images), ("features", judge.features)):
        seen, fresh, made = features(train), features(test), features(samples)
        found[f"gap/{view}"] = metrics.memorisation(made, seen, fresh)["gap"]
        even = metrics.memorisation(made, seen[spread(len(train), number)], fresh[:number])
        found[f"closer/{view}"] = even["closer_to_train"]
    return found


def spread(size: int, number: int) -> np.ndarray:
    """Returns a number of places, evenly spaced among so many."""
    return np.linspace(0, size - 1, number).astype(int)


def controls(judge: metrics.FeatureNetwork, found: data.ImageSet, key: Key) -> dict[str, Array]:
    """Returns the memory of a generator that copies, of one that shifts its copies, and of half of the test images."""
    train, test = labelled(found.train).points, labelled(found.test).points
    test = test[jax.random.permutation(key, len(test))]
    copies, half = train[spread(len(train), len(test))], len(test) // 2
    sets = {
        "copies": (copies, train, test),
        "shifted": (metrics.shifted(copies, found.train.shape, right=1), train, test),
        "fresh": (test[:half], train, test[half : 2 * half]),
    }
    return {f"{name}/{what}": each for name, three in sets.items() for what, each in memory(judge, *three).items()}


def overgenerated(train: Labelled, share: Array, key: Key, num_samples: int) -> Labelled:
    """Returns images for training, drawn with replacement so that one class has a given share of them.

    Args:
      train: the images.
      share: of the class FAVOURITE; the others have the rest in equal parts.
      key: draws.
      num_samples: how many.
    """
    counts = jnp.bincount(train.labels, length=NUM_CLASSES)
    of_class = jnp.full(NUM_CLASSES, (1 - share) / (NUM_CLASSES - 1)).at[FAVOURITE].set(share)
    weights = (of_class / counts)[train.labels]
    chosen = jax.random.choice(key, len(train.labels), (num_samples,), p=weights / jnp.sum(weights))
    return Labelled(train.points[chosen], train.labels[chosen])


def few_of(images: data.Images, number: int) -> data.Images:
    """Returns some images of a part, evenly spaced."""
    chosen = spread(len(images.labels), number)
    return dataclasses.replace(images, pixels=images.pixels[chosen], labels=images.labels[chosen])


def by_share(config: Config, found: data.ImageSet, key: Key) -> dict[str, Array]:
    """Returns what images for training are worth, `[SHARES]`, by the share of one class."""
    train, test = labelled(found.train), labelled(found.test)
    num_samples = SETTINGS[config.setting].num_samples

    def one(share_and_key: tuple[Array, Key]) -> dict[str, Array]:
        share, key = share_and_key
        key_samples, key_classifier = jax.random.split(key)
        return worth(test, overgenerated(train, share, key_samples, num_samples), key_classifier)

    return jax.lax.map(one, (jnp.array(SHARES), jax.random.split(key, len(SHARES))))


def make_game(setting: Setting, images: data.Images) -> gg.Game:
    """Returns the GAN of two perceptrons on images of 8×8."""
    networks = perceptrons(LATENT_DIM, setting.hidden, int(np.prod(images.shape)))
    return games.gan(*networks, images.flat(), latent_dim=LATENT_DIM, batch_size=64, cost="non_saturating")


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns the worth and the gaps of each generator, `[seeds, ...]`, and samples of the first seed."""
    setting = SETTINGS[config.setting]
    found, judge = data.images("digits")._replace(facts=None), metrics.feature_network("digits")
    keys = jax.random.split(key, config.num_seeds)
    about = (setting, config.few, config.learning_rate, config.controls)

    def made(sets: dict[str, tuple[metrics.FeatureNetwork, data.ImageSet]], key: Key) -> dict[str, Array]:
        key_shares, key_controls = jax.random.split(key)
        of_sets = {
            f"{name}/{what}": each
            for name, (judge, found) in sets.items()
            for what, each in controls(judge, found, key_controls).items()
        }
        return by_share(config, found, key_shares) | of_sets

    sets = {name: (metrics.feature_network(name), data.images(name)._replace(facts=None)) for name in config.controls}
    arrays = {
        f"artificial/{name}": each
        for name, each in part_for_each_seed(config.parts, "artificial", about, keys, made, sets).items()
    }
    rule = rules.simultaneous(optax.adam(config.learning_rate, b1=0.5))

    def play(game: gg.Game, judge: metrics.FeatureNetwork, found: data.ImageSet, key: Key) -> dict[str, Array]:
        key_play, key_look, key_classifier = jax.random.split(key, 3)
        players = gg.play(game, rule, key_play, setting.num_steps).players
        images = games.generate(game, players, key_look, setting.num_samples)
        samples, test = Labelled(images.reshape(len(images), -1), judge.classes(images)), labelled(found.test)
        own = labelled(game.sample.data).points
        neighbours = nearest(samples.points[:NUM_SHOWN], own)[0]
        return {
            **worth(test, samples, key_classifier),
            **memory(judge, samples.points, own, test.points),
            "shown": jnp.stack([samples.points[:NUM_SHOWN], own[neighbours]]),
        }

    for name, images in (("GAN", found.train), ("GAN of few", few_of(found.train, config.few))):
        game = make_game(setting, images)
        measured = part_for_each_seed(config.parts, name, about, keys, play, game, judge, found)
        arrays |= {f"{name}/{what}": each for what, each in measured.items()}
        arrays[f"{name}/shown"] = measured["shown"][0].astype(np.float16)
    return arrays


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns worth and gaps of each generator, means and 95 % intervals over seeds."""

    def told(name: str, place: Any = ...) -> str:
        return interval(arrays[name][:, place].reshape(config.num_seeds), ".3f")

    return {
        "cpu_seconds": cpu_seconds(arrays),
        "worth": {
            f"images, {share:.0%} of one class": {what: told(f"artificial/{what}", place) for what in WORTH}
            for place, share in enumerate(SHARES)
        }
        | {name: {what: told(f"{name}/{what}") for what in WORTH} for name in ("GAN", "GAN of few")},
        "memory": {
            name.removeprefix("artificial/"): {what: told(f"{name}/{what}") for what in MEMORY}
            for name in remembering(config)
        },
    }


def remembering(config: Config) -> list[str]:
    """Returns the names of all generators whose memory is measured."""
    made = [f"artificial/{name}/{kind}" for name in config.controls for kind in ("copies", "shifted", "fresh")]
    return [*made, "GAN", "GAN of few"]


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: accuracy over the balance of classes, gaps, and samples above their nearest images."""
    figure, (left, middle, right) = experiment.figure(1, 3, (14.0, 3.6))
    for what, color in (("nearest", "#0072b2"), ("perceptron", "#d55e00")):
        kls, scores = arrays["artificial/class_kl"], arrays[f"artificial/{what}"]
        left.plot(
            kls.mean(axis=0), scores.mean(axis=0), "o-", color=color, label=f"images, one class too often: {what}"
        )
        left.plot(arrays["GAN/class_kl"], arrays[f"GAN/{what}"], "x", color=color, label=f"GAN: {what}")
    left.set(xlabel="KL of the classes, nats", ylabel="accuracy on test images", title="worth as training data")
    left.legend()
    names = remembering(config)
    for shift, (what, color) in enumerate(zip(MEMORY[:2], ("#0072b2", "#d55e00"), strict=True)):
        lengths = [arrays[f"{name}/{what}"].mean() for name in names]
        places = np.arange(len(names)) + 0.36 * shift - 0.18
        middle.barh(places, lengths, 0.34, color=color, label=what.removeprefix("gap/"))
    middle.axvline(1, color="black", linewidth=0.8)
    few = f"GAN of {config.few} images"
    middle.set_yticks(
        range(len(names)), [name.removeprefix("artificial/").replace("GAN of few", few) for name in names]
    )
    middle.invert_yaxis()
    middle.set(title="distance to images for training,\nover that of test images")
    middle.legend()
    height, width, channels = data.images("digits").train.shape
    shown = np.concatenate([arrays["GAN/shown"], arrays["GAN of few/shown"]])
    pictures = shown.reshape(*shown.shape[:2], height, width, channels)
    experiment.show_images(right, pictures, f"samples over nearest images; below: of {config.few}")
    return {"worth": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
