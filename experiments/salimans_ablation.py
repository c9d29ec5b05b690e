r"""What does each trick of Salimans et al. do, one at a time (slides 37 to 45, 57 to 59)?

    python experiments/salimans_ablation.py             four minutes of CPU: digits of 8×8
    python experiments/salimans_ablation.py --rows all "+ historical averaging" "+ feature matching" \
        --output experiments/results/salimans_ablation/added                     two minutes of CPU
    python experiments/salimans_ablation.py --setting cifar10 --judge cifar10.safetensors     for an accelerator

Table 3 of Salimans et al. 2016 (https://arxiv.org/abs/1606.03498) takes tricks away from a GAN on CIFAR-10, one at a
time, and gives the Inception score of what is left; we know of no public second measurement. The GAN with all of them:

    virtual batch norm          in the generator
    labels                      a discriminator of K classes and an implied one for samples, all images with labels
    one-sided label smoothing   the discriminator is to say 0.9 of data
    minibatch discrimination    features of the whole batch in the discriminator

Rows take one of them away ("virtual → batch norm", "− labels", ...), or trade labels for historical averaging, as the
paper does, and the last takes away all. Two more, which `--rows` plays, add historical averaging or feature matching in
place of the cost. A game with labels also sees a batch of labelled images in each step, and so more images.

Samples are judged by a classifier of ours, `metrics.feature_network`, in place of Inception: the Inception score over
its ten classes, 1 to 10, and the FID of its 64 features from those of the test images, which nobody was trained on. So
these numbers compare with each other and with those of real images, and not with the paper's (all 8.09 ± 0.07, batch
norm 7.54 ± 0.07, labels for historical averaging 6.86 ± 0.06, − smoothing 6.83 ± 0.06, − labels 4.36 ± 0.04,
− minibatch features 3.87 ± 0.03). Its ± are of the score of one GAN over parts of its samples; ours are standard errors
over GANs from different seeds.

What one should see (2026-11-30, two shared cores of an AMD EPYC, six minutes of CPU time for 21 GANs of 2,000 steps of
32 images, thirteen of the clock, played in parts), mean ± standard error over three seeds; FID of real images for
training 1.5, their score 9.41:

    all                                 score 6.51 ± 0.02    FID  8.9 ± 0.3
    virtual → batch norm                      6.47 ± 0.02         8.8 ± 0.3
    − labels, + historical averaging          6.25 ± 0.03         9.5 ± 0.3
    − label smoothing                         6.46 ± 0.03         8.9 ± 0.5
    − labels                                  6.08 ± 0.01        11.7 ± 0.2
    − minibatch discrimination                7.03 ± 0.08        17.1 ± 0.4
    none of them                              5.19 ± 0.28        27.5 ± 2.5

As in the paper, minibatch discrimination is the trick that matters most, by FID, and labels come next; by the Inception
score the GAN without minibatch discrimination is the best of all, 0.52 (0.26 to 0.78) above the one with everything,
though its FID is 8.2 (7.6 to 8.7) worse. Its samples are more certain and less like the data, which this score does not
see. Virtual batch norm and smoothing, which cost the paper 0.5 and 1.3 of the score, do next to nothing at this size:
-0.05 (-0.07 to -0.02) and -0.05 (-0.11 to 0.01); by FID the former is 0.1 worse than batch norm. Historical averaging
with a spring of 0.01, untuned, makes up for most of the labels' part of the FID. Three seeds are few, and the setting
of CIFAR-10 has not been run.

The two rows that add something, in a run of their own on the same day:

    all                                 score 6.46 ± 0.07    FID  8.5 ± 0.2
    + historical averaging                    6.52 ± 0.05         8.2 ± 0.7
    + feature matching                        4.03 ± 0.03        46.8 ± 1.7

Beside labels, historical averaging changes nothing that three seeds could show: -0.3 of the FID (-2.1 to 1.5). Feature
matching in place of the cost makes it by far the worst row, 38 (30 to 46) more than all: it helps to name classes
(`semi_supervised`), not to generate, as Salimans et al. say. In between, minibatch discrimination and convolutions of
stride 2 got quicker programs, which round otherwise; the first row moved from 8.9 to 8.5 by that alone.
"""

import dataclasses
import sys
from typing import Any, NamedTuple

import jax
import numpy as np
import optax

