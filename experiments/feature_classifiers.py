r"""How well do the small classifiers name images that stand in for Inception, as feature networks of the metrics?

    python experiments/feature_classifiers.py --weights gangame/metrics/weights     four minutes of CPU
    python experiments/feature_classifiers.py --sets animals --weights gangame/metrics/weights \
        --output experiments/results/feature_classifiers/animals                    40 seconds of CPU

It trains one network for each set of images, on the images for training alone, and leaves its weights, in float16, as
NAME.safetensors in the folder that `--weights` names. `metrics.feature_network(NAME)` reads the shipped ones: logits,
classes and 64 features of such images, generated ones as well. Each image is shifted by up to a tenth of its size, at
random, each time it is seen; the last linear layers have dropout; Adam's rate falls to 0 along a cosine.

What one should see (2026-11-30, two shared cores of an AMD EPYC, 3.6 minutes of CPU time): of 355 test images of
scikit-learn's digits 98.6 % are named right (96.7 to 99.4), of 1,000 of MNIST 98.1 % (97.1 to 98.8), where 97 to 98 %
was the aim; of 2,000 silhouettes of ten kinds of animals 95.8 % (94.8 to 96.6), cows least, 93 %. The
weights are those after the last step, not the best ones on the way. They take 69, 213 and 213 kB. The silhouettes come
from the package animal-mnist, which no extra installs.
"""

import dataclasses
import sys
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import data, metrics, nets, rules
from gangame.core import Array, Batch, Key, Players, PyTree
from gangame.lab import experiment
from gangame.metrics import feature_networks

NUM_RECORDS = 20
NUM_SHOWN = 20


class Setting(NamedTuple):
    """Sizes of a network.

    Attributes:
      width: channels of its first layer.
      dropout: before the linear layers.
      shift: pixels by which images are moved at most.
    """

    width: int
    dropout: float
    shift: int


SETTINGS = {
    "digits": Setting(32, 0.3, 1),
    "mnist_5000": Setting(16, 0.3, 2),
    "animals": Setting(16, 0.3, 2),
    "cifar10": Setting(64, 0.3, 2),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """Which sets, and how long to learn."""

    sets: tuple[str, ...] = experiment.option(("digits", "mnist_5000"), f"of {', '.join(SETTINGS)}")
    num_steps: int = experiment.option(6000, f"of 64 images, a multiple of {NUM_RECORDS}")
    learning_rate: float = experiment.option(2e-3, "of Adam at the start, positive")
    weights: str = experiment.option("", "folder for the weights; without one they are not kept")

    def __post_init__(self):
        """Checks the values."""
        for name in self.sets:
            if name not in SETTINGS:
                raise ValueError(f"sets has {name!r}; each has to be one of {', '.join(SETTINGS)}.")
        if not self.sets or self.num_steps < NUM_RECORDS or self.num_steps % NUM_RECORDS or not self.learning_rate > 0:
            raise ValueError(
                f"sets, num_steps and learning_rate are {self.sets}, {self.num_steps} and {self.learning_rate}; there "
                f"has to be a set, a multiple of {NUM_RECORDS} steps, and a positive learning rate."
            )


TINY = Config(sets=("digits",), num_steps=40)


def moved(key: Key, images: Array, most: int) -> Array:
    """Returns images `[n, height, width, channels]`, each moved by −most to most pixels each way, black coming in."""
    num_images, *shape = images.shape
    padded = jnp.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), constant_values=-1)
    corners = jax.random.randint(key, (num_images, 2), 0, 2 * most + 1)
    return jax.vmap(lambda image, corner: jax.lax.dynamic_slice(image, (*corner, 0), shape))(padded, corners)


def learning(network: nets.Network, images: data.Images, shift: int) -> gg.Game:
    """Returns the game of one player, who names images."""

    def sample(key: Key) -> Batch:
        key_images, key_shift, key_network = jax.random.split(key, 3)
        points, labels = images.labelled(key_images, 64)
        return {"points": moved(key_shift, points, shift), "labels": labels, "key": key_network}

    def losses(players: Players, batch: Batch) -> dict[str, Array]:
        logits = network.with_key(batch["key"]).apply(players["classifier"], batch["points"])
        loss = optax.softmax_cross_entropy_with_integer_labels(logits, batch["labels"])
        return {"classifier": jnp.mean(loss)}

    return gg.Game(lambda key: {"classifier": network.init(key)}, sample, losses)


