"""Do labels help a GAN that nobody asks for a class (slide 38)?

    python experiments/labels_help.py                 four minutes of CPU: digits of 8×8
    python experiments/labels_help.py --setting cifar10 --judge cifar10.safetensors     for an accelerator

The tutorial names three categories, whose samples are not to be compared as if they were one: GANs that see no labels,
GANs that are trained with labels and sampled without, and GANs that are asked for a class. Here each has a block of its
own, and columns of its own where it has something that the others lack:

    no labels             the plain DCGAN
    trained with labels   the same generator against a discriminator of K classes and an implied one for samples, all
                          images with labels (Salimans et al. 2016), sampled without a class: slide 38 asks for p(x)
    class-conditional     labels for both: the projection discriminator and AC-GAN, asked for as many of each class

All have the same generator and as many steps. Samples are judged by `metrics.feature_network`: the FID of its features
from those of the test images, and how unevenly classes are met (KL, nats). Those asked for a class also have GAN-train
(the nearest neighbour that has seen the samples alone, on test images), GAN-test (the judge, on samples), and the
diversity within classes: the mean distance between two samples of a class over that between two test images of it.
That labels help is a statement about two categories, so it stands apart, as a difference seed by seed.

What one should see (2026-11-30, two shared cores of an AMD EPYC, four minutes of CPU time, six of the clock), as means
over five seeds with 95 % intervals; real images for training in place of samples have the FID 1.5:

    no labels             FID 22.3 (18.3 to 26.3)
    trained with labels   FID 14.9 (14.0 to 15.7); with matched features in place of the cost 70 (65 to 74)
    class-conditional     projection: GAN-train 0.94 (0.92 to 0.96), where real images have 0.99, GAN-test 0.97,
                          diversity 0.94 (0.92 to 0.97), FID 7.4; AC-GAN: GAN-train 0.87 (0.86 to 0.89), GAN-test 0.97
                          as well, diversity 0.72 (0.67 to 0.76), FID 21

So labels help p(x): the FID is lower by 7.4 (4.1 to 10.7), in each of the five seeds, of a generator that is never told
of them; its steps take a third longer, since the discriminator sees a labelled batch besides. And AC-GAN pays for
certain classes with sameness within them: as many of its samples are what was asked for as of the projection's, yet a
classifier that learns from them does worse. Matched features, with which such discriminators learn from few labels,
make worse samples here. The setting of CIFAR-10 has not been run.
"""

import dataclasses
import sys
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import data, games, metrics, nets, rules
from gangame.core import Array, Key
from gangame.lab import experiment
from gangame.lab.image_setting import ImageSetting, check_setting, judge_of
from gangame.lab.intervals import interval
from gangame.lab.parts import cpu_seconds, part_for_each_seed
from gangame.metrics.distances import squared_distances
from gangame.metrics.shares import class_shares, relative_entropy

NUM_SHOWN = 20


SETTINGS = {
    "cpu": ImageSetting("digits", "digits", 32, 3, 32, 64, 5e-4, 3000, 5000),
    "cifar10": ImageSetting("cifar10", "", 64, 5, 100, 100, 3e-4, 200_000, 50_000),
    "tiny": ImageSetting("digits", "digits", 2, 3, 2, 8, 5e-4, 3, 200),
}
CATEGORIES = {
    "no labels": ("plain",),
    "trained with labels": ("K + 1 classes", "K + 1 classes, matched features"),
    "class-conditional": ("projection", "auxiliary"),
}
OF_ALL = {"fid": ".2f", "class_kl": ".3f"}
OF_CONDITIONAL = {**OF_ALL, "gan_train": ".3f", "gan_test": ".3f", "diversity": ".3f"}


@dataclasses.dataclass(frozen=True)
class Config:
    """Which setting, and over how many seeds."""

    setting: str = experiment.option("cpu", f"one of {', '.join(SETTINGS)}")
    num_seeds: int = experiment.option(5, "GANs of each kind, 2 or more for an interval")
    judge: str = experiment.option("", "weights from feature_classifiers.py, where the set has no judge of ours")
    parts: str = experiment.option("", "folder for the GANs that are done: a run that was cut goes on", recorded=False)

    def __post_init__(self):
        """Checks the values."""
        check_setting(SETTINGS, self.setting, self.judge, self.num_seeds)


