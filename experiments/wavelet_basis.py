"""Is it easier to generate coefficients of wavelets or cosines than pixels?

    python experiments/wavelet_basis.py            45 seconds of CPU, beside compiling

The same perceptron says 64 numbers. They are pixels of a digit, or coefficients in Haar's wavelets, in cosines, or in a
random orthonormal basis, of which a fixed transform makes pixels; tanh comes last in all cases (`nets.in_basis`). So
each can make the same images and starts from the same distribution. Plain gradient steps would not even know the basis
(a test says so); what is left is what Adam makes of it, which has a rate for each parameter.

What one should see (2026-11-30, two shared cores of an Intel Xeon with AVX-512, 45 s of CPU time for 20 GANs of 5,000
steps), the FID of the features of `metrics.feature_network` from those of test images, as means over five seeds with
95 % intervals; images for training have 1.5:

                       after 500 steps       after 5,000           less that of pixels, seed by seed
    pixels             51 (41 to 61)         12.8 (11.5 to 14.2)
    Haar's wavelets    53 (38 to 68)         13.5 (10.0 to 17.0)    0.7 (−3.5 to 4.8)
    cosines            53 (46 to 59)         13.8 (10.1 to 17.5)    0.9 (−2.4 to 4.3)
    a random basis     50 (37 to 62)         12.5 (11.1 to 13.9)   −0.4 (−2.8 to 2.1)

So no: to a perceptron with Adam a basis is as good as another, early and late, and a random one as good as wavelets;
what five seeds leave open is less than two fifths of the FID. A basis can matter to a generator that treats
coefficients by their place, as convolutions over bands do, or whose coefficients are weighted by their size; neither is
tried here.
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
from gangame.core import Array, Key, Players
from gangame.lab import experiment
from gangame.lab.covering import followed
from gangame.lab.intervals import interval
from gangame.lab.parts import cpu_seconds, part_for_each_seed
from gangame.lab.perceptrons import perceptrons
from gangame.ranges import check_positive

NUM_RECORDS, NUM_SHOWN, LATENT_DIM, SIZE = 10, 20, 32, 8
BASES = ("pixels", "Haar's wavelets", "cosines", "a random basis")


class Setting(NamedTuple):
    """Widths of both perceptrons, and for how long they learn."""

    hidden: tuple[int, ...]
    num_steps: int
    num_samples: int


SETTINGS = {"cpu": Setting((128, 128), 5000, 2000), "tiny": Setting((4,), NUM_RECORDS, 100)}


@dataclasses.dataclass(frozen=True)
class Config:
    """In which bases a generator writes, and over how many seeds."""

    setting: str = experiment.option("cpu", f"one of {', '.join(SETTINGS)}")
    bases: tuple[str, ...] = experiment.option(BASES, f"of {'; '.join(BASES)}")
    num_seeds: int = experiment.option(5, "GANs in each basis, 2 or more for an interval")
    learning_rate: float = experiment.option(1e-3, "of Adam with β₁ = 0.5 for both players, above 0")
    parts: str = experiment.option("", "folder for the GANs that are done: a run that was cut goes on", recorded=False)

    def __post_init__(self):
        """Checks the values."""
        experiment.check_choice("setting", self.setting, SETTINGS)
        experiment.check_rows("bases", self.bases, BASES, self.num_seeds)
        check_positive(learning_rate=self.learning_rate)


TINY = Config("tiny", num_seeds=2)


def basis_of(name: str) -> Array:
    """Returns one of the bases, `[SIZE, SIZE]`; the random one is always the same."""
    if name == "a random basis":
        return jnp.asarray(np.linalg.qr(np.random.default_rng(0).standard_normal((SIZE, SIZE)))[0], float)
    return {"pixels": jnp.eye, "Haar's wavelets": nets.haar_basis, "cosines": nets.cosine_basis}[name](SIZE)


def make_game(setting: Setting, name: str, images: data.Images) -> gg.Game:
    """Returns the game of two perceptrons, of which the generator says coefficients in a basis."""
    generator, discriminator = perceptrons(LATENT_DIM, setting.hidden, SIZE**2, squash=False)
    return games.gan(
        nets.in_basis(generator, basis_of(name)), discriminator, images.flat(), latent_dim=LATENT_DIM, batch_size=64,
        cost="non_saturating",
    )  # fmt: skip


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns the FID of each basis along the runs, `[seeds, NUM_RECORDS]`, and samples of the first seed."""
    setting = SETTINGS[config.setting]
    found, judge = data.images("digits"), metrics.feature_network("digits")
    real = jax.jit(judge.features)(found.test.scaled(found.test.pixels))
    seen = jax.jit(judge.features)(found.train.scaled(found.train.pixels))
    arrays: dict[str, Any] = {"real/fid": metrics.fid(real, seen)}
    rule = rules.simultaneous(optax.adam(config.learning_rate, b1=0.5))
    keys = jax.random.split(key, config.num_seeds)

    def play(game: gg.Game, judge: metrics.FeatureNetwork, real: Array, key: Key) -> dict[str, Array]:
        def look(players: Players, key: Key) -> dict[str, Array]:
            images = games.generate(game, players, key, setting.num_samples)
            return {"fid": metrics.fid(real, judge.features(images)), "shown": images[:NUM_SHOWN]}

        records = followed(game, rule, key, setting.num_steps, NUM_RECORDS, look)[1]
        return {"fid": records["fid"], "shown": records["shown"][-1]}

    for name in config.bases:
        about = (setting, config.learning_rate)
        game = make_game(setting, name, found.train)
        measured = part_for_each_seed(config.parts, name, about, keys, play, game, judge, real)
        arrays |= {f"{name}/{what}": each for what, each in measured.items()}
        arrays[f"{name}/shown"] = measured["shown"][0].astype(np.float16)
        print(f"{name}: FID {measured['fid'][:, -1]}", file=sys.stderr)
    return arrays


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the FID in each basis at a tenth, half and the end of the run, and its difference from the first's."""
    places = {"a tenth": 0, "half": NUM_RECORDS // 2 - 1, "all": NUM_RECORDS - 1}
    first = arrays[f"{config.bases[0]}/fid"]
    return {
        "cpu_seconds": cpu_seconds(arrays),
        "fid of images for training": arrays["real/fid"].round(2),
        **{
            name: {
                f"fid after {what} of the steps": interval(arrays[f"{name}/fid"][:, place], ".1f")
                for what, place in places.items()
            }
            | {
                f"less that of {config.bases[0]}, after {what}": interval(
                    (arrays[f"{name}/fid"] - first)[:, place], ".1f"
                )
                for what, place in places.items()
            }
            for name in config.bases
        },
    }


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: FID along the runs, and samples of the first seed."""
    figure, (left, right) = experiment.figure(1, 2, (11.0, 3.6))
    steps = np.linspace(0, SETTINGS[config.setting].num_steps, NUM_RECORDS + 1)[1:]
    for number, name in enumerate(config.bases):
        left.plot(steps, arrays[f"{name}/fid"].T, color=f"C{number}", linewidth=0.4, alpha=0.5)
        left.plot(steps, arrays[f"{name}/fid"].mean(axis=0), color=f"C{number}", linewidth=2, label=name)
    left.axhline(float(arrays["real/fid"]), color="black", linestyle=":", linewidth=1)
    left.set(title="FID, each seed and their mean; dotted: images", xlabel="steps", yscale="log")
    left.legend()
    shown = np.stack([arrays[f"{name}/shown"] for name in config.bases])
    experiment.show_images(
        right, shown.reshape(*shown.shape[:2], SIZE, SIZE, 1), "samples of the first seed, in this order"
    )
    return {"bases": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
