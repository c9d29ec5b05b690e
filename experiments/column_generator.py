"""Does a generator that paints an image column by column lose digits, and does unrolling keep them?

    python experiments/column_generator.py                  two and a half minutes of CPU: digits of 8×8
    python experiments/column_generator.py --setting metz --rules simultaneous "unrolled 20"     for an accelerator

An LSTM makes one column after the other, against a small convolutional discriminator that sees the image: a pair that
fits badly, which Metz et al. 2017 (https://arxiv.org/abs/1611.02163) say collapses unless it is unrolled, by twenty
steps on the 28 columns of MNIST. Here are the 8 columns of scikit-learn's digits, and latents for each column. A
classifier that has never seen a sample, `metrics.feature_network`, names each sample; a digit is shown if a hundredth
of the samples are named it, and a GAN has collapsed if it shows less than half of the ten. Beside that stands the FID
of the classifier's features from those of the test images. Equal steps are not equal work.

What one should see (2026-11-30, two shared cores of a Xeon, 138 s of CPU time for 32 GANs of 1,000 steps, beside
compiling), as means over eight seeds with 95 % intervals, of 2,000 samples; real images show 10 digits with FID 1.8:

    simultaneous       2.3 (1.4 to 3.1) digits   collapsed 8 of 8 (0.68 to 1.00)   FID 263 (143 to 382)   3.3 s
    unrolled 1         3.1 (1.8 to 4.4)                    7 of 8 (0.53 to 0.98)       164 (140 to 188)   3.2 s
    prediction of G    4.3 (3.2 to 5.3)                    4 of 8 (0.22 to 0.78)       143 (125 to 162)   2.7 s
    unrolled 5         7.0 (5.8 to 8.2)                    0 of 8 (0.00 to 0.32)        80 (68 to 92)     8.0 s

So the claim holds at this size: without unrolling 85 % of the samples are of one digit, and which one changes along
the run; with five steps of it no seed collapses, for two and a half times the CPU time. It is no cure yet: no seed
shows all ten digits, and the FID is far from that of real images. The prediction of the generator, which costs nothing
more, shows 1.1 digits more than unrolling by one step, which eight seeds do not decide. That a GAN has collapsed below
five digits, and no other number, was decided after four seeds of the first and the last row had been seen. Neither
equal time nor longer runs, nor `unrolled 20`, nor the sizes of the paper have been played.
"""

import dataclasses
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np

import gangame as gg
from gangame import data, games, metrics, nets, rules
from gangame.core import Array, Key, Players, UpdateRule
from gangame.lab import experiment
from gangame.lab.covering import followed
from gangame.lab.gan_rules import prediction, smooth_adam
from gangame.lab.intervals import interval
from gangame.lab.parts import cpu_seconds, part_for_each_seed
from gangame.metrics.shares import class_shares

NUM_CLASSES = 10
NUM_RECORDS = 10
NUM_SHOWN = 20
SHOWN_SHARE = 0.01


class Setting(NamedTuple):
    """Sizes of everything.

    Attributes:
      images: the digits, of `data.images`, that also have a feature network.
      judge: that feature network.
      num_hidden: width of the LSTM.
      discriminator_width: channels of the discriminator's first map.
      latent_dim: size of the latents, a multiple of the number of columns.
      batch_size: images and latents in a step.
      learning_rate: of both players.
      num_steps: a multiple of NUM_RECORDS.
      num_samples: how many samples are judged.
    """

    images: str
    judge: str
    num_hidden: int
    discriminator_width: int
    latent_dim: int
    batch_size: int
    learning_rate: float
    num_steps: int
    num_samples: int


SETTINGS = {
    "cpu": Setting("digits", "digits", 64, 8, 32, 64, 1e-3, 1000, 2000),
    "metz": Setting("mnist", "mnist_5000", 128, 8, 112, 128, 1e-4, 100_000, 10_000),
    "tiny": Setting("digits", "digits", 2, 2, 8, 8, 1e-3, 10, 100),
}
RULES: dict[str, Callable[[Any], UpdateRule]] = {
    "simultaneous": rules.simultaneous,
    "unrolled 1": partial(rules.unrolled, depth=1),
    "unrolled 5": partial(rules.unrolled, depth=5),
    "prediction of G": prediction,
    "unrolled 20": partial(rules.unrolled, depth=20),
}
PLAYED = tuple(RULES)[:-1]  # `--rules` plays the last, which takes longer


@dataclasses.dataclass(frozen=True)
class Config:
    """What plays, and over how many seeds."""

    setting: str = experiment.option("cpu", f"one of {', '.join(SETTINGS)}")
    rules: tuple[str, ...] = experiment.option(PLAYED, f"of {', '.join(RULES)}")
    num_seeds: int = experiment.option(8, "GANs for each rule, 2 or more for an interval")
    parts: str = experiment.option("", "folder for the GANs that are done: a run that was cut goes on", recorded=False)

    def __post_init__(self):
        """Checks the values."""
        experiment.check_choice("setting", self.setting, SETTINGS)
        experiment.check_rows("rules", self.rules, RULES, self.num_seeds)


TINY = Config("tiny", ("simultaneous", "unrolled 1"), 2)