import gangame as gg
from gangame import data, games, metrics, nets, rules
from gangame.core import Array, Key, UpdateRule
from gangame.lab import experiment
from gangame.lab.image_setting import ImageSetting, check_setting, judge_of
from gangame.lab.intervals import interval
from gangame.lab.parts import cpu_seconds, part_for_each_seed

NAMES = {"inception_score": "Inception score", "fid": "FID"}
MEASURES = tuple(NAMES)
NUM_SHOWN = 12


SETTINGS = {
    "cpu": ImageSetting("digits", "digits", 16, 3, 32, 32, 5e-4, 2000, 5000),
    "cifar10": ImageSetting("cifar10", "", 64, 5, 100, 100, 3e-4, 600_000, 50_000),
    "tiny": ImageSetting("digits", "digits", 2, 3, 2, 8, 5e-4, 3, 200),
}


class Tricks(NamedTuple):
    """What a GAN has.

    Attributes:
      norm: of the generator.
      labels: whether the discriminator names classes.
      real_label: what it is to say of data.
      minibatch: what its last layer sees of the batch.
      spring: strength of the springs to the mean of the past, 0 for none.
      match_features: whether the generator matches mean features in place of its cost.
    """

    norm: str = "virtual"
    labels: bool = True
    real_label: float = 0.9
    minibatch: str = "discrimination"
    spring: float = 0.0
    match_features: bool = False


SPRING = 0.01  # the paper does not say how strong
ALL = Tricks()
ROWS: dict[str, Tricks] = {
    "all": ALL,
    "virtual → batch norm": ALL._replace(norm="batch"),
    "− labels, + historical averaging": ALL._replace(labels=False, spring=SPRING),
    "− label smoothing": ALL._replace(real_label=1.0),
    "− labels": ALL._replace(labels=False),
    "− minibatch discrimination": ALL._replace(minibatch="none"),
    "+ historical averaging": ALL._replace(spring=SPRING),
    "+ feature matching": ALL._replace(match_features=True),
    "none of them": Tricks("batch", False, 1.0, "none"),
}
PLAYED = tuple(name for name in ROWS if not name.startswith("+"))


@dataclasses.dataclass(frozen=True)
class Config:
    """Which rows, and over how many seeds."""

    setting: str = experiment.option("cpu", f"one of {', '.join(SETTINGS)}")
    rows: tuple[str, ...] = experiment.option(PLAYED, f"of {', '.join(ROWS)}; others are compared with the first")
    num_seeds: int = experiment.option(3, "GANs for each row, 2 or more for an interval")
    judge: str = experiment.option("", "weights from feature_classifiers.py, where the set has no judge of ours")
    parts: str = experiment.option("", "folder for the GANs that are done: a run that was cut goes on", recorded=False)

    def __post_init__(self):
        """Checks the values."""
        check_setting(SETTINGS, self.setting, self.judge, self.num_seeds)
        for name in self.rows:
            if name not in ROWS:
                raise ValueError(f"rows has {name!r}; each has to be one of {', '.join(ROWS)}.")
        if not self.rows:
            raise ValueError("There are no rows; there has to be one.")


TINY = Config("tiny", ("all", "none of them"), 2)


def setup(setting: ImageSetting, tricks: Tricks, found: data.ImageSet, key: Key) -> tuple[gg.Game, UpdateRule]:
    """Returns game and rule of a GAN with these tricks; the key draws the reference batch."""
    size, _, channels = found.train.shape
    same = {"width": setting.width, "kernel_size": setting.kernel_size}
    reference = jax.random.normal(key, (setting.batch_size, setting.latent_dim)) if tricks.norm == "virtual" else None
    generator = nets.dcgan_generator(size, channels, setting.latent_dim, norm=tricks.norm, reference=reference, **same)
    discriminator = nets.dcgan_discriminator(
        size, channels, minibatch=tricks.minibatch,
        num_outputs=len(found.facts.classes) if tricks.labels else 1, **same,
    )  # fmt: skip
    shared: dict[str, Any] = {
        "latent_dim": setting.latent_dim, "batch_size": setting.batch_size, "cost": "non_saturating",
        "real_label": tricks.real_label, "match_features": tricks.match_features,
    }  # fmt: skip
    if tricks.labels:
        networks, num_labels = (generator, discriminator), len(found.train.labels)
        game = games.semi_supervised(found, num_labels=num_labels, networks=networks, **shared)
    else:
        game = games.gan(generator, discriminator, found.train, **shared)
    rule = rules.simultaneous(optax.adam(setting.learning_rate, b1=0.5))
    return game, rules.anchored(rule, strength=tricks.spring) if tricks.spring else rule


