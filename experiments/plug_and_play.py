"""Does a generator with a denoising autoencoder's score sample what it is asked for, and is the GAN loss the key to it?

    python experiments/plug_and_play.py            six minutes of CPU, beside compiling

Plug-and-play generative networks (Nguyen et al. 2017, https://arxiv.org/abs/1612.00005; slides 80 to 85). A classifier
C learns 4,000 images of MNIST; the features of its last hidden layer are the code h = E(x). A generator G learns to
decode codes with noise, paid for the image, for the code, and, in one of two rows, for what a discriminator says
(`games.plug_and_play`); all else is the same for both. Then chains move in codes,

    h ← h + ε₁ (E(G(h)) − h) + ε₂ ∂log C(y | G(h))/∂h + N(0, ε₃²),

from noise, asked for a class; not asked (slide 84); and asked without the prior, ε₁ = 0. Other chains are asked for one
class after the other and never reset; and others get the upper half of a test image, −λ ‖m·(G(h) − x)‖² besides, and
are asked for its class, or for the next one. Who judges is `metrics.feature_network`, another classifier, twice as
wide, which has learned the same images by itself: it names what was made, and its features give the FID from those of
the 1,000 test images.

What one should see (2026-11-30, two shared cores of an Intel Xeon with AVX-512, 355 s of CPU time for five seeds, each
with an encoder of its own, which names 95.9 % of the test images), as means with 95 % intervals:

                                                    with the GAN loss           without it
    asked for a class: named so by the judge        0.982 (0.974 to 0.991)      0.997 (0.994 to 1.000)
      FID, images for training 7.8                  46.9 (44.3 to 49.6)         89 (71 to 108)
      without the prior: named so                   0.77 (0.71 to 0.83)         0.79 (0.71 to 0.87)
      without the prior: FID                        138 (104 to 171)            158 (134 to 182)
      not asked: FID                                183 (101 to 265)            225 (178 to 273)
    classes of ten that a chain visits              9.82 (9.72 to 9.92)         9.90 (9.80 to 10.00)
    test images rebuilt: FID                        31.4 (27.9 to 34.9)         90 (74 to 106)
      mean squared error                            0.167 (0.159 to 0.175)      0.146 (0.143 to 0.150)
    upper half known, lower filled: named right     0.949 (0.934 to 0.964)      0.972 (0.961 to 0.983)
      error in the known half; nothing kept         0.148; 0.365                0.096; 0.284

So the GAN loss is a key ingredient of what samples look like: without it the FID of samples is 1.91 times as large
(1.49 to 2.33, seed by seed; 1.5 or more was the aim) and that of rebuilt images 2.9 times (2.4 to 3.4), by blur. Of
whether they are what was asked for it is not: blurred digits are named even more surely, and are nearer in squared
error. The prior is what keeps a chain honest: without it the judge names 21 to 23 % of the samples otherwise, and their
FID is 2.9 times as large, without the GAN loss 1.8 times. The aim of 0.95 right is met. One chain goes through all ten
classes as it is asked, at 98.2 % of the stops; 415 of 500 chains were all ten to the judge at each stop, so "ten of
ten" holds for the most and not for all. Not asked, chains gather in a few places far from most digits. A lower half is
filled so that 95 % are named right, of 49 % with a black half, and the known half is as near as an image is when
rebuilt; but asked for another class than the known half is of, the whole is that class in 25 % only. Samples stay far
from images: FID 47, with speckles. σ, ε₁, ε₂ and ε₃ were chosen on one other seed, by the accuracy and the FID of
samples of both rows, and λ on the same one by the fills.
"""

import dataclasses
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import data, games, metrics, nets, rules
from gangame.core import Array, Batch, Key, Players, PyTree
from gangame.games.attacks import cross_entropy
from gangame.lab import experiment
from gangame.lab.chains import Blocks, Chains, Encoder, gap
from gangame.lab.intervals import interval
from gangame.lab.parts import cpu_seconds, part_for_each_seed
from gangame.lab.perceptrons import perceptrons
from gangame.metrics.shares import class_shares
from gangame.ranges import check_positive, check_whole

