"""Do GANs count, keep parallels, and make halves that fit each other (slides 61 to 63)?

    python experiments/global_structure.py         two minutes of CPU, beside compiling

Goodfellow shows animals with too many heads, scenes without a common perspective, and bodies without their other half.
Here are images of 16×16 pixels of which a program sees whether they are right:

    three dots           exactly three separate parts (`metrics.count_parts`)
    parallel stripes     the lines of both halves agree to 13° (`metrics.parallelism` above 0.9)
    mirrored sprites     the image is like its mirror image (`metrics.mirror_symmetry` above 0.9)

The share of right images of a DCGAN, along its run, is held against that of data and that of images which are put
together of halves of different data: as good as data everywhere but in the large.

What one should see (2026-11-30, two shared cores of an Intel Xeon with AVX-512, 127 s of CPU time for nine GANs of
2,000 steps), shares of 1,000 samples as means over three seeds with 95 % intervals; of data every one is right:

                        GAN after 400     after 2,000               halves of different data
    three dots          0.34              0.34 (0.28 to 0.41)       0.34 (0.30 to 0.39)
    parallel stripes    0.23              0.27 (0 to 0.56)          0.15 (0.14 to 0.17)
    mirrored sprites    0.20              0.50 (0.27 to 0.73)       0.00

So the problems of the slides are there, on images that have nothing else to learn, and a program sees them. The GAN
does not count at all: dots look like dots, and there are three of them as often as on halves that know nothing of each
other, after 400 steps as after 2,000. Its stripes bend: three seeds do not say whether they are parallel more often
than by chance. Mirror images it learns, half of the time, and more so the longer it goes on. Larger networks and longer
runs have not been tried.
"""

import dataclasses
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.tree_util import Partial

import gangame as gg
from gangame import data, games, metrics, nets, rules
from gangame.core import Array, Key, Players
from gangame.lab import experiment
from gangame.lab.covering import followed
from gangame.lab.intervals import interval
from gangame.lab.parts import cpu_seconds, part_for_each_seed
from gangame.ranges import check_positive

SIZE, LATENT_DIM, NUM_RECORDS, NUM_SHOWN = 16, 32, 5, 10
LEAST = 0.9
"""From which parallelism, or mirror symmetry, on an image counts as right."""


class Setting(NamedTuple):
    """Sizes of a GAN, and how many images are judged."""

    width: int
    num_steps: int
    num_samples: int


SETTINGS = {"cpu": Setting(16, 2000, 1000), "tiny": Setting(2, NUM_RECORDS, 20)}


def gratings(key: Key, num_samples: int) -> Array:
    """Returns images of parallel stripes, `[num_samples, SIZE, SIZE, 1]` in [−1, 1], any angle, phase and width."""
    key_angle, key_phase, key_width = jax.random.split(key, 3)
    angle = jax.random.uniform(key_angle, (num_samples, 1, 1), maxval=np.pi)
    phase = jax.random.uniform(key_phase, (num_samples, 1, 1), maxval=2 * np.pi)
    wavelength = jax.random.uniform(key_width, (num_samples, 1, 1), minval=4.0, maxval=6.0)
    line = jnp.arange(SIZE, dtype=angle.dtype)
    across = jnp.cos(angle) * line[None, :, None] + jnp.sin(angle) * line
    return jnp.sin(2 * np.pi * across / wavelength + phase)[..., None]


def twins(key: Key, num_samples: int) -> Array:
    """Returns images of a sprite and its mirror image, `[num_samples, SIZE, SIZE, 1]` in [−1, 1]."""
    images = data.sprites(SIZE, 0.3, 0.6)(key, num_samples)
    return jnp.maximum(images, jnp.flip(images, axis=2))


def three(images: Array) -> Array:
    """Returns which images `[n, SIZE, SIZE, 1]` have three parts, `[n]`."""
    return metrics.count_parts(images[..., 0], threshold=0.0) == 3


def parallel(images: Array) -> Array:
    """Returns of which images both halves agree on the direction of their lines, `[n]`."""
    return metrics.parallelism(images[..., 0]) > LEAST


def symmetric(images: Array) -> Array:
    """Returns which images are like their mirror image, `[n]`."""
    return metrics.mirror_symmetry(images) > LEAST


class Task(NamedTuple):
    """Images that have something in common, and who sees it: `valid(images) -> [n]`."""

    images: Callable[[Key, int], Array]
    valid: Callable[[Array], Array]


