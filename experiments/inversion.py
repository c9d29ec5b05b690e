"""How near does a generator come to images that it has not seen, and does unrolling bring it nearer?

    python experiments/inversion.py                    two minutes of CPU: digits of 8×8
    python experiments/inversion.py --setting metz --rules simultaneous "unrolled 1" "unrolled 5" "unrolled 10"

What a generator makes often is one question, what it can make at all another: min_z ‖G(z) − x‖² / pixels, with pixels
in [−1, 1], sought by `metrics.inversion_error` with three starts, the same ones for every GAN, for images for training
and for others (Metz et al. 2017, https://arxiv.org/abs/1611.02163, who did it with CIFAR-10). As there, the last
column is for what share of the test images a rule comes nearest of all. The GAN is a DCGAN whose generator has layer
norms, so that an image is a function of its own latent, and whose discriminator has a quarter of its width; the rules
take equal steps, which is not equal work. Beside it stands the FID of the features of `metrics.feature_network`.

What one should see (2026-11-30, two shared cores of a Xeon, 40 s of CPU time for 12 GANs of 1,000 steps and for
inverting them, beside compiling; played in parts), as means over three seeds with 95 % intervals, of ten images for
training and ten others, the same ones in all seeds; real images have the FID 2.2:

                       error of others           for training              nearest       FID
    simultaneous       0.044 (0.024 to 0.063)    0.049 (0.030 to 0.068)    10 %          44 (39 to 50)
    unrolled 1         0.030 (0.025 to 0.035)    0.025 (0.023 to 0.028)    23 %          35 (30 to 41)
    unrolled 5         0.029 (0.010 to 0.047)    0.023 (0.018 to 0.028)    27 %          32 (25 to 39)
    prediction of G    0.025 (0.001 to 0.048)    0.029 (0.007 to 0.050)    40 %          31 (19 to 43)

So unrolling brings a generator nearer, by a third at images that it has not seen: by 0.015 (0.003 to 0.027) with five
steps, seed by seed. In all three seeds one step does as well, by 0.014 (-0.004 to 0.032), and so does the prediction of
the generator, at the cost of plain steps, by 0.019 (-0.006 to 0.044). On CIFAR-10 Metz et al. have 0.0231 without
unrolling and 0.0195, 0.0200 and 0.0181 with 1, 5 and 10 steps, of which the last comes nearest for 61 % of the images.
Which of the three is nearest is not decided here: the shares have intervals as wide as themselves, or nearly. Ten
images stand for all others, and the search is local, so errors are bounds from above. `unrolled 10` and the sizes of
the paper have not been run.
"""

import dataclasses
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import gangame as gg
from gangame import data, games, metrics, nets, rules
from gangame.core import Array, Key, Players, UpdateRule
from gangame.lab import experiment
from gangame.lab.covering import followed
from gangame.lab.gan_rules import prediction, smooth_adam
from gangame.lab.intervals import interval
from gangame.lab.parts import cpu_seconds, part_for_each_seed

NUM_RECORDS = 5
NUM_SHOWN = 10


class Setting(NamedTuple):
    """Sizes of everything.

    Attributes:
      images: the digits, of `data.images`, that also have a feature network.
      judge: that feature network.
      width: channels of the generator's largest map.
      discriminator_width: channels of the discriminator's first map.
      latent_dim: size of the latents.
      batch_size: images and latents in a step.
      learning_rate: of both players.
      num_steps: a multiple of NUM_RECORDS.
      num_samples: how many samples are judged.
      num_inverted: how many images for training, and how many others, are sought among the samples.
      num_searched: steps of L-BFGS from each start.
    """

    images: str
    judge: str
    width: int
    discriminator_width: int
    latent_dim: int
    batch_size: int
    learning_rate: float
    num_steps: int
    num_samples: int
    num_inverted: int
    num_searched: int


SETTINGS = {
    "cpu": Setting("digits", "digits", 32, 8, 32, 64, 1e-3, 1000, 2000, 10, 50),
    "metz": Setting("mnist", "mnist_5000", 16, 4, 256, 128, 1e-4, 100_000, 10_000, 1000, 200),
    "tiny": Setting("digits", "digits", 2, 2, 8, 8, 1e-3, 5, 100, 4, 2),
}


RULES: dict[str, Callable[[Any], UpdateRule]] = {
    "simultaneous": rules.simultaneous,
    "unrolled 1": partial(rules.unrolled, depth=1),
    "unrolled 5": partial(rules.unrolled, depth=5),
    "prediction of G": prediction,
    "unrolled 10": partial(rules.unrolled, depth=10),
}
PLAYED = tuple(RULES)[:-1]  # `--rules` plays the last, which takes longer


@dataclasses.dataclass(frozen=True)
class Config:
    """What plays, and over how many seeds."""

    setting: str = experiment.option("cpu", f"one of {', '.join(SETTINGS)}")
    rules: tuple[str, ...] = experiment.option(PLAYED, f"of {', '.join(RULES)}")
    num_seeds: int = experiment.option(3, "GANs for each rule, 2 or more for an interval")
    parts: str = experiment.option("", "folder for the GANs that are done: a run that was cut goes on", recorded=False)

    def __post_init__(self):
        """Checks the values."""
        experiment.check_choice("setting", self.setting, SETTINGS)
        experiment.check_rows("rules", self.rules, RULES, self.num_seeds)


TINY = Config("tiny", ("simultaneous", "unrolled 1"), 2)