TINY = Config("tiny", 2)


def setup(setting: ImageSetting, name: str, found: data.ImageSet) -> gg.Game:
    """Returns one of the games."""
    size, _, channels = found.train.shape
    num_classes = len(found.facts.classes)
    same = {"width": setting.width, "kernel_size": setting.kernel_size}
    conditional = name in CATEGORIES["class-conditional"]
    generator = nets.dcgan_generator(
        size, channels, setting.latent_dim, num_classes=num_classes if conditional else 0, **same
    )
    num_outputs = 1 if name == "plain" else num_classes + conditional
    discriminator = nets.dcgan_discriminator(size, channels, num_outputs=num_outputs, **same)
    shared: dict[str, Any] = {
        "latent_dim": setting.latent_dim, "batch_size": setting.batch_size, "cost": "non_saturating"
    }  # fmt: skip
    networks = (generator, discriminator)
    if name == "plain":
        return games.gan(*networks, found.train, **shared)
    if conditional:
        return games.conditional_gan(found, method=name, networks=networks, **shared)
    return games.semi_supervised(
        found, num_labels=len(found.train.labels), networks=networks, match_features=name.endswith("matched features"),
        **shared,
    )  # fmt: skip


def within_classes(images: Array, labels: Array, num_classes: int) -> Array:
    """Returns the mean distance between two different images of a class, `[num_classes]`."""
    flat = images.reshape(len(images), -1)
    distances = jnp.sqrt(squared_distances(flat, flat))
    member = jax.nn.one_hot(labels, num_classes, dtype=flat.dtype)
    size = jnp.sum(member, axis=0)
    return jnp.einsum("ic,ij,jc->c", member, distances, member) / (size * (size - 1))


class Real(NamedTuple):
    """Test images, `[n, ...]`, their labels, and their features."""

    images: Array
    labels: Array
    features: Array


def seen(judge: metrics.FeatureNetwork, test: data.Images) -> Real:
    """Returns what is to be compared with."""
    images = test.scaled(test.pixels)
    return Real(images, test.labels, judge.features(images))


def judged(judge: metrics.FeatureNetwork, real: Real, images: Array, num_classes: int) -> dict[str, Array]:
    """Returns what every sample set has: the FID, and how uneven the classes are that the judge sees in it."""
    shares, reference = (class_shares(each, num_classes, images.dtype) for each in (judge.classes(images), real.labels))
    return {
        "fid": metrics.fid(real.features, judge.features(images)),
        "class_kl": relative_entropy(shares, reference),
    }