NUM_CLASSES, NUM_FEATURES, NUM_SHOWN = 10, 64, 10
ROWS = ("with the GAN loss", "without it")
WAYS = ("asked", "not asked", "without the prior")
FILLS = ("its class", "the next class", "not kept")


class Setting(NamedTuple):
    """Sizes of everything.

    Attributes:
      images: the digits, of `data.images`, that also have a feature network, which judges.
      width: channels of the encoder's first layer.
      hidden: widths of the layers of both perceptrons.
      batch_size: images in a step.
      encoder_steps: of Adam, for the encoder.
      num_steps: of the game.
      block: how many chains go side by side.
      num_blocks: blocks of samples in each of the ways.
      chain_steps: Langevin steps from noise to a sample, or from one class to the next.
      num_holes: test images of which half is to be filled in, a multiple of `block`.
    """

    images: str
    width: int
    hidden: tuple[int, ...]
    batch_size: int
    encoder_steps: int
    num_steps: int
    block: int
    num_blocks: int
    chain_steps: int
    num_holes: int


SETTINGS = {
    "cpu": Setting("mnist_5000", 8, (256, 256), 64, 1500, 3000, 100, 5, 100, 200),
    "tiny": Setting("digits", 2, (8,), 8, 3, 3, 10, 7, 3, 20),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """What is learned, what is paid, and how chains move."""

    setting: str = experiment.option("cpu", f"one of {', '.join(SETTINGS)}")
    num_seeds: int = experiment.option(5, "encoders, each with a generator of either kind; 2 or more for an interval")
    learning_rate: float = experiment.option(5e-4, "of Adam with β₁ = 0.5 for both players, above 0")
    code_noise: float = experiment.option(1.0, "σ on the codes while the generator learns, 0 or more")
    feature_strength: float = experiment.option(1.0, "λ_h, what a missed feature costs, 0 or more")
    adversarial_strength: float = experiment.option(0.1, "λ_a of the row with the GAN loss, 0 or more")
    prior: float = experiment.option(0.1, "ε₁, how far a step goes to what the autoencoder makes of a code")
    condition: float = experiment.option(20.0, "ε₂, how far it goes to what the classifier wants")
    noise: float = experiment.option(0.3, "ε₃, of each step")
    kept: float = experiment.option(20.0, "λ, how strongly the known half of an image is kept")
    parts: str = experiment.option("", "folder for the seeds that are done: a run that was cut goes on", recorded=False)

    def __post_init__(self):
        """Checks the values."""
        experiment.check_choice("setting", self.setting, SETTINGS)
        check_positive(learning_rate=self.learning_rate)
        check_whole(self.num_seeds, "num_seeds", 2)


TINY = Config("tiny", 2)


def learned_encoder(setting: Setting, images: data.Images, key: Key) -> Encoder:
    """Returns a classifier that has learned the images for training, which are flat."""

    def unflattened(function: Callable[..., Array], parameters: PyTree, points: Array) -> Array:
        return function(parameters, images.pictures(points))

    height, _, channels = images.shape
    network = nets.image_classifier(height, channels, NUM_CLASSES, width=setting.width).mapped(unflattened)

    def losses(players: Players, batch: Batch) -> dict[str, Array]:
        points, labels = batch
        return {"classifier": jnp.mean(cross_entropy(network.apply(players["classifier"], points), labels))}

    game = gg.Game(
        lambda key: {"classifier": network.init(key)}, lambda key: images.labelled(key, setting.batch_size), losses
    )
    rule = rules.simultaneous(optax.adam(optax.cosine_decay_schedule(2e-3, setting.encoder_steps)))
    parameters = gg.play(game, rule, key, setting.encoder_steps).players["classifier"]
    codes = Encoder(network, parameters, jnp.ones(()), jnp.ones(())).encode()(images.scaled(images.pixels))
    scale = jnp.mean(jnp.std(codes, axis=0))
    return Encoder(network, parameters, scale, jnp.max(codes) / scale)


def make_game(config: Config, encoder: Encoder, images: data.Images) -> gg.Game:
    """Returns the game of two perceptrons; its adversary has the strength of the row with the GAN loss."""
    setting, num_pixels = SETTINGS[config.setting], images.pixels.shape[1]
    return games.plug_and_play(
        *perceptrons(NUM_FEATURES, setting.hidden, num_pixels), encoder.encode(), images,
        feature_strength=config.feature_strength, noise=config.code_noise,
        adversarial_strength=config.adversarial_strength, batch_size=setting.batch_size,
    )  # fmt: skip


def blocks_of(config: Config, test: data.Images, key: Key) -> tuple[Blocks, dict[str, slice]]:
    """Returns all blocks, and which are for what: samples in each of the ways, stretches of switching, and fills."""
    setting = SETTINGS[config.setting]
    number, size = setting.num_blocks, setting.block
    in_order = jnp.arange(number * size).reshape(number, size) % NUM_CLASSES
    orders = jax.vmap(lambda key: jax.random.permutation(key, NUM_CLASSES))(jax.random.split(key, size)).T
    holes = setting.num_holes // size
    points = test.scaled(test.pixels[: holes * size]).reshape(holes, size, -1)
    labels = test.labels[: holes * size].reshape(holes, size)

    def told(asked: Array, points: Array | None = None, fresh: bool = True, **strengths: float) -> Blocks:
        blocks = len(asked)
        strengths = {"prior": config.prior, "condition": config.condition, "kept": 0.0, **strengths}
        nothing = jnp.zeros((blocks, size, test.pixels.shape[1]))
        return Blocks(
            jnp.full(blocks, fresh), asked.astype(jnp.int32), nothing if points is None else points,
            **{name: jnp.full(blocks, each) for name, each in strengths.items()},
        )  # fmt: skip

    parts = {
        "sampled": (told(in_order), told(in_order, condition=0.0), told(in_order, prior=0.0)),
        "switched": (told(orders[:1]), told(orders[1:], fresh=False)),
        "filled": (
            told(labels, points, kept=config.kept),
            told((labels + 1) % NUM_CLASSES, points, kept=config.kept),
            told(labels, points),
        ),
    }
    every = [block for part in parts.values() for block in part]
    ends = np.cumsum([sum(len(block.fresh) for block in part) for part in parts.values()])
    places = {
        name: slice(end - start, end) for name, end, start in zip(parts, ends, np.diff(ends, prepend=0), strict=True)
    }
    return jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *every), places