def judged(judge: metrics.FeatureNetwork, real: Array, images: Array) -> dict[str, Array]:
    """Returns Inception score and FID of images, `real` being features of real ones."""
    return {
        "inception_score": metrics.inception_score(judge.probabilities(images), num_splits=1)["mean"],
        "fid": metrics.fid(real, judge.features(images)),
    }


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns the scores of each row, `[seeds]`, samples of its first seed, seconds, and the scores of real images."""
    setting = SETTINGS[config.setting]
    found = data.images(setting.images)
    judge = judge_of(setting, config.judge)
    real = jax.jit(lambda judge, images: judge.features(images.scaled(images.pixels)))(judge, found.test)
    instead = jax.jit(lambda images, *others: judged(*others, images.scaled(images.pixels)))(found.train, judge, real)
    arrays: dict[str, Any] = {f"real/{name}": each for name, each in instead.items()}
    key_reference, key_seeds = jax.random.split(key)
    keys = jax.random.split(key_seeds, config.num_seeds)
    for name in config.rows:
        game, rule = setup(setting, ROWS[name], found, key_reference)

        def play(
            game: gg.Game, judge: metrics.FeatureNetwork, real: Array, key: Key, rule: UpdateRule = rule
        ) -> dict[str, Array]:
            key_play, key_look = jax.random.split(key)
            players = gg.play(game, rule, key_play, setting.num_steps).players
            images = games.generate(game, players, key_look, setting.num_samples)
            return {**judged(judge, real, images), "shown": images[:NUM_SHOWN]}

        scores = part_for_each_seed(config.parts, name, (setting, ROWS[name]), keys, play, game, judge, real)
        scores["shown"] = scores["shown"][0]
        arrays |= {f"{name}/{what}": each for what, each in scores.items()}
        print(f"{name}: {', '.join(f'{what} {scores[what]}' for what in MEASURES)}", file=sys.stderr)
    return arrays


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns mean and standard error of each score, and the difference from the first row, seed by seed."""
    rows = {}
    for name in config.rows:
        rows[name] = {"cpu_seconds_of_a_run": arrays[f"{name}/cpu_seconds"].mean().round(1)}
        for what, form in zip(MEASURES, (".3f", ".2f"), strict=True):
            scores, first = arrays[f"{name}/{what}"], arrays[f"{config.rows[0]}/{what}"]
            mean, error = metrics.mean_and_error(scores)
            rows[name][what] = f"{mean:{form}} ± {error:{form}}"
            rows[name][f"{what}_by_seed"] = scores.astype(float).round(4)
            rows[name][f"{what}_minus_that_of_the_first_row"] = interval(scores - first, form)
    real = {name: arrays[f"real/{name}"] for name in MEASURES}
    return {
        "cpu_seconds_of_all_gans": cpu_seconds(arrays),
        "real images for training, in place of samples": real,
        **rows,
    }


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: both scores of each row with standard errors, and samples of its first seed."""
    figure, axes = experiment.figure(1, 3, (14.0, 1.4 + 0.42 * len(config.rows)), width_ratios=(1, 1, 1.2))
    places = np.arange(len(config.rows))[::-1]
    for panel, what in zip(axes, MEASURES, strict=False):
        for place, name in zip(places, config.rows, strict=True):
            scores = arrays[f"{name}/{what}"]
            mean, error = metrics.mean_and_error(scores)
            panel.barh(place, mean, 0.72, color="#0072b2" if place == places[0] else "#999999", alpha=0.85)
            panel.errorbar(mean, place, xerr=error, color="black", capsize=2, linewidth=1)
            panel.plot(scores, [place] * len(scores), ".", color="black", markersize=3)
        panel.axvline(float(arrays[f"real/{what}"]), color="#009e73", linewidth=1)
        panel.set_yticks(places, config.rows if what == MEASURES[0] else [])
        panel.set(title=f"{NAMES[what]}; bars: standard errors, green: real", xlim=(0, None))
        panel.grid(visible=False, axis="y")
    shown = np.stack([arrays[f"{name}/shown"] for name in config.rows])
    experiment.show_images(axes[2], shown, "samples, in the order of the rows")
    return {"tricks": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