def setup(setting: Setting, rule: str, real: data.Images) -> tuple[gg.Game, UpdateRule]:
    """Returns game and rule of one row; the norm keeps the samples of a batch apart, as inverting asks for."""
    size, _, channels = real.shape
    game = games.gan(
        nets.dcgan_generator(size, channels, setting.latent_dim, width=setting.width, kernel_size=3, norm="layer"),
        nets.dcgan_discriminator(size, channels, width=setting.discriminator_width, kernel_size=3),
        real, latent_dim=setting.latent_dim, batch_size=setting.batch_size, cost="non_saturating",
    )  # fmt: skip
    return game, RULES[rule](smooth_adam(setting.learning_rate))


class Sought(NamedTuple):
    """What every GAN is held against, from the same starts.

    Attributes:
      features: of all test images, `[images, features]`.
      images: for training and for testing, which are sought among the samples, `[2 · num_inverted, ...]`.
      key: of the starts.
    """

    features: Array
    images: Array
    key: Key


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns how near each GAN comes to each image in the end, `[seeds, images]`, the FID, and images."""
    setting = SETTINGS[config.setting]
    found, judge = data.images(setting.images), metrics.feature_network(setting.judge)
    key_train, key_test, key_floor, key_starts, key_runs = jax.random.split(key, 5)
    some = [
        each.scaled(jax.random.permutation(k, each.pixels)[: setting.num_inverted])
        for k, each in ((key_train, found.train), (key_test, found.test))
    ]
    features = jax.jit(judge.features)(found.test.scaled(found.test.pixels))
    sought = Sought(features, jnp.concatenate(some), key_starts)
    distance = jax.jit(lambda judge, sought, images: metrics.fid(sought.features, judge.features(images)))
    arrays: dict[str, Any] = {
        "real/fid": distance(judge, sought, found.train(key_floor, setting.num_samples)),
        "sought": sought.images,
    }
    keys = jax.random.split(key_runs, config.num_seeds)
    for name in config.rules:
        game, rule = setup(setting, name, found.train)

        def play(
            game: gg.Game, judge: metrics.FeatureNetwork, sought: Sought, key: Key, rule: UpdateRule = rule
        ) -> dict[str, Array]:
            def seen(players: Players, key: Key) -> dict[str, Array]:
                images = games.generate(game, players, key, setting.num_samples)
                return {"fid": distance(judge, sought, images)}

            players, records = followed(game, rule, key, setting.num_steps, NUM_RECORDS, seen)
            generate = partial(game.losses.generate, players)  # type: ignore[attr-defined]
            inverted = metrics.inversion_error(
                generate, sought.images, sought.key, latent_dim=setting.latent_dim, num_steps=setting.num_searched
            )
            nearest = generate(inverted["latents"][-NUM_SHOWN:])
            return {**records, "error": inverted["error"], "nearest": nearest}

        about = (setting, jax.random.key_data(key_starts).tolist())
        parts = part_for_each_seed(config.parts, f"inversion {name}", about, keys, play, game, judge, sought)
        arrays |= {f"{name}/{what}": each for what, each in parts.items()}
        print(f"{name}: error {parts['error'].mean(axis=1).round(4)}, FID {parts['fid'][:, -1]}", file=sys.stderr)
    return arrays


def nearest_shares(errors: np.ndarray) -> np.ndarray:
    """Returns for what share of images each rule comes nearest, `[rules, seeds]` of errors `[rules, seeds, n]`."""
    best = np.argmin(errors, axis=0)
    return np.stack([np.mean(best == number, axis=-1) for number in range(len(errors))])


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns errors, the share of test images to which a rule comes nearest, and FID, with intervals over seeds."""
    half = len(arrays["sought"]) // 2
    errors = np.stack([arrays[f"{name}/error"] for name in config.rules])
    measured: dict[str, Any] = {
        "cpu_seconds_of_all_gans": cpu_seconds(arrays),
        "real images for training": {"fid": arrays["real/fid"].round(2)},
    }
    for name, share, error in zip(config.rules, nearest_shares(errors[..., half:]), errors, strict=True):
        measured[name] = {
            "error_test": interval(error[:, half:].mean(axis=1), ".4f"),
            "error_train": interval(error[:, :half].mean(axis=1), ".4f"),
            "share_nearest": interval(share, ".3f"),
            "fid": interval(arrays[f"{name}/fid"][:, -1], ".1f"),
            "cpu_seconds_of_a_run": arrays[f"{name}/cpu_seconds"].mean().round(1),
        }
    return measured


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: errors and FID of each rule, and test images above the nearest of each rule."""
    half, panels = len(arrays["sought"]) // 2, ("train", "test", "fid")
    figure, axes = experiment.figure(1, 4, (14.0, 3.4), width_ratios=(1, 1, 1, 1.8))
    for panel, what in zip(axes, panels, strict=False):
        for place, name in enumerate(config.rules):
            error = arrays[f"{name}/error"]
            each = {"train": error[:, :half].mean(axis=1), "test": error[:, half:].mean(axis=1)}
            values = each.get(what, arrays[f"{name}/fid"][:, -1])
            mean, low, high = metrics.mean_interval(values)
            panel.errorbar(mean, place, xerr=[[mean - low], [high - mean]], fmt="|", color="black", capsize=2)
            panel.plot(values, [place] * len(values), ".", color="#0072b2", markersize=5)
        panel.set_yticks(range(len(config.rules)), config.rules if what == "train" else [])
        panel.invert_yaxis()
        panel.set(title="FID" if what == "fid" else f"error of images to {what}", xlim=(0, None))
    axes[2].axvline(float(arrays["real/fid"]), color="#009e73", linewidth=1)
    shown = np.stack([arrays["sought"][-NUM_SHOWN:], *(arrays[f"{name}/nearest"][0] for name in config.rules)])
    experiment.show_images(axes[3], shown, "test images, and below the nearest of each rule")
    return {"inversion": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
