"""Does batch normalisation tie the samples of a batch to each other, and do reference and virtual ones untie them?

    python experiments/batch_norm_correlation.py            about two minutes on one core

A digit on a ground of a random hue: of all that differs between two images the colour is the largest part. A small
DCGAN learns them, its generator with batch normalisation by the batch itself, by a reference batch of 64 latents, or by
the virtual batch of these and the sample (Goodfellow's tutorial, section 4.3; Salimans et al. 2016, section 3.5). Then

    moved      max |G(z) in one batch − G(z) in another|, images in [−1, 1]: half of a batch, with other companions
    F          m Var(batch means) / Var(samples) over 500 batches of m = 16: 1 + (m − 1) ρ, with ρ the correlation
               of two samples of a batch; 1 where they are independent

What one should see: reference and virtual batch normalisation make G(z) a function of z, to the last bit, so F is 1 but
for chance: for mean colours 0.97 (95 %: 0.88 to 1.06, 4 seeds) and 0.96 (0.86 to 1.07), where one seed of each is at
0.88 and shares its latents. With batch normalisation companions move a pixel by 0.7 in the median batch, by 1.7 at
most, and F is 0.11 for mean colours (0.09 to 0.12), 0.52 for pixels.

We had expected an F of 3 or more, from the tutorial's picture of one batch all orange and another all green. Missed,
and with the other sign: a layer that gives every batch the same mean and variance gives it nearly the same mean colour,
so batches are more alike than those of independent samples, after training more than before, where F is 0.31. The
tutorial says that its picture shows what happens occasionally; nothing of it shows in these small networks.

Seen on 2026-11-24 on two shared cores of an AMD EPYC: two minutes of CPU time, six of the clock beside other work.
"""

import dataclasses
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.tree_util import Partial

import gangame as gg
from gangame import data, games, metrics, nets, rules
from gangame.core import Array, Key, Players
from gangame.lab import experiment, figures

NORMS = ("batch", "reference", "virtual")
SIZE, CHANNELS = 8, 3
NUM_SHOWN = 2


@dataclasses.dataclass(frozen=True)
class Config:
    """How long to train, and how much to draw."""

    num_steps: int = experiment.option(1500, "steps of training, 1 or more")
    num_seeds: int = experiment.option(4, "GANs of each norm, 2 or more for an interval")
    batch_size: int = experiment.option(16, "m, in training and in measuring, an even number, 4 or more")
    num_batches: int = experiment.option(500, "batches that are drawn, 2 or more")
    num_references: int = experiment.option(64, "size of the reference batch, 1 or more")
    width: int = experiment.option(16, "channels of both networks, 1 or more")
    latent_dim: int = experiment.option(16, "size of the latents, 1 or more")
    learning_rate: float = experiment.option(1e-3, "of Adam with b1 = 0.5, positive")

    def __post_init__(self):
        """Checks the values."""
        if min(self.num_steps, self.num_references, self.width, self.latent_dim) < 1 or not self.learning_rate > 0:
            raise ValueError(
                f"num_steps, num_references, width, latent_dim and learning_rate are {self.num_steps}, "
                f"{self.num_references}, {self.width}, {self.latent_dim} and {self.learning_rate}; they have to be 1 "
                "or more, and the last positive."
            )
        if min(self.num_seeds, self.num_batches) < 2 or self.batch_size < 4 or self.batch_size % 2:
            raise ValueError(
                f"num_seeds, num_batches and batch_size are {self.num_seeds}, {self.num_batches} and "
                f"{self.batch_size}; they have to be at least 2, 2 and 4, and the last even."
            )


TINY = Config(num_steps=2, num_seeds=2, num_batches=40, num_references=4, width=2, latent_dim=2, batch_size=4)


def tinted(digits: data.Images, key: Key, num_samples: int) -> Array:
    """Returns white digits on a ground of a random colour, `[num_samples, 8, 8, 3]` in [−1, 1].

    The hue is uniform on the circle; of all that differs between two images it is the largest part.
    """
    key_digit, key_hue = jax.random.split(key)
    ink = (digits(key_digit, num_samples) + 1) / 2
    hue = jax.random.uniform(key_hue, (num_samples, 1, 1, 1), maxval=2 * jnp.pi)
    ground = (1 + jnp.cos(hue + jnp.arange(0.0, CHANNELS) * (2 * jnp.pi / CHANNELS))) / 2
    return 2 * (ink + (1 - ink) * ground) - 1


def tinted_gan(config: Config, norm: str, latents: Array) -> gg.Game:
    """Returns the DCGAN whose generator has this norm; `latents` are the reference batch of the norms with one."""
    generator = nets.dcgan_generator(
        SIZE, CHANNELS, config.latent_dim, width=config.width, norm=norm, reference=None if norm == "batch" else latents
    )
    return games.gan(
        generator, nets.dcgan_discriminator(SIZE, CHANNELS, width=config.width, norm="none"),
        Partial(tinted, data.images("digits").train),
        latent_dim=config.latent_dim, batch_size=config.batch_size, cost="non_saturating",
    )  # fmt: skip