def judged_by_class(
    judge: metrics.FeatureNetwork, real: Real, images: Array, labels: Array, key: Key, num_classes: int
) -> dict[str, Array]:
    """Returns what sample sets with labels have besides: GAN-train, GAN-test, and the diversity within classes."""
    flat, samples = (each.reshape(len(each), -1) for each in (real.images, images))
    trained = metrics.gan_train(flat, real.labels, samples, labels, key, num_classes=num_classes)
    few = len(labels) // num_classes * num_classes
    spread = within_classes(images[:few], labels[:few], num_classes)
    return {
        "gan_train": trained["accuracy"],
        "gan_test": jnp.mean((judge.classes(images) == labels).astype(images.dtype)),
        "diversity": jnp.mean(spread / within_classes(real.images, real.labels, num_classes)),
    }


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns the measures of each game, `[seeds]`, samples of its first seed, and the measures of real images."""
    setting = SETTINGS[config.setting]
    found = data.images(setting.images)
    num_classes = len(found.facts.classes)
    judge = judge_of(setting, config.judge)
    real = jax.jit(seen)(judge, found.test)

    def instead(judge: metrics.FeatureNetwork, real: Real, train: data.Images, key: Key) -> dict[str, Array]:
        images = train.scaled(train.pixels)
        by_class = judged_by_class(judge, real, images, train.labels, key, num_classes)
        return judged(judge, real, images, num_classes) | by_class

    of_real = jax.jit(instead)(judge, real, found.train, key)
    arrays: dict[str, Any] = {f"real/{what}": each for what, each in of_real.items()}
    keys = jax.random.split(key, config.num_seeds)
    asked = jnp.arange(setting.num_samples) % num_classes
    for name in [each for category in CATEGORIES.values() for each in category]:
        game = setup(setting, name, found)
        rule = rules.simultaneous(optax.adam(setting.learning_rate, b1=0.5))
        conditional = name in CATEGORIES["class-conditional"]

        def play(
            game: gg.Game, judge: metrics.FeatureNetwork, real: Real, key: Key,
            rule: gg.UpdateRule = rule, conditional: bool = conditional,
        ) -> dict[str, Array]:  # fmt: skip
            key_play, key_look, key_metric = jax.random.split(key, 3)
            players = gg.play(game, rule, key_play, setting.num_steps).players
            if conditional:
                images = games.generate_classes(game, players, key_look, asked)
                by_class = judged_by_class(judge, real, images, asked, key_metric, num_classes)
            else:
                images, by_class = games.generate(game, players, key_look, setting.num_samples), {}
            return {**judged(judge, real, images, num_classes), **by_class, "shown": images[:NUM_SHOWN]}

        measured = part_for_each_seed(config.parts, name, setting, keys, play, game, judge, real)
        measured["shown"] = measured["shown"][0]
        arrays |= {f"{name}/{what}": each for what, each in measured.items()}
        print(f"{name}: { ({what: measured[what] for what in OF_CONDITIONAL if what in measured}) }", file=sys.stderr)
    return arrays


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns a block for each category, with means and 95 % intervals over seeds, and the differences apart."""

    def block(category: str) -> dict[str, Any]:
        measures = OF_CONDITIONAL if category == "class-conditional" else OF_ALL
        return {
            name: {
                **{what: interval(arrays[f"{name}/{what}"], form) for what, form in measures.items()},
                "fid_by_seed": arrays[f"{name}/fid"].astype(float).round(3),
                "cpu_seconds_of_a_run": arrays[f"{name}/cpu_seconds"].mean().round(1),
            }
            for name in CATEGORIES[category]
        }

    plain = arrays["plain/fid"]
    return {
        "cpu_seconds_of_all_gans": cpu_seconds(arrays),
        "real images for training, in place of samples": {what: arrays[f"real/{what}"] for what in OF_CONDITIONAL},
        **{category: block(category) for category in CATEGORIES},
        "FID of p(x), trained with labels minus no labels": {
            name: interval(arrays[f"{name}/fid"] - plain, ".2f") for name in CATEGORIES["trained with labels"]
        },
    }


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: a panel for each category, and samples of the first seed."""
    figure, axes = experiment.figure(2, 3, (12.0, 6.0))
    real = float(arrays["real/fid"])
    for (top, bottom), (category, names) in zip(axes.T, CATEGORIES.items(), strict=True):
        for place, name in enumerate(names):
            scores = arrays[f"{name}/fid"]
            mean, low, high = metrics.mean_interval(scores)
            top.bar(place, mean, 0.5, color="#0072b2", alpha=0.85)
            top.errorbar(place, mean, yerr=[[mean - low], [high - mean]], color="black", capsize=3)
            top.plot([place] * len(scores), scores, ".", color="black", markersize=4)
        top.axhline(real, color="#009e73", linewidth=1)
        top.set_xticks(range(len(names)), [name.replace(", ", ",\n") for name in names])
        top.set(title=f"{category}: FID; green: real images", xlim=(-1, len(names)), ylim=(0, None))
        top.grid(visible=False, axis="x")
        shown = np.stack([arrays[f"{name}/shown"] for name in names])
        lines = shown.reshape(-1, 10, *shown.shape[2:])
        experiment.show_images(bottom, lines, "samples, two lines of each")
    return {"categories": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
