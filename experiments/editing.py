"""Can a GAN's latents be found for a real image, and then be moved so that the image changes as somebody wants it to?

    python experiments/editing.py                   some minutes of one core: 5,000 digits of MNIST
    python experiments/editing.py --setting mnist   all of MNIST, wider networks, for an accelerator

Editing on the manifold of natural images, as iGAN does (Zhu et al. 2016, https://arxiv.org/abs/1609.03552; slide 7). A
DCGAN learns digits; then an encoder learns to find latents of real ones, min E ‖G(E(x)) − x‖², at a fixed generator.
Test images are projected by the encoder, by L-BFGS from a random start, and by L-BFGS from what the encoder says. Then
somebody wants a window of 9×9 pixels to look as it does in another image of the same digit: L-BFGS moves the latents so
that it does, and is paid to stay near. Beside it, the pixels of the window are pasted into the image. A classifier that
has never seen a sample is sure of a digit if it gives one of them more than 0.9.

What one should see (2026-11-30, one of two shared cores of an Intel Xeon with AVX-512, 199 s of CPU time for three GANs
of 3,000 steps with their encoders, beside compiling; played in parts), means over three seeds with 95 % intervals, of
50 test images; mean squared errors of a pixel, and 25 steps of every search:

    projection by the encoder                 0.096 (0.092 to 0.099)
      by search from a random start           0.092 (0.082 to 0.102)
      by search from the encoder's            0.042 (0.039 to 0.045)

                       error in the window       outside of it             surely a digit
    before             1.364 (1.314 to 1.413)    0.035 (0.033 to 0.038)    0.97 (0.94 to 1.00)
    pasted             0                         0                         0.88
    latents moved      0.122 (0.075 to 0.170)    0.254 (0.228 to 0.280)    0.70 (0.61 to 0.79)

So a start from the encoder is worth more than either by itself, as iGAN says. The latents can be moved so that the
error in the window falls by 91 % (88 to 94 %; 70 was aimed at), but the images are then less surely a digit than those
into which the window was pasted, where we had aimed at the contrary, above 0.9: the latents leave what the generator
was trained on, although they are paid to stay near, and the rest of the image changes with them. One strength of that
pay has been played. The FID of the GAN's own samples, 95 (91 to 98) from images for training, says that it is no good
one.
"""

import dataclasses
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import gangame as gg
from gangame import data, games, metrics, nets, rules
from gangame.core import Array, Batch, Key, Players
from gangame.lab import experiment
from gangame.lab.gan_rules import smooth_adam
from gangame.lab.intervals import interval
from gangame.lab.parts import part_for_each_seed

NUM_SHOWN = 10
PROJECTIONS = ("encoder", "search", "search from the encoder's")
EDITS = ("before", "pasted", "moved")


class Setting(NamedTuple):
    """Sizes of everything.

    Attributes:
      images: the digits, of `data.images`, that also have a feature network.
      judge: that feature network.
      width: channels of the largest maps of all networks.
      latent_dim: size of the latents.
      batch_size: images and latents in a step.
      learning_rate: of all players.
      num_steps: of the GAN.
      num_encoder_steps: of the encoder afterwards.
      num_images: how many test images are projected and edited.
      num_searched: steps of L-BFGS.
      window: side of the square that is edited.
      keeping: how much the square of the way of the latents counts, in units of the squared error of a pixel.
    """

    images: str
    judge: str
    width: int
    latent_dim: int
    batch_size: int
    learning_rate: float
    num_steps: int
    num_encoder_steps: int
    num_images: int
    num_searched: int
    window: int
    keeping: float