def rounded(parameters: PyTree) -> PyTree:
    """Returns the parameters as their file holds them."""
    return jax.tree.map(lambda each: each.astype(jnp.float16).astype(each.dtype), parameters)


class Learned(NamedTuple):
    """What became of one network.

    Attributes:
      about: arguments of `nets.image_classifier` that make it, without dropout.
      parameters: as their file holds them.
      curve: `[NUM_RECORDS]`, test accuracy along the way.
      logits: `[num_test_images, classes]`.
    """

    about: dict[str, int]
    parameters: PyTree
    curve: Array
    logits: Array


def learned(config: Config, name: str, found: data.ImageSet, key: Key) -> Learned:
    """Returns the network that has learned a set of images."""
    setting, (size, _, channels) = SETTINGS[name], found.train.shape
    about = {"size": size, "channels": channels, "num_classes": len(found.facts.classes), "width": setting.width}
    network = nets.image_classifier(**about, dropout=setting.dropout)
    rule = rules.simultaneous(optax.adam(optax.cosine_decay_schedule(config.learning_rate, config.num_steps)))

    @jax.jit
    def train(images: data.Images, points: Array, labels: Array, key: Key) -> tuple[PyTree, Array, Array]:
        def accuracy(players: Players, key: Key) -> Array:
            del key
            return jnp.mean(jnp.argmax(network.apply(players["classifier"], points), axis=1) == labels)

        game, every = learning(network, images, setting.shift), config.num_steps // NUM_RECORDS
        played = gg.play(game, rule, key, config.num_steps, accuracy, every)
        parameters = rounded(played.players["classifier"])
        return parameters, played.records, network.apply(parameters, points)

    return Learned(about, *train(found.train, found.test.scaled(found.test.pixels), found.test.labels, key))


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns for each set the logits of its test images, their labels, and the test accuracy along the way."""
    if config.weights:
        Path(config.weights).mkdir(parents=True, exist_ok=True)  # better now than after minutes
    arrays: dict[str, Any] = {}
    for name in config.sets:
        found = data.images(name)
        labels, network = found.test.labels, learned(config, name, found, key)
        arrays |= {f"{name}/curve": network.curve, f"{name}/logits": network.logits, f"{name}/labels": labels}
        if config.weights:
            right = int(jnp.sum(jnp.argmax(network.logits, axis=1) == labels))
            texts = {"images": found.facts.name, "source": found.facts.source, "licence": found.facts.licence}
            path = Path(config.weights) / f"{name}.safetensors"
            feature_networks.save(path, network.about, network.parameters, right, len(labels), texts)
    return arrays


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns accuracy with its 95 % interval over test images, and the recall of each class."""
    found = {}
    for name in config.sets:
        named, labels = arrays[f"{name}/logits"].argmax(axis=1), arrays[f"{name}/labels"]
        right = int(np.sum(named == labels))
        found[name] = {
            "accuracy_wilson_95": (right / len(labels), *metrics.wilson(right, len(labels))),
            "test_images": len(labels),
            "recall": [np.mean(named[labels == c] == c) for c in range(labels.max() + 1)],
        }
    return found


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: accuracy along the way, and test images that are named wrong."""
    figure, axes = experiment.figure(len(config.sets), 2, (10.0, 2.8 * len(config.sets)), squeeze=False)
    for (left, right), name in zip(axes, config.sets, strict=True):
        steps = config.num_steps // NUM_RECORDS * np.arange(1, NUM_RECORDS + 1)
        left.plot(steps, 100 * arrays[f"{name}/curve"], color="#0072b2")
        left.set(xlabel="step", ylabel="%", title=f"{name}: test images named right")
        named, labels = arrays[f"{name}/logits"].argmax(axis=1), arrays[f"{name}/labels"]
        wrong = np.flatnonzero(named != labels)[:NUM_SHOWN]
        test = data.images(name).test
        shown = np.full((NUM_SHOWN, *test.shape), -1.0)
        shown[: len(wrong)] = test.scaled(test.pixels[wrong])
        words = ", ".join(f"{labels[each]}→{named[each]}" for each in wrong[:8])
        lines = shown.reshape(2, NUM_SHOWN // 2, *test.shape)
        experiment.show_images(right, lines, f"named wrong: {words}")
    return {"classifiers": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