def upper_half(images: data.Images) -> Array:
    """Returns 1 for the pixels of the upper half, else 0, `[pixels]`."""
    height = images.shape[0]
    return jnp.zeros(images.shape).at[: height // 2].set(1).reshape(-1)


def shuffled(images: data.Images, key: Key) -> data.Images:
    """Returns images in another order, since some sets are sorted by class."""
    order = jax.random.permutation(key, len(images.labels))
    return dataclasses.replace(images, pixels=images.pixels[order], labels=images.labels[order])


def measured(
    config: Config, chains: Chains, judge: metrics.FeatureNetwork, test: data.Images, key: Key
) -> dict[str, Array]:
    """Returns all that is measured of one generator: what it rebuilds, samples, is switched to, and fills in."""
    key_blocks, key_chains = jax.random.split(key)
    blocks, places = blocks_of(config, test, key_blocks)
    images = chains.after(blocks, key_chains)
    in_part = {name: jax.tree.map(lambda leaf: leaf[place], (blocks, images)) for name, place in places.items()}  # noqa: B023
    told, filled = in_part["filled"]
    composed = jnp.where(chains.known > 0, told.points, filled)
    points = test.scaled(test.pixels)
    rebuilt = chains.images(chains.losses.encode(points))
    seen = jnp.concatenate([rebuilt, images.reshape(-1, images.shape[-1]), composed.reshape(-1, images.shape[-1])])
    features, named = judge.features(seen), judge.classes(seen)
    first, last = len(points), len(points) + images[..., 0].size
    of_blocks = named[first:last].reshape(images.shape[:2])
    real = judge.features(points)

    def by(kinds: int, values: Array) -> Array:
        return jnp.mean(values.reshape(kinds, -1), axis=1)

    def share(right: Array) -> Array:
        return right.astype(images.dtype)

    sampled = features[first:last].reshape(*images.shape[:2], -1)[places["sampled"]]
    named_of = {name: of_blocks[place] for name, place in places.items()}
    visited = jnp.any(jax.nn.one_hot(named_of["switched"], NUM_CLASSES, dtype=bool), axis=0)

    def shown(name: str, kinds: int) -> Array:
        part = in_part[name][1]
        return part.reshape(kinds, -1, part.shape[-1])[:, :NUM_SHOWN]

    return {
        "rebuilt/fid": metrics.fid(real, features[:first]),
        "rebuilt/missed": jnp.mean((rebuilt - points) ** 2),
        "rebuilt/right": jnp.mean(share(named[:first] == test.labels)),
        "rebuilt/shown": jnp.stack([points[:NUM_SHOWN], rebuilt[:NUM_SHOWN]]),
        "sampled/fid": jax.lax.map(partial(metrics.fid, real), sampled.reshape(len(WAYS), -1, sampled.shape[-1])),
        "sampled/right": by(len(WAYS), share(named_of["sampled"] == in_part["sampled"][0].asked)),
        "sampled/shares": jax.vmap(lambda each: class_shares(each, NUM_CLASSES, images.dtype))(
            named_of["sampled"].reshape(len(WAYS), -1)
        ),
        "sampled/shown": shown("sampled", len(WAYS)),
        "switched/visited": jnp.sum(visited, axis=1),
        "switched/followed": jnp.mean(share(named_of["switched"] == in_part["switched"][0].asked)),
        "switched/shown": shown("switched", NUM_CLASSES)[:, 0],
        "filled/right": by(len(FILLS), share(named[last:].reshape(told.asked.shape) == told.asked)),
        "filled/kept": by(len(FILLS), gap(filled, told.points, chains.known)),
        "filled/missed": by(len(FILLS), gap(filled, told.points, 1 - chains.known)),
        "filled/shown": shown("filled", len(FILLS)),
    }


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns all measures, `[seeds, rows, ...]`, and those of test images, whole and half black."""
    setting = SETTINGS[config.setting]
    found, judge = data.images(setting.images), metrics.feature_network(setting.images)
    train, test = found.train.flat(), shuffled(found.test.flat(), key)
    rule = rules.simultaneous(optax.adam(config.learning_rate, b1=0.5))

    def play(judge: metrics.FeatureNetwork, train: data.Images, test: data.Images, key: Key) -> dict[str, Array]:
        key_encoder, key_play, key_chains, key_real = jax.random.split(key, 4)
        encoder, known = learned_encoder(setting, train, key_encoder), upper_half(test)

        def one(strength: Array) -> dict[str, Array]:
            game = make_game(config, encoder, train)
            game = game._replace(losses=dataclasses.replace(game.losses, adversarial_strength=strength))
            players = gg.play(game, rule, key_play, setting.num_steps).players
            chains = Chains(game.losses, players, encoder, known, setting.chain_steps, config.noise)
            return measured(config, chains, judge, test, key_chains)

        points = test.scaled(test.pixels)
        half = jnp.where(known > 0, points, -1)
        instead = train(key_real, setting.num_blocks * setting.block)
        seen = judge.classes(jnp.concatenate([points, half])).reshape(2, -1)
        named = jnp.argmax(encoder.network.apply(encoder.parameters, points), axis=1)
        return {
            **jax.lax.map(one, jnp.array([config.adversarial_strength, 0.0])),
            "encoder/right": jnp.mean((named == test.labels).astype(points.dtype)),
            "judge/right": jnp.mean((seen == test.labels).astype(points.dtype), axis=1),
            "judge/missed": jnp.mean(gap(half, points, 1 - known)),
            "images/fid": metrics.fid(judge.features(points), judge.features(instead)),
            "images/shown": jnp.stack([points[:NUM_SHOWN], half[:NUM_SHOWN]]),
        }

    about = dataclasses.replace(config, parts="")
    keys = jax.random.split(key, config.num_seeds)
    arrays = part_for_each_seed(config.parts, "plug and play", about, keys, play, judge, train, test)
    return {name: each[0].astype(np.float16) if name.endswith("shown") else each for name, each in arrays.items()}


MEASURES = {
    "rebuilt/fid": (None, ".1f"),
    "rebuilt/missed": (None, ".4f"),
    "rebuilt/right": (None, ".3f"),
    "sampled/right": (WAYS, ".3f"),
    "sampled/fid": (WAYS, ".1f"),
    "switched/followed": (None, ".3f"),
    "filled/right": (FILLS, ".3f"),
    "filled/kept": (FILLS, ".4f"),
    "filled/missed": (FILLS, ".4f"),
}
"""Numbers that each row has, one or several of a kind, and how they are written."""


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns each measure of each row, mean and 95 % interval over seeds, and how much the GAN loss is worth."""
    found: dict[str, Any] = {
        "cpu_seconds": cpu_seconds({"all/cpu_seconds": arrays["cpu_seconds"]}),
        "classifier C, test images": interval(arrays["encoder/right"], ".3f"),
        "judge, test images": arrays["judge/right"][0, 0].round(3),
        "judge, test images of which the lower half is black": arrays["judge/right"][0, 1].round(3),
        "a black half missed": arrays["judge/missed"][0].round(4),
        "fid of images for training": interval(arrays["images/fid"], ".2f"),
    }
    for row, name in enumerate(ROWS):
        visited = arrays["switched/visited"][:, row]
        found[name] = {
            what: interval(arrays[what][:, row], form)
            if kinds is None
            else {kind: interval(arrays[what][:, row, place], form) for place, kind in enumerate(kinds)}
            for what, (kinds, form) in MEASURES.items()
        } | {
            "switched/classes_visited": interval(visited.mean(axis=1), ".2f"),
            "switched/chains_that_visit_all": f"{np.sum(visited == NUM_CLASSES)} of {visited.size}",
        }
    for what in ("rebuilt/fid", "sampled/fid"):
        fids = arrays[what].reshape(config.num_seeds, len(ROWS), -1)[..., 0]
        found[f"{what} without the GAN loss, over that with it"] = interval(fids[:, 1] / fids[:, 0], ".2f")
    return found


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: what is rebuilt, sampled, switched to and filled in, of the first seed, with and without."""
    height, _, channels = data.images(SETTINGS[config.setting].images).train.shape
    figure, axes = experiment.figure(2, 3, (13.0, 5.6), width_ratios=(1, 1, 1.1))
    for row, name in enumerate(ROWS):
        sheets = {
            "images, and rebuilt": arrays["rebuilt/shown"][row],
            ", ".join(WAYS): arrays["sampled/shown"][row],
            "upper half known, filled as " + ", ".join(FILLS): np.concatenate(
                [arrays["images/shown"], arrays["filled/shown"][row]]
            ),
        }
        for panel, (title, sheet) in zip(axes[row], sheets.items(), strict=True):
            pictures = sheet.reshape(*sheet.shape[:2], height, height, channels)
            experiment.show_images(panel, pictures, f"{name}\n{title}")
    chain, panel = experiment.figure(1, 1, (8.0, 1.9))
    shown = arrays["switched/shown"].reshape(len(ROWS), NUM_CLASSES, height, height, channels)
    experiment.show_images(panel, shown, "one chain that is asked for all digits in turn; below without the GAN loss")
    return {"chains": figure, "switching": chain}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
