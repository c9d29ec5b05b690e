"""On photographs, where the median of what may be is grey: does l1 keep the detail, or does that take an adversary?

    python experiments/photograph_pairs.py         twenty minutes of one core: 13,466 patches of nine photographs

The question of `image_to_image.py`, whose digits are nearly black and white, on pairs of real photographs of 32×32
pixels in colour: patches, and where they change ("outlines"), or the mean of each square of 4×4 pixels ("coarse"). A
U-Net answers, whose dropout is its only noise, and a discriminator of patches tells pairs (Isola et al. 2017,
https://arxiv.org/abs/1611.07004; for the second task Ledig et al. 2017, https://arxiv.org/abs/1609.04802). The
generator is paid for a distance alone, l2 or l1, or for λ times l1 and what the adversary says. Every third of the
patches from the right fifth of each photograph, of which nobody has seen a pixel, is judged by

    PSNR        peak signal to noise of all patches together, dB: distortion, more is better
    detail      energy of the finest level of the Laplacian pyramid over that of the truth: 1 is as sharp
    texture     sliced Wasserstein distance of neighbourhoods of 8×8 pixels of that level, in its standard deviations,
                from those of the truth (Karras et al. 2018, https://arxiv.org/abs/1710.10196): perception, 0 is best

What one should see (2026-12-01, one of two shared cores of an Intel Xeon with AVX-512, 956 s of CPU time for nine
generators of 2,000 steps of 32 pairs, beside compiling and other work; played in parts), means over three seeds with
95 % intervals, of 1,008 test patches:

                 PSNR, dB               detail                    texture
    coarse       28.1                   0.381                     0.192
      l2         28.6 (28.5 to 28.7)    0.183 (0.162 to 0.204)    0.248 (0.238 to 0.257)
      l1         28.6 (28.5 to 28.7)    0.145 (0.121 to 0.169)    0.262 (0.259 to 0.264)
      λ = 100    26.6 (26.3 to 27.0)    0.698 (0.524 to 0.872)    0.138 (0.117 to 0.160)

Here l1 keeps no more of the finest detail than l2 does, a seventh, where it keeps 0.82 of that of digits: on
photographs the median of what may be is as smooth as the mean. It takes the adversary, for 2 dB, to bring back 0.7 of
it (0.8 had been the aim, which the interval holds) and to halve the distance of textures; some of it is grain where the
truth is smooth, as the picture shows. Both distances gain only half a decibel on the coarse image itself, whose squares
have edges: hence its detail. Nine photographs are no set to learn the world from, and the rest of each was seen.
Outlines (`--tasks outlines`), λ = 10 and wider networks have not been run.
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
from gangame.lab.parts import cpu_seconds, part_for_each_seed

NUM_SHOWN = 8
NEIGHBOURHOOD = 8
NUM_DIRECTIONS = 128
MEASURES = ("psnr", "detail", "texture")
TASKS = ("coarse", "outlines")


class Setting(NamedTuple):
    """Sizes of everything.

    Attributes:
      stride: of how many test patches one is judged.
      width: channels of the largest maps of both networks.
      num_layers: of the patch discriminator.
      batch_size: pairs in a step.
      learning_rate: of both players, at the start.
      num_steps: of all rows.
    """

    stride: int
    width: int
    num_layers: int
    batch_size: int
    learning_rate: float
    num_steps: int


SETTINGS = {
    "cpu": Setting(3, 16, 2, 32, 1e-3, 2000),
    "wide": Setting(1, 64, 2, 32, 2e-4, 50_000),
    "tiny": Setting(300, 2, 1, 4, 1e-3, 2),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """What is answered, for what pay, and over how many seeds."""

    setting: str = experiment.option("cpu", f"one of {', '.join(SETTINGS)}")
    tasks: tuple[str, ...] = experiment.option(TASKS[:1], f"of {', '.join(TASKS)}")
    pays: tuple[str, ...] = experiment.option(tuple(PAYS)[:-1], f"of {', '.join(PAYS)}")
    num_seeds: int = experiment.option(3, "generators of each row, 2 or more for an interval")
    parts: str = experiment.option("", "folder for those that are done: a run that was cut goes on", recorded=False)

    def __post_init__(self):
        """Checks the values."""
        experiment.check_choice("setting", self.setting, SETTINGS)
        experiment.check_rows("tasks", self.tasks, TASKS, self.num_seeds)
        experiment.check_rows("pays", self.pays, PAYS, self.num_seeds)


TINY = Config("tiny", ("coarse",), ("l2", "λ = 10"), 2)


def neighbourhoods(level: Array) -> Array:
    """Returns the squares of a level of detail `[n, height, width, channels]`, as rows."""
    n, height, width, channels = level.shape
    cut = level.reshape(n, height // NEIGHBOURHOOD, NEIGHBOURHOOD, width // NEIGHBOURHOOD, NEIGHBOURHOOD, channels)
    return cut.transpose(0, 1, 3, 2, 4, 5).reshape(-1, NEIGHBOURHOOD**2 * channels)


def judged(truth: Array, said: Array) -> dict[str, Array]:
    """Returns the measures of what was said in place of the truth, `[n, height, width, channels]` each."""
    error = jnp.mean((said - truth) ** 2)
    finest, true_finest = (data.laplacian_pyramid(each, 2)[0] for each in (said, truth))
    true, made = (neighbourhoods(each) / jnp.std(true_finest) for each in (true_finest, finest))
    return {
        "psnr": 10 * jnp.log10(4 / jnp.maximum(error, 1e-10)),
        "detail": jnp.sum(finest**2) / jnp.sum(true_finest**2),
        "texture": metrics.sliced_wasserstein(true, made, jax.random.key(0), num_projections=NUM_DIRECTIONS),
    }


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns the measures of each row, `[seeds]`, and of its inputs, and what some inputs become."""
    setting, found = SETTINGS[config.setting], data.images("photos")
    truth = found.test.scaled(found.test.pixels[:: setting.stride])
    look, places = jax.jit(judged), np.linspace(0, len(truth) - 1, NUM_SHOWN).round().astype(int)
    arrays: dict[str, Any] = {"shown": truth[places]}
    keys = jax.random.split(key, config.num_seeds)
    for task in config.tasks:
        pairs = data.image_pairs(found.train, task)
        inputs = pairs.inputs(truth)
        grey = jnp.broadcast_to(inputs, truth.shape)  # outlines have one channel
        arrays |= {f"{task}/input/{name}": each for name, each in look(truth, grey).items()}
        arrays[f"{task}/input/shown"] = grey[places]
        for pay in config.pays:
            game = translator(
                pairs, pay, width=setting.width, num_layers=setting.num_layers, batch_size=setting.batch_size
            )

            def play(game: gg.Game, truth: Array, inputs: Array, key: Key) -> dict[str, Array]:
                key_play, key_said = jax.random.split(key)
                rule = falling(setting.learning_rate, setting.num_steps)
                players = gg.play(game, rule, key_play, setting.num_steps).players
                said = game.losses.answer(players, inputs, jnp.zeros((len(inputs), 0)), key_said)  # type: ignore[attr-defined]
                return {**judged(truth, said), "shown": said[places]}

            parts = part_for_each_seed(config.parts, f"{task} {pay}", setting, keys, play, game, truth, inputs)
            arrays |= {f"{task}/{pay}/{name}": each for name, each in parts.items()}
            print(f"{task}, {pay}: {', '.join(f'{name} {parts[name]}' for name in MEASURES)}", file=sys.stderr)
    return arrays


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns each measure with its interval over seeds, and those of the inputs."""
    measured: dict[str, Any] = {"cpu_seconds_of_all_generators": cpu_seconds(arrays)}
    for task in config.tasks:
        measured[task] = {"input": {name: round(float(arrays[f"{task}/input/{name}"]), 3) for name in MEASURES}}
        for pay in config.pays:
            measured[task][pay] = {name: interval(arrays[f"{task}/{pay}/{name}"], ".3g") for name in MEASURES}
    return measured


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figures: perception over distortion, and what the first seed makes of some inputs."""
    trade, panels = experiment.figure(1, len(config.tasks), (5.0 * len(config.tasks), 3.8), squeeze=False)
    answers, rows = experiment.figure(1, len(config.tasks), (5.0 * len(config.tasks), 4.6), squeeze=False)
    for task, axes, below in zip(config.tasks, panels[0], rows[0], strict=True):
        for number, pay in enumerate(config.pays):
            distortion, distance = (arrays[f"{task}/{pay}/{name}"] for name in ("psnr", "texture"))
            axes.plot(distortion, distance, "o", color=f"C{number}", label=pay)
        axes.set(title=task, xlabel="PSNR, dB", ylabel="distance of textures", ylim=(0, None))
        axes.legend(fontsize=8)
        said = [arrays[f"{task}/{pay}/shown"][0] for pay in config.pays]
        shown = np.stack([arrays[f"{task}/input/shown"], *said, arrays["shown"]])
        experiment.show_images(below, shown, f"{task}: input, {', '.join(config.pays)}, truth")
    return {"trade": trade, "answers": answers}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
