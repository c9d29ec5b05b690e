"""From outlines to digits, and from 7×7 pixels to 28×28: what does an adversary add to a distance?

    python experiments/image_to_image.py                   sixteen minutes of one core: 5,000 digits of MNIST
    python experiments/image_to_image.py --setting mnist   all of MNIST, wider networks, for an accelerator

Pairs are real digits and what is left of them (`data.image_pairs`): where they change ("outlines"), or the mean of each
square of 4×4 pixels ("coarse"). A U-Net answers, whose dropout is its only noise, and a discriminator of patches tells
pairs (Isola et al. 2017, https://arxiv.org/abs/1611.07004; for the second task Ledig et al. 2017,
https://arxiv.org/abs/1609.04802). The generator is paid for a distance alone, l2 or l1, or for λ times l1 and what the
adversary says. Test images that nobody was trained on are judged by

    PSNR        peak signal to noise, dB: distortion, more is better
    detail      energy of the finest level of the Laplacian pyramid over that of the truth: 1 is as sharp
    accuracy    share that `metrics.feature_network`, which knows 98 % of real ones, names right
    FID         of its features, from those of real images for training: perception

What one should see (2026-11-30, one of two shared cores of an Intel Xeon with AVX-512, 954 s of CPU time for 18
generators of 2,000 steps of 32 pairs, beside compiling; played in parts), means over three seeds with 95 % intervals,
of 1,000 test images; real ones have an accuracy of 0.98 and a FID of 2.8:

                 PSNR, dB               detail                    accuracy                  FID
    outlines      8.6                   2.2                       0.61                      254
      l2         21.1 (20.5 to 21.7)    0.769 (0.756 to 0.781)    0.964 (0.955 to 0.972)    13.9 (10.0 to 17.8)
      l1         20.5 (19.7 to 21.3)    0.961 (0.951 to 0.971)    0.952 (0.931 to 0.972)    6.1 (5.0 to 7.2)
      λ = 100    20.0 (19.1 to 21.0)    1.01 (0.97 to 1.06)       0.948 (0.932 to 0.964)    6.1 (5.9 to 6.4)
    coarse       13.9                   0.39                      0.62                      310
      l2         18.6 (18.5 to 18.8)    0.558 (0.552 to 0.564)    0.921 (0.910 to 0.933)    46.7 (45.1 to 48.4)
      l1         17.9 (17.9 to 18.0)    0.824 (0.817 to 0.830)    0.909 (0.897 to 0.920)    21.8 (20.3 to 23.3)
      λ = 100    17.5 (17.4 to 17.6)    0.950 (0.911 to 0.988)    0.917 (0.915 to 0.919)    16.4 (13.8 to 19.0)

So super-resolution shows the trade between distortion and perception: squared error is nearest to the truth and blurs
away almost half of the finest detail, the adversary brings it back, with a third of the FID, for 1.1 dB, and is named
no worse. But the greater part of that way is gone by l1 alone, which was to keep 0.3 to 0.6 of the detail and keeps
0.82; from outlines, which leave little open, 0.96, where the adversary has nothing to add but the last of it. Digits
are nearly black and white, so that the median of what may be is black or white as well, and no grey; photographs are
not. Smaller λ (`--pays`), and MNIST as a whole, have not been run.
"""

import dataclasses
import sys
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import gangame as gg
from gangame import data, metrics
from gangame.core import Array, Key
from gangame.lab import experiment
from gangame.lab.image_translation import PAYS, falling, translator
from gangame.lab.intervals import interval
from gangame.lab.likeness import Truth, likeness, truth_of
from gangame.lab.parts import cpu_seconds, part_for_each_seed

NUM_SHOWN = 8
MEASURES = ("psnr", "detail", "accuracy", "fid")


class Setting(NamedTuple):
    """Sizes of everything.

    Attributes:
      images: digits, of `data.images`, that also have a feature network.
      judge: that feature network.
      factor: how many times smaller the coarse images are.
      width: channels of the largest maps of both networks.
      num_layers: of the patch discriminator.
      batch_size: pairs in a step.
      learning_rate: of both players.
      num_steps: of all rows.
    """

    images: str
    judge: str
    factor: int
    width: int
    num_layers: int
    batch_size: int
    learning_rate: float
    num_steps: int


SETTINGS = {
    "cpu": Setting("mnist_5000", "mnist_5000", 4, 16, 2, 32, 1e-3, 2000),
    "mnist": Setting("mnist", "mnist_5000", 4, 64, 2, 32, 2e-4, 50_000),
    "tiny": Setting("digits", "digits", 2, 2, 1, 4, 1e-3, 2),
}
PLAYED = tuple(PAYS)[:-1]  # `--pays` plays the last
TASKS = ("outlines", "coarse")