def setup(setting: Setting, rule: str, real: data.Images) -> tuple[gg.Game, UpdateRule]:
    """Returns game and rule of one row."""
    size = real.shape[0]
    game = games.gan(
        nets.column_generator(size, 1, setting.latent_dim, num_hidden=setting.num_hidden),
        nets.dcgan_discriminator(size, 1, width=setting.discriminator_width, kernel_size=3),
        real, latent_dim=setting.latent_dim, batch_size=setting.batch_size, cost="non_saturating",
    )  # fmt: skip
    return game, RULES[rule](smooth_adam(setting.learning_rate))


def look(judge: metrics.FeatureNetwork, real: Array, images: Array) -> dict[str, Array]:
    """Returns how often each digit is shown `[classes]`, the FID from real features, and the first of the images."""
    return {
        "shares": class_shares(judge.classes(images), NUM_CLASSES, images.dtype),
        "fid": metrics.fid(real, judge.features(images)),
        "shown": images[:NUM_SHOWN],
    }


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns the share of each digit `[seeds, NUM_RECORDS, classes]` and the FID of each rule, and those of images."""
    setting = SETTINGS[config.setting]
    found, judge = data.images(setting.images), metrics.feature_network(setting.judge)
    key_floor, key_runs = jax.random.split(key)
    real = jax.jit(judge.features)(found.test.scaled(found.test.pixels))
    floor = jax.jit(look)(judge, real, found.train(key_floor, setting.num_samples))
    arrays: dict[str, Any] = {f"real/{name}": each for name, each in floor.items()}
    keys = jax.random.split(key_runs, config.num_seeds)
    for name in config.rules:
        game, rule = setup(setting, name, found.train)

        def play(
            game: gg.Game, judge: metrics.FeatureNetwork, real: Array, key: Key, rule: UpdateRule = rule
        ) -> dict[str, Array]:
            def seen(players: Players, key: Key) -> dict[str, Array]:
                return look(judge, real, games.generate(game, players, key, setting.num_samples))

            return followed(game, rule, key, setting.num_steps, NUM_RECORDS, seen)[1]

        records = part_for_each_seed(config.parts, f"columns {name}", setting, keys, play, game, judge, real)
        records["shown"] = records["shown"][:, -1]
        arrays |= {f"{name}/{what}": each for what, each in records.items()}
        print(f"{name}: {num_digits(records['shares'])[:, -1]} digits, FID {records['fid'][:, -1]}", file=sys.stderr)
    return arrays


def num_digits(shares: np.ndarray) -> np.ndarray:
    """Returns how many digits are a hundredth of the samples each, or more, `[...]` of shares `[..., classes]`."""
    return np.sum(shares >= SHOWN_SHARE, axis=-1)


def rate(happened: np.ndarray) -> str:
    """Returns in how many of `[seeds]` something happened, with Wilson's interval of its rate."""
    low, high = metrics.wilson(int(happened.sum()), len(happened))
    return f"{happened.sum()}/{len(happened)} ({low:.2f} to {high:.2f})"


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns digits and FID of each rule at the end, and in how many seeds digits are missing, with intervals."""
    measured: dict[str, Any] = {
        "cpu_seconds_of_all_gans": cpu_seconds(arrays),
        "real images for training": {
            "digits": num_digits(arrays["real/shares"]),
            "fid": arrays["real/fid"].round(2),
        },
    }
    for name in config.rules:
        digits = num_digits(arrays[f"{name}/shares"])
        measured[name] = {
            "digits": interval(digits[:, -1], ".2f"),
            "digits_by_seed": digits[:, -1],
            "fewest_of_the_second_half": digits[:, NUM_RECORDS // 2 :].min(axis=1),
            "seeds_with_less_than_half": rate(digits[:, -1] < NUM_CLASSES / 2),
            "seeds_that_lack_digits": rate(digits[:, -1] < NUM_CLASSES),
            "largest_share": interval(arrays[f"{name}/shares"][:, -1].max(axis=1), ".2f"),
            "fid": interval(arrays[f"{name}/fid"][:, -1], ".1f"),
            "cpu_seconds_of_a_run": arrays[f"{name}/cpu_seconds"].mean().round(1),
        }
    return measured


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: digits and FID along the runs, and samples of the first seed."""
    figure, axes = experiment.figure(1, 3, (14.0, 3.4), width_ratios=(1, 1, 1.6))
    steps = np.linspace(0, SETTINGS[config.setting].num_steps, NUM_RECORDS + 1)[1:]
    for number, name in enumerate(config.rules):
        for panel, values in zip(axes, (num_digits(arrays[f"{name}/shares"]), arrays[f"{name}/fid"]), strict=False):
            panel.plot(steps, values.T, color=f"C{number}", linewidth=0.5, alpha=0.5)
            panel.plot(steps, values.mean(axis=0), color=f"C{number}", linewidth=2, label=name)
    axes[0].set(title="digits of 10, each seed and their mean", xlabel="steps", ylim=(0, 10.5))
    axes[1].axhline(float(arrays["real/fid"]), color="black", linestyle=":", linewidth=1)
    axes[1].set(title="FID; dotted: real images", xlabel="steps", yscale="log")
    axes[1].legend()
    shown = np.stack([arrays[f"{name}/shown"][0] for name in config.rules])
    experiment.show_images(axes[2], shown, "samples of the first seed, in this order")
    return {"digits": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