SETTINGS = {
    "cpu": Setting("mnist_5000", "mnist_5000", 16, 32, 64, 1e-3, 3000, 2000, 50, 25, 9, 0.01),
    "mnist": Setting("mnist", "mnist_5000", 64, 100, 128, 2e-4, 50_000, 20_000, 500, 25, 9, 0.01),
    "tiny": Setting("digits", "digits", 2, 4, 8, 1e-3, 2, 2, 3, 2, 3, 0.01),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """Which sizes, and over how many seeds."""

    setting: str = experiment.option("cpu", f"one of {', '.join(SETTINGS)}")
    num_seeds: int = experiment.option(3, "GANs, 2 or more for an interval")
    parts: str = experiment.option("", "folder for the GANs that are done: a run that was cut goes on", recorded=False)

    def __post_init__(self):
        """Checks the values."""
        experiment.check_choice("setting", self.setting, SETTINGS)
        if self.num_seeds < 2:
            raise ValueError(f"num_seeds is {self.num_seeds}; it has to be 2 or more, for an interval.")


TINY = Config("tiny", 2)


class Wanted(NamedTuple):
    """Images, and what is wanted of them.

    Attributes:
      images: for testing, `[images, height, width, channels]`.
      others: another image of the same digit for each of them, which has what is wanted.
      windows: 1 where it is wanted, 0 elsewhere, `[images, height, width, 1]`.
    """

    images: Array
    others: Array
    windows: Array


def wanted(found: data.Images, num_images: int, side: int, key: Key) -> Wanted:
    """Returns edits that somebody might want: a square of each image is to look as in another image of its digit.

    Of some squares that are drawn it is the one in which the two images differ most.
    """
    key_images, key_others, key_windows = jax.random.split(key, 3)
    chosen = jax.random.permutation(key_images, len(found.labels))[:num_images]
    same = found.labels[chosen, None] == found.labels
    own = jnp.arange(len(found.labels)) == chosen[:, None]
    others = jax.random.categorical(key_others, jnp.where(same & ~own, 0.0, -jnp.inf))
    images, targets = (found.scaled(found.pixels[index]) for index in (chosen, others))
    height, width = images.shape[1:3]
    corners = [
        jax.random.randint(each, (num_images, 20), 0, size - side + 1)
        for each, size in zip(jax.random.split(key_windows), (height, width), strict=True)
    ]
    rows, columns = (
        (jnp.arange(size) >= corner[..., None]) & (jnp.arange(size) < corner[..., None] + side)
        for corner, size in zip(corners, (height, width), strict=True)
    )
    windows = (rows[..., :, None] & columns[..., None, :])[..., None].astype(images.dtype)
    gaps = jnp.sum(windows * ((images - targets) ** 2)[:, None], axis=(2, 3, 4))
    best = jnp.argmax(gaps, axis=1)[:, None, None, None, None]
    return Wanted(images, targets, jnp.take_along_axis(windows, best, axis=1)[:, 0])


def encoding(generate: Callable[[Array], Array], encoder: nets.Network, real: data.Images, setting: Setting) -> gg.Game:
    """Returns the game of an encoder alone, who looks for the latents of real images: E mean (G(E(x)) − x)²."""

    def losses(players: Players, batch: Batch) -> dict[str, Array]:
        return {"encoder": jnp.mean((generate(encoder.apply(players["encoder"], batch)) - batch) ** 2)}

    return gg.Game(lambda key: {"encoder": encoder.init(key)}, lambda key: real(key, setting.batch_size), losses)


def masked(said: Array, targets: Array, windows: Array) -> Array:
    """Returns the mean squared error inside of the windows, `[images]`."""
    inside = jnp.sum(windows, axis=(1, 2, 3)) * said.shape[-1]
    return jnp.sum(windows * (said - targets) ** 2, axis=(1, 2, 3)) / inside


def seen(judge: metrics.FeatureNetwork, wish: Wanted, said: Array) -> dict[str, Array]:
    """Returns the errors of edits in and outside of the window, and how surely they are some digit, `[images]`."""
    return {
        "inside": masked(said, wish.others, wish.windows),
        "outside": masked(said, wish.images, 1 - wish.windows),
        "sure": jnp.max(judge.probabilities(said), axis=1),
    }


def play(
    game: gg.Game, encoder: nets.Network, real: data.Images, judge: metrics.FeatureNetwork, wish: Wanted, key: Key,
    setting: Setting,
) -> dict[str, Array]:  # fmt: skip
    """Returns what one GAN does: errors of projections, and of edits, `[images]` each, and some of the images."""
    key_gan, key_encoder, key_starts, key_samples = jax.random.split(key, 4)
    players = gg.play(game, rules.alternating(smooth_adam(setting.learning_rate)), key_gan, setting.num_steps).players

    def generate(latents: Array) -> Array:
        return game.losses.generate(players, latents)  # type: ignore[attr-defined]

    alone = encoding(generate, encoder, real, setting)
    rule = rules.simultaneous(smooth_adam(setting.learning_rate))
    learned = gg.play(alone, rule, key_encoder, setting.num_encoder_steps).players["encoder"]
    guessed = encoder.apply(learned, wish.images)

    def away(latent: Array, image: Array) -> Array:
        return jnp.mean((generate(latent[None])[0] - image) ** 2)

    def search(starts: Array) -> Array:
        return jax.vmap(lambda start, image: metrics.latent_search(away, start, image, setting.num_searched))(
            starts, wish.images
        )[0]

    drawn = jax.random.normal(key_starts, guessed.shape)
    found = {"encoder": guessed, "search": search(drawn), "search from the encoder's": search(guessed)}
    projected = {name: generate(latents) for name, latents in found.items()}

    def unlike(latent: Array, about: tuple[Array, Wanted]) -> Array:
        start, one = about
        said = generate(latent[None])
        return masked(said, one.others[None], one.windows[None])[0] + setting.keeping * jnp.mean((latent - start) ** 2)

    start = found["search from the encoder's"]
    moved, _ = jax.vmap(lambda start, one: metrics.latent_search(unlike, start, (start, one), setting.num_searched))(
        start, wish
    )
    before = projected["search from the encoder's"]
    edited = {
        "before": before,
        "pasted": jnp.where(wish.windows > 0, wish.others, wish.images),
        "moved": generate(moved),
    }
    samples = generate(game.sample.latents(key_samples, 1000))  # type: ignore[attr-defined]
    answers = {"fid": metrics.fid(judge.features(real.scaled(real.pixels)), judge.features(samples))}
    answers |= {
        f"{name}/error": jnp.mean((each - wish.images) ** 2, axis=(1, 2, 3)) for name, each in projected.items()
    }
    answers |= {
        f"{name}/{what}": each for name, said in edited.items() for what, each in seen(judge, wish, said).items()
    }
    return answers | {f"{name}/shown": each[:NUM_SHOWN] for name, each in {**projected, **edited}.items()}


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns the errors of each projection and of each edit, `[seeds, images]`, how sure edits are, and images."""
    setting = SETTINGS[config.setting]
    found, judge = data.images(setting.images), metrics.feature_network(setting.judge)
    key_wish, key_runs = jax.random.split(key)
    wish = wanted(found.test, setting.num_images, setting.window, key_wish)
    size, _, channels = found.train.shape
    sizes = {"width": setting.width, "kernel_size": 3}
    game = games.gan(
        nets.dcgan_generator(size, channels, setting.latent_dim, norm="layer", **sizes),
        nets.dcgan_discriminator(size, channels, **sizes),
        found.train, latent_dim=setting.latent_dim, batch_size=setting.batch_size, cost="non_saturating",
    )  # fmt: skip
    encoder = nets.dcgan_discriminator(size, channels, norm="layer", num_outputs=setting.latent_dim, **sizes)

    def one(game: gg.Game, real: Any, judge: Any, wish: Wanted, key: Key) -> dict[str, Array]:
        return play(game, encoder, real, judge, wish, key, setting)

    keys = jax.random.split(key_runs, config.num_seeds)
    parts = part_for_each_seed(config.parts, "editing", setting, keys, one, game, found.train, judge, wish)
    return {**parts, "images": wish.images, "others": wish.others, "windows": wish.windows}


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns errors of projections and edits, and the share of edits that are surely a digit, with intervals."""

    def over_seeds(values: np.ndarray, form: str) -> str:
        return interval(values.mean(axis=1), form)

    measured: dict[str, Any] = {
        "cpu_seconds_of_all_gans": arrays["cpu_seconds"].sum().round(1),
        "fid of samples": interval(arrays["fid"], ".1f"),
        "projection": {name: over_seeds(arrays[f"{name}/error"], ".4f") for name in PROJECTIONS},
    }
    for name in EDITS:
        measured[name] = {
            "error in the window": over_seeds(arrays[f"{name}/inside"], ".3f"),
            "error outside of it": over_seeds(arrays[f"{name}/outside"], ".3f"),
            "surely a digit": over_seeds(arrays[f"{name}/sure"] > 0.9, ".2f"),
        }
    fallen = 1 - arrays["moved/inside"].mean(axis=1) / arrays["before/inside"].mean(axis=1)
    measured["fall of the error in the window"] = interval(fallen, ".2f")
    return measured


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figures: projections of some images, and edits of them."""
    figure, (left, right) = experiment.figure(1, 2, (12.0, 4.6))
    real, others, windows = (arrays[name][:NUM_SHOWN] for name in ("images", "others", "windows"))
    said = [arrays[f"{name}/shown"][0] for name in PROJECTIONS]
    experiment.show_images(left, np.stack([real, *said]), "real; " + "; ".join(PROJECTIONS))
    asked = np.where(windows > 0, others, -0.6)
    said = [arrays[f"{name}/shown"][0] for name in EDITS]
    experiment.show_images(right, np.stack([asked, *said]), "wanted; " + "; ".join(EDITS))
    return {"editing": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