@dataclasses.dataclass(frozen=True)
class Config:
    """What is answered, for what pay, and over how many seeds."""

    setting: str = experiment.option("cpu", f"one of {', '.join(SETTINGS)}")
    tasks: tuple[str, ...] = experiment.option(TASKS, f"of {', '.join(TASKS)}")
    pays: tuple[str, ...] = experiment.option(PLAYED, f"of {', '.join(PAYS)}")
    num_seeds: int = experiment.option(3, "generators of each row, 2 or more for an interval")
    parts: str = experiment.option("", "folder for those that are done: a run that was cut goes on", recorded=False)

    def __post_init__(self):
        """Checks the values."""
        experiment.check_choice("setting", self.setting, SETTINGS)
        experiment.check_rows("tasks", self.tasks, TASKS, self.num_seeds)
        experiment.check_rows("pays", self.pays, PAYS, self.num_seeds)


TINY = Config("tiny", pays=("l2", "λ = 10"), num_seeds=2)


def judged(test: Truth, said: Array) -> dict[str, Array]:
    """Returns the measures of what was said in place of the images for testing."""
    error = jnp.mean((said - test.images) ** 2, axis=(1, 2, 3))
    return {**likeness(test, said), "psnr": jnp.mean(10 * jnp.log10(4 / jnp.maximum(error, 1e-10)))}


def make_game(setting: Setting, pairs: data.ImagePairs, pay: str) -> gg.Game:
    """Returns the game of one row."""
    return translator(
        pairs, pay, width=setting.width, num_layers=setting.num_layers, batch_size=setting.batch_size
    )  # fmt: skip


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns the measures of each row, `[seeds]`, those of inputs and of real images, and what some inputs become."""
    setting = SETTINGS[config.setting]
    found, judge = data.images(setting.images), metrics.feature_network(setting.judge)
    test = truth_of(found, judge)
    look = jax.jit(judged)
    arrays: dict[str, Any] = {f"real/{name}": each for name, each in look(test, test.images).items()}
    arrays["shown"] = test.images[:NUM_SHOWN]
    keys = jax.random.split(key, config.num_seeds)
    for task in config.tasks:
        pairs = data.image_pairs(found.train, task, setting.factor)
        inputs = pairs.inputs(test.images)
        arrays |= {f"{task}/input/{name}": each for name, each in look(test, inputs).items()}
        arrays[f"{task}/input/shown"] = inputs[:NUM_SHOWN]
        for pay in config.pays:
            game = make_game(setting, pairs, pay)

            def play(game: gg.Game, test: Truth, inputs: Array, key: Key) -> dict[str, Array]:
                key_play, key_said = jax.random.split(key)
                rule = falling(setting.learning_rate, setting.num_steps)
                players = gg.play(game, rule, key_play, setting.num_steps).players
                said = game.losses.answer(players, inputs, jnp.zeros((len(inputs), 0)), key_said)  # type: ignore[attr-defined]
                return {**judged(test, said), "shown": said[:NUM_SHOWN]}

            parts = part_for_each_seed(config.parts, f"{task} {pay}", setting, keys, play, game, test, inputs)
            arrays |= {f"{task}/{pay}/{name}": each for name, each in parts.items()}
            print(f"{task}, {pay}: {', '.join(f'{name} {parts[name]}' for name in MEASURES)}", file=sys.stderr)
    return arrays


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns each measure with its interval over seeds, and those of the inputs and of real test images."""
    measured: dict[str, Any] = {
        "cpu_seconds_of_all_generators": cpu_seconds(arrays),
        "real test images": {name: round(float(arrays[f"real/{name}"]), 3) for name in MEASURES[1:]},
    }
    for task in config.tasks:
        rows = {pay: {name: interval(arrays[f"{task}/{pay}/{name}"], ".3g") for name in MEASURES}
                for pay in config.pays}  # fmt: skip
        inputs = {name: round(float(arrays[f"{task}/input/{name}"]), 3) for name in MEASURES}
        measured[task] = {"input": inputs, **rows}
    return measured


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figures: perception over distortion, and what the first seed makes of some inputs."""
    trade, panels = experiment.figure(1, len(config.tasks), (5.0 * len(config.tasks), 3.8), squeeze=False)
    answers, rows = experiment.figure(1, len(config.tasks), (5.0 * len(config.tasks), 4.2), squeeze=False)
    for task, axes, below in zip(config.tasks, panels[0], rows[0], strict=True):
        for number, pay in enumerate(config.pays):
            distortion, distance = (arrays[f"{task}/{pay}/{name}"] for name in ("psnr", "fid"))
            axes.plot(distortion, distance, "o", color=f"C{number}", label=pay)
        axes.axhline(float(arrays["real/fid"]), color="black", linestyle=":", linewidth=1)
        axes.set(title=f"{task}; dotted: real test images", xlabel="PSNR, dB", ylabel="FID", yscale="log")
        axes.legend(fontsize=8)
        said = [arrays[f"{task}/{pay}/shown"][0] for pay in config.pays]
        shown = np.stack([arrays[f"{task}/input/shown"], *said, arrays["shown"]])
        experiment.show_images(below, shown, f"{task}: input, {', '.join(config.pays)}, truth")
    return {"trade": trade, "answers": answers}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