TASKS = {
    "three dots": Task(data.dots((3,), SIZE, 1.0), three),
    "parallel stripes": Task(Partial(gratings), parallel),
    "mirrored sprites": Task(Partial(twins), symmetric),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """What is to be seen, and over how many seeds."""

    setting: str = experiment.option("cpu", f"one of {', '.join(SETTINGS)}")
    tasks: tuple[str, ...] = experiment.option(tuple(TASKS), f"of {'; '.join(TASKS)}")
    num_seeds: int = experiment.option(3, "GANs of each task, 2 or more for an interval")
    learning_rate: float = experiment.option(5e-4, "of Adam with β₁ = 0.5 for both players, above 0")
    parts: str = experiment.option("", "folder for the GANs that are done: a run that was cut goes on", recorded=False)

    def __post_init__(self):
        """Checks the values."""
        experiment.check_choice("setting", self.setting, SETTINGS)
        experiment.check_rows("tasks", self.tasks, TASKS, self.num_seeds)
        check_positive(learning_rate=self.learning_rate)


TINY = Config("tiny", ("three dots", "mirrored sprites"), 2)


def other_halves(images: Array) -> Array:
    """Returns images whose right half is that of the next one: each half is as it should be, the whole is not."""
    middle = images.shape[2] // 2
    return jnp.concatenate([images[:, :, :middle], jnp.roll(images, 1, axis=0)[:, :, middle:]], axis=2)


def share(task: Task, images: Array) -> Array:
    """Returns which share of the images is right."""
    return jnp.mean(task.valid(images).astype(images.dtype))


def make_game(setting: Setting, task: Task) -> gg.Game:
    """Returns the game of DCGAN's networks."""
    same = {"width": setting.width, "kernel_size": 4}
    return games.gan(
        nets.dcgan_generator(SIZE, 1, LATENT_DIM, **same), nets.dcgan_discriminator(SIZE, 1, **same), task.images,
        latent_dim=LATENT_DIM, batch_size=64, cost="non_saturating",
    )  # fmt: skip


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns shares of right images of each task: of the GANs `[seeds, NUM_RECORDS]`, of data, and of halves."""
    setting = SETTINGS[config.setting]
    rule = rules.simultaneous(optax.adam(config.learning_rate, b1=0.5))
    keys = jax.random.split(key, config.num_seeds)
    arrays: dict[str, Any] = {}
    for name in config.tasks:
        task = TASKS[name]

        def play(game: gg.Game, key: Key, task: Task = task) -> dict[str, Array]:
            key_real, key_play = jax.random.split(key)

            def look(players: Players, key: Key) -> dict[str, Array]:
                images = games.generate(game, players, key, setting.num_samples)
                return {"share": share(task, images), "shown": images[:NUM_SHOWN]}

            records = followed(game, rule, key_play, setting.num_steps, NUM_RECORDS, look)[1]
            real = game.sample.data(key_real, setting.num_samples)
            return {
                "share": records["share"],
                "real": share(task, real),
                "halves": share(task, other_halves(real)),
                "shown": jnp.stack([real[:NUM_SHOWN], records["shown"][-1]]),
            }

        about = (setting, config.learning_rate)
        measured = part_for_each_seed(config.parts, name, about, keys, play, make_game(setting, task))
        arrays |= {f"{name}/{what}": each for what, each in measured.items()}
        arrays[f"{name}/shown"] = measured["shown"][0].astype(np.float16)
        print(f"{name}: {measured['share'][:, -1]} right", file=sys.stderr)
    return arrays


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the share of right images at the end and along the way, beside data and halves that do not belong."""
    found: dict[str, Any] = {"cpu_seconds": cpu_seconds(arrays)}
    for name in config.tasks:
        along = arrays[f"{name}/share"]
        found[name] = {
            "GAN": interval(along[:, -1], ".3f"),
            "GAN_along_the_way": along.mean(axis=0).astype(float).round(3),
            "data": interval(arrays[f"{name}/real"], ".3f"),
            "halves_of_different_data": interval(arrays[f"{name}/halves"], ".3f"),
        }
    return found


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: the share along the runs, and data above samples of the first seed."""
    figure, axes = experiment.figure(2, len(config.tasks), (3.6 * len(config.tasks), 4.6), height_ratios=(2, 1))
    steps = np.linspace(0, SETTINGS[config.setting].num_steps, NUM_RECORDS + 1)[1:]
    for (top, bottom), name in zip(axes.T, config.tasks, strict=True):
        top.plot(steps, arrays[f"{name}/share"].T, "o-", color="#0072b2", linewidth=0.8, markersize=3)
        top.axhline(arrays[f"{name}/real"].mean(), color="#009e73", linewidth=1.2)
        top.axhline(arrays[f"{name}/halves"].mean(), color="#d55e00", linewidth=1.2)
        top.set(title=f"{name}\nshare that is right", xlabel="steps", ylim=(-0.03, 1.05))
        experiment.show_images(bottom, arrays[f"{name}/shown"], "data, and samples")
    axes[0, 0].set_ylabel("green: data\nred: halves of different data")
    return {"shares": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