def batch_factor(features: Array) -> Array:
    """Returns F = m Var(batch means) / Var(samples) of features `[batches, m, features]`, variances summed over them.

    F = 1 + (m − 1) ρ, with ρ the correlation of two samples of one batch: 1 where they are independent, m where all
    are equal, and 0 where every batch has the same mean.
    """
    variance = jnp.sum(jnp.var(features.reshape(-1, features.shape[-1]), axis=0))
    return features.shape[1] * jnp.sum(jnp.var(jnp.mean(features, axis=1), axis=0, ddof=1)) / variance


def measured(config: Config, game: gg.Game, players: Players, key: Key) -> dict[str, Array]:
    """Returns F of mean colours and of pixels, how far other companions move a sample, and the first batches."""
    key_batches, key_own, key_others = jax.random.split(key, 3)
    half = (config.num_batches, config.batch_size // 2, config.latent_dim)

    def generate(latents: Array) -> Array:
        return jax.lax.map(lambda each: game.losses.generate(players, each), latents)

    batches = generate(jax.random.normal(key_batches, (config.num_batches, config.batch_size, config.latent_dim)))
    own, others = jax.random.normal(key_own, half), jax.random.normal(key_others, (2, *half))
    one, other = (generate(jnp.concatenate([own, each], axis=1))[:, : half[1]] for each in others)
    moved = jnp.max(jnp.abs(one - other), axis=(1, 2, 3, 4))
    return {
        "factor_of_colour": batch_factor(jnp.mean(batches, axis=(2, 3))),
        "factor_of_pixels": batch_factor(batches.reshape(*batches.shape[:2], -1)),
        "moved_most": jnp.max(moved),
        "moved_median": jnp.median(moved),
        "batches": batches[:NUM_SHOWN],
    }


def run(config: Config, key: Key) -> dict[str, Array]:
    """Returns what was measured for each norm after training and, as `start/`, before, `[seeds]`, and some batches."""
    key_reference, key_seeds = jax.random.split(key)
    latents = jax.random.normal(key_reference, (config.num_references, config.latent_dim))
    rule = rules.simultaneous(optax.adam(config.learning_rate, b1=0.5))

    arrays = {}
    for norm in NORMS:
        game = tinted_gan(config, norm, latents)

        def train(key: Key, game: gg.Game = game) -> dict[str, Array]:
            key_train, key_draw = jax.random.split(key)
            begun = gg.start(game, rule, key_train)
            trained = gg.advance(game, rule, begun, config.num_steps)
            both = jax.tree.map(lambda *each: jnp.stack(each), begun.players, trained.players)
            return jax.lax.map(lambda players: measured(config, game, players, key_draw), both)

        found = jax.jit(lambda keys: jax.lax.map(train, keys))(jax.random.split(key_seeds, config.num_seeds))
        arrays[f"{norm}/batches"] = found.pop("batches")[0, 1]
        for name, values in found.items():
            arrays |= {f"{norm}/start/{name}": values[:, 0], f"{norm}/{name}": values[:, 1]}
    return arrays


def summarize(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns F with the interval of its mean over seeds, before and after training, and how far samples move."""
    names = ("factor_of_colour", "factor_of_pixels")
    return {
        norm: {
            **{f"{name}{when}": interval(arrays[f"{norm}/{at}{name}"])
               for name in names for at, when in (("", ""), ("start/", "_before_training"))},
            "moved_most": np.max(arrays[f"{norm}/moved_most"]),
            "moved_in_the_median_batch": interval(arrays[f"{norm}/moved_median"]),
        }
        for norm in NORMS
    }  # fmt: skip


def interval(values: np.ndarray) -> dict:
    """Returns the mean over seeds with its 95 % interval, and the values."""
    mean, low, high = metrics.mean_interval(values)
    return {"mean": mean, "interval_95": [low, high], "by_seed": values}


def draw(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the figure: two batches of each norm, and F by seed."""
    figure, axes = experiment.figure(len(NORMS), NUM_SHOWN + 1, (10.5, 2.6 * len(NORMS)), squeeze=False)
    top = 1.2 * max(1, *(np.max(arrays[f"{norm}/factor_of_{name}"]) for norm in NORMS for name in ("colour", "pixels")))
    for row, norm in zip(axes, NORMS, strict=True):
        for number, panel in enumerate(row[:NUM_SHOWN]):
            panel.imshow(tiled(arrays[f"{norm}/batches"][number]))
            panel.set(title=f"{norm}, batch {number + 1}", xticks=[], yticks=[])
            panel.grid(False)
        for place, (name, color) in enumerate(zip(("colour", "pixels"), figures.COLORS, strict=False)):
            values = arrays[f"{norm}/factor_of_{name}"]
            row[-1].plot(np.full(len(values), place), values, "o", color=color)
        row[-1].axhline(1, color="black", linewidth=1, linestyle=":")
        row[-1].set(title="m Var(batch means) / Var(samples)", xticks=(0, 1), xlim=(-0.5, 1.5), ylim=(0, top))
        row[-1].set_xticklabels(["colour", "pixels"])
    return {"batches": figure}


def tiled(images: np.ndarray) -> np.ndarray:
    """Returns images `[n, h, w, 3]` in [−1, 1] as rows of four of one picture, without those of an unfilled row."""
    _, height, width, channels = images.shape
    rows = images[: len(images) // 4 * 4].reshape(-1, 4, height, width, channels)
    return np.clip((rows.swapaxes(1, 2).reshape(-1, 4 * width, channels) + 1) / 2, 0, 1)


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
