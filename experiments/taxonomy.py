"""Where do the models of the taxonomy stand beside a GAN: likelihood, samples, time of sampling (slides 12 to 18, 66)?

    python experiments/taxonomy.py            seven minutes of CPU and one for timing, beside compiling

Everything on scikit-learn's digits in black and white, 64 bits, 1,242 images for training, 200 for the choice of the
best look along a run, 355 for what is said here: small enough for likelihoods that are exact, or bounds that are near.

    MADE, PixelCNN         fully visible belief nets: exact
    RealNVP                a change of variables, of bits filled with noise: a bound
    VAE                    variational: a bound of 100 draws, and annealed importance sampling to check it
    Boltzmann, CD, PCD     14 hidden units, so that Z is a sum over 2^14 states; trained from the data, or by chains
    GSN                    a Markov chain that is learned: none
    GAN                    perceptrons, with instance noise and an R1 penalty: a bound, by annealing, on the likelihood
                           of independent bits around G(z), each flipped with the probability that suits validation best

Beside these stand real images for training, a lookup table of them (one bit in 1,000 is flipped), and a mixture of 1 %
MADE and 99 % fair coins, which costs at most log 100 = 4.6 nats. A sample is seen by `metrics.feature_network`, which
names 92 % of such test images right: FID of 1,000 samples, precision and recall of 355. The window is the likelihood of
1,000 samples, each bit flipped with the probability that suits validation best (`metrics.flip_window`): a loose bound
that all of them have. Sizes and rates were chosen on validation images and another seed: those of the models in one to
five tries by likelihood, the GAN's, its noise and its penalty in seven by FID, which favours it in that column.

What one should see (this command, 2026-11-30, one of two shared cores of an Intel Xeon with AVX-512, beside other
work), means of five seeds with 95 % intervals:

                      nats, exact or bound        window    FID                   precision   recall   s for 1,000
    VAE               −17.17 (−17.26 to −17.08)   −23.6     12.2 (11.5 to 12.9)   0.73        0.84     0.0008
    MADE              −17.42 (−17.53 to −17.30)   −22.8     10.2 (8.9 to 11.4)    0.76        0.86     0.035
    PixelCNN          −18.46 (−18.74 to −18.18)   −24.3     18.5 (15.1 to 21.9)   0.63        0.86     6.0
    Boltzmann, CD     −18.65 (−18.72 to −18.58)   −24.2     15.0 (12.7 to 17.2)   0.71        0.81     0.40
    Boltzmann, PCD    −19.18 (−19.40 to −18.96)   −24.9     23.5 (14.5 to 32.6)   0.72        0.78     0.40
    GAN               −19.51 (−19.57 to −19.45)   −22.0      7.1 (6.4 to 7.9)     0.82        0.85     0.0008
    RealNVP           −21.32 (−21.51 to −21.13)   −28.6     37.6 (34.9 to 40.2)   0.52        0.76     0.0046
    GSN                                           −29.1     46.2 (44.2 to 48.1)   0.57        0.50     0.72
    real images                                   −19.9      3.7 (3.5 to 3.8)     0.89        0.89
    lookup table      −29.55                      −20.6      4.5 (4.4 to 4.7)     0.88        0.86
    99 % coins        −22.02 (−22.14 to −21.90)   −37.4    161 (158 to 163)       0.09        0.42

Do models with good likelihood make bad samples, and the other way round (slide 66)? They can: the coins are within 0.7
nats of RealNVP with four times its FID, and the lookup table, whose samples are nearly real, has the worst likelihood.
Among the models that were trained by likelihood the two go together but for neighbours: VAE before MADE, by 0.25 nats,
and MADE before VAE by FID. The GAN is out of line: the best samples, and a bound 2.1 nats (2.0 to 2.2) below MADE's
likelihood. How much of this is the GAN's and how much the bound's is not known: by the window, which is the same for
all, it is the best of the models.

What was measured twice agrees: annealing is within 0.02 nats of the exact log Z of all ten machines, and adds 0.03
nats (−0.01 to 0.07) to the VAE's bound. Gibbs chains of 1,000 steps give the machines the FID that exact samples have.
CD is ahead of PCD here. PixelCNN overfits after a fifth of its steps, RealNVP still rises at the end of its own.

The time of four samples over that of the GAN, at 64, 256 and 1,024 pixels, medians of three turns: MADE 10, 71, 3,200;
PixelCNN 230, 3,200, 30,000, a pass for each pixel; 1,000 Gibbs steps 160, 250, 330 and 200 steps of the GSN 130, 190,
340; RealNVP 2.3, 5.4, 11; VAE 1.1, 1.3, 1.7. At 64 pixels the GAN's own time is mostly that of the call, and no pass
keeps for the next what it has computed, as it could.
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
from gangame import data, games, metrics, models
from gangame.core import Array, Key, Players, PyTree
from gangame.lab import experiment
from gangame.lab.bench.sampling import sampling_seconds
from gangame.lab.bench.turns import median_ratio
from gangame.lab.covering import followed
from gangame.lab.gan_rules import average_of_prediction, smooth_adam
from gangame.lab.intervals import interval
from gangame.lab.parts import cpu_seconds, part, part_for_each_seed
from gangame.lab.perceptrons import perceptrons

NUM_VALIDATION = 200
NUM_SHOWN = 16
NUM_ROUNDS = 3
NUM_BATCHES = 100  # of one pass each, which alone are too short for a clock
ONE_PASS = ("RealNVP", "VAE", "GAN")
SHARES = tuple(np.geomspace(0.005, 0.3, 15).tolist())
LOOKUP_FLIPS = 0.001
COINS = 0.99


class Row(NamedTuple):
    """One model without an adversary, and how it is trained.

    Attributes:
      model: of `models.MODELS`.
      sizes: arguments of its factory.
      learning_rate: of Adam.
      num_steps: a multiple of `num_looks`.
      num_chains: persistent chains, see `models.fit`.
    """

    model: str
    sizes: dict[str, Any]
    learning_rate: float
    num_steps: int
    num_chains: int = 0

    def make(self, num_pixels: int) -> models.Model:
        """Returns the model."""
        return models.MODELS[self.model](num_pixels, **self.sizes)


@dataclasses.dataclass(frozen=True)
class Setting:
    """Sizes of everything.

    Attributes:
      rows: the models by name.
      gan_hidden: widths of the hidden layers of both players.
      gan_steps: of both players.
      gan_rate: of both players.
      latent_dim: of the GAN.
      num_looks: how often the likelihood of the validation images is looked at.
      num_samples: of each model, that are judged; more than the test images.
      num_annealed: how many of the test images have their likelihood annealed.
      num_temperatures: of annealing.
      num_annealing_chains: of annealing, for each image; for a partition function ten times as many.
      sizes: of images, whose sampling is timed.
      num_timed: images that are sampled at once, at all sizes.
      num_timed_digits: images of 8×8 that are sampled at once.
    """

    rows: dict[str, Row]
    gan_hidden: tuple[int, ...] = (128, 128)
    gan_steps: int = 4500
    gan_rate: float = 1e-3
    latent_dim: int = 32
    num_looks: int = 20
    num_samples: int = 1000
    num_annealed: int = 355
    num_temperatures: int = 300
    num_annealing_chains: int = 8
    sizes: tuple[int, ...] = (8, 16, 32)
    num_timed: int = 4
    num_timed_digits: int = 1000


SETTINGS = {
    "cpu": Setting({
        "MADE": Row("made", {"hidden": (256,)}, 1e-3, 4000),
        "PixelCNN": Row("pixel_cnn", {"width": 32, "num_blocks": 4}, 2e-3, 2000),
        "RealNVP": Row("real_nvp", {"num_layers": 8, "hidden": (128,)}, 1e-3, 5000),
        "VAE": Row("vae", {"latent_dim": 16, "hidden": (200,)}, 1e-3, 6000),
        "Boltzmann, CD": Row("boltzmann", {"num_hidden": 14}, 2e-3, 10_000),
        "Boltzmann, PCD": Row("boltzmann", {"num_hidden": 14}, 2e-3, 10_000, 100),
        "GSN": Row("gsn", {"hidden": (200,), "num_steps": 200}, 1e-3, 6000),
    }),
    "tiny": Setting(
        {
            "MADE": Row("made", {"hidden": (8,)}, 1e-2, 4),
            "VAE": Row("vae", {"latent_dim": 2, "hidden": (8,), "num_draws": 2}, 1e-2, 4),
            "Boltzmann, PCD": Row("boltzmann", {"num_hidden": 3, "num_steps": 5}, 1e-2, 4, 10),
        },
        gan_hidden=(8,), gan_steps=4, latent_dim=2, num_looks=2, num_samples=400, num_annealed=2, num_temperatures=5,
        num_annealing_chains=2, sizes=(2, 4), num_timed=2, num_timed_digits=2,
    ),
}  # fmt: skip
DILUTED = "MADE, 99 % coins"
LIKELIHOODS = {
    "MADE": "exact", "PixelCNN": "exact", "RealNVP": "bound of 100 draws", "VAE": "bound of 100 draws",
    "Boltzmann, CD": "exact", "Boltzmann, PCD": "exact", "GSN": "none", "GAN": "annealed, with flips",
    "real images": "none", "lookup table": "exact", DILUTED: "exact",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Config:
    """What is trained, and over how many seeds."""

    setting: str = experiment.option("cpu", f"one of {', '.join(SETTINGS)}")
    num_seeds: int = experiment.option(5, "runs of each model, 2 or more for an interval")
    parts: str = experiment.option("", "folder for the runs that are done: a run that was cut goes on", recorded=False)

    def __post_init__(self):
        """Checks the values."""
        experiment.check_choice("setting", self.setting, SETTINGS)
        experiment.check_rows("models", SETTINGS[self.setting].rows, SETTINGS[self.setting].rows, self.num_seeds)


TINY = Config("tiny", 2)


class Digits(NamedTuple):
    """Binary images as rows `[num, 64]` of zeros and ones, who judges others, and the features of those for testing."""

    train: Array
    validation: Array
    test: Array
    judge: metrics.FeatureNetwork
    features: Array

    def judged(self, samples: Array) -> dict[str, Array]:
        """Returns FID, precision and recall of samples `[num, 64]`, their window in nats, and the first of them."""
        features = self.judge.features(2 * samples - 1)
        window = metrics.flip_window(samples, self.validation, self.test, jnp.asarray(SHARES))
        return {
            "fid": metrics.fid(self.features, features),
            **metrics.precision_recall(self.features, features[: len(self.features)]),
            "window": window["log_likelihood"],
            "flips": window["share"],
            "shown": samples[:NUM_SHOWN],
        }


def digits() -> tuple[Digits, data.Images]:
    """Returns the images, and those for training as a GAN takes them."""
    found, judge = data.images("digits"), metrics.feature_network("digits")
    train, test = (each.flat().black_and_white() for each in (found.train, found.test))
    rows, others = (each.pixels.astype(jnp.result_type(float)) for each in (train, test))
    kept = dataclasses.replace(train, pixels=train.pixels[:-NUM_VALIDATION], labels=train.labels[:-NUM_VALIDATION])
    features = jax.jit(judge.features)(2 * others - 1)
    return Digits(rows[:-NUM_VALIDATION], rows[-NUM_VALIDATION:], others, judge, features), kept


def diluted(log_likelihood: Array, num_pixels: int) -> Array:
    """Returns log((1 − c) p + c 2^−n) of log p, where a share c of the samples are coins."""
    return jnp.logaddexp(np.log1p(-COINS) + log_likelihood, np.log(COINS) - num_pixels * np.log(2))


def annealed(setting: Setting, decoder: Callable[[Array], Array], latent_dim: int, points: Array, key: Key) -> Array:
    """Returns log p(x) `[num]` of points by annealing, of a decoder from a latent to logits of independent bits."""

    def of_point(point: Array, key: Key) -> Array:
        found = metrics.annealed_importance_sampling(
            lambda latents: models.log_bernoulli(decoder(latents), point), latent_dim, key, num_leapfrog=5,
            num_steps=setting.num_temperatures, num_chains=setting.num_annealing_chains,
        )  # fmt: skip
        return found["log_evidence"]

    return jax.vmap(of_point)(points, jax.random.split(key, len(points)))


def named(row: str, found: dict[str, Array]) -> dict[str, Array]:
    """Returns the same arrays under names that begin with that of the row."""
    return {f"{row}/{what}": each for what, each in found.items()}


class Trained(NamedTuple):
    """A model after training: name, parameters, samples, and the likelihood of the test images where it has one."""

    name: str
    parameters: PyTree
    samples: Array
    log_likelihood: Array | None


def with_coins(setting: Setting, row: Row, images: Digits, trained: Trained, key: Key) -> dict[str, Array]:
    """Returns the row of a model most of whose samples are replaced by coins."""
    key_which, key_coins = jax.random.split(key)
    samples = trained.samples
    coins = jax.random.bernoulli(key_coins, 0.5, samples.shape).astype(samples.dtype)
    chosen = jax.random.bernoulli(key_which, COINS, (len(samples), 1))
    found = images.judged(jnp.where(chosen, coins, samples))
    return named(DILUTED, found | {"log_likelihood": diluted(trained.log_likelihood, samples.shape[1])})


def annealed_vae(setting: Setting, row: Row, images: Digits, trained: Trained, key: Key) -> dict[str, Array]:
    """Returns the annealed likelihood of some test images."""
    sizes = {name: row.sizes[name] for name in ("latent_dim", "hidden")}
    decoder, own = models.autoencoder(images.test.shape[1], **sizes).decoder, trained.parameters["decoder"]
    points = images.test[: setting.num_annealed]
    return {
        "VAE/annealed": annealed(setting, lambda z: decoder.apply(own, z[None])[0], sizes["latent_dim"], points, key)
    }


def both_partitions(setting: Setting, row: Row, images: Digits, trained: Trained, key: Key) -> dict[str, Array]:
    """Returns log Z, exact and annealed, and how samples are judged that need no Markov chain."""
    key_partition, key_exact = jax.random.split(key)
    own, base = trained.parameters, jnp.clip(jnp.mean(images.train, axis=0), 0.01, 0.99)
    exact = images.judged(models.exact_samples(own, key_exact, setting.num_samples))
    return named(trained.name, {
        "log_partition": models.log_partition(own),
        "annealed_log_partition": models.annealed_log_partition(
            own, jax.scipy.special.logit(base), key_partition, num_steps=10 * setting.num_temperatures,
            num_chains=10 * setting.num_annealing_chains,
        ),
        "fid_of_exact_samples": exact["fid"],
    })  # fmt: skip


BESIDES = {"made": with_coins, "vae": annealed_vae, "boltzmann": both_partitions}


def train_model(setting: Setting, name: str, images: Digits, key: Key) -> dict[str, Array]:
    """Returns what is seen of one model after training, and of some models what else they allow."""
    row = setting.rows[name]
    key_fit, key_sample, key_likelihood, key_besides = jax.random.split(key, 4)
    model = row.make(images.train.shape[1])
    parameters, looks = models.fit(
        model, images.train, images.validation, key_fit, optimizer=optax.adam(row.learning_rate),
        num_steps=row.num_steps, num_looks=setting.num_looks, num_chains=row.num_chains,
    )  # fmt: skip
    samples = model.sample(parameters, key_sample, setting.num_samples)
    found = {**images.judged(samples), "looks": looks}
    if model.log_likelihood:
        found["log_likelihood"] = model.log_likelihood(parameters, images.test, key_likelihood)
    trained = Trained(name, parameters, samples, found.get("log_likelihood"))
    besides = BESIDES[row.model](setting, row, images, trained, key_besides) if row.model in BESIDES else {}
    return named(name, found) | besides


def adversaries(setting: Setting, num_pixels: int, real: Any) -> gg.Game:
    """Returns the GAN, of perceptrons; noise and a penalty keep D from telling bits by their being bits."""
    return games.gan(
        *perceptrons(setting.latent_dim, setting.gan_hidden, num_pixels), real, latent_dim=setting.latent_dim,
        batch_size=64, cost="non_saturating", noise=0.3, penalty="r1",
    )  # fmt: skip


def bits(images: Array) -> Array:
    """Returns zeros and ones of a generator's outputs in [−1, 1]."""
    return (images > 0).astype(images.dtype)


def train_gan(setting: Setting, game: gg.Game, images: Digits, key: Key) -> dict[str, Array]:
    """Returns the same of the GAN, whose likelihood is annealed, of bits that are flipped as the window has them."""
    key_run, key_sample, key_annealing = jax.random.split(key, 3)
    rule = average_of_prediction(smooth_adam(setting.gan_rate))
    players, _ = followed(game, rule, key_run, setting.gan_steps, 1, lambda players, key: None)
    found = images.judged(bits(games.generate(game, players, key_sample, setting.num_samples)))

    def decoder(latents: Array) -> Array:
        share = found["flips"]
        return jax.scipy.special.logit(0.5 + (0.5 - share) * game.losses.generate(players, latents[None])[0])

    found["annealed"] = annealed(
        setting, decoder, setting.latent_dim, images.test[: setting.num_annealed], key_annealing
    )
    return named("GAN", found)


def references(setting: Setting, images: Digits, key: Key) -> dict[str, Array]:
    """Returns the same of images for training, and of a table of them all with a flip of a bit here and there."""
    key_real, key_table, key_flips = jax.random.split(key, 3)
    shape = (setting.num_samples,)
    real = images.judged(jax.random.choice(key_real, images.train, shape, replace=False))
    flips = jax.random.bernoulli(key_flips, LOOKUP_FLIPS, (*shape, images.train.shape[1]))
    table = images.judged(jnp.abs(jax.random.choice(key_table, images.train, shape) - flips))
    table["log_likelihood"] = metrics.flip_log_probability(images.test, images.train, LOOKUP_FLIPS)
    return named("real images", real) | named("lookup table", table)


def timed(setting: Setting) -> dict[str, np.ndarray]:
    """Returns seconds for a batch, by model, in turns: `[sizes + 1, rounds]`, the last being many images of 8×8."""

    def at(size: int, num_samples: int) -> dict[str, np.ndarray]:
        game = adversaries(setting, size**2, None)

        def from_gan(players: Players, key: Key, num_samples: int) -> Array:
            return bits(games.generate(game, players, key, num_samples))

        made = {name: row.make(size**2) for name, row in setting.rows.items()}
        pairs = {name: (model.init, model.sample) for name, model in made.items()} | {"GAN": (game.init, from_gan)}
        return sampling_seconds(pairs, num_samples, NUM_ROUNDS, dict.fromkeys(ONE_PASS, NUM_BATCHES))

    found = [at(size, setting.num_timed) for size in setting.sizes]
    found.append(at(setting.sizes[0], setting.num_timed_digits))
    return {f"{name}/seconds": np.stack([each[name] for each in found]) for name in found[0]}


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns what is seen of each model and reference, `[seeds, ...]`, and the seconds of sampling."""
    setting = SETTINGS[config.setting]
    images, real = digits()
    keys, blank = jax.random.split(key, config.num_seeds), dataclasses.replace(setting, rows={})
    game = adversaries(setting, images.train.shape[1], real)
    plays: dict[str, tuple[Callable[..., dict[str, Array]], tuple]] = {
        name: (partial(train_model, setting, name), (images,)) for name in setting.rows
    }
    plays["GAN"] = (partial(train_gan, setting), (game, images))
    plays["references"] = (partial(references, setting), (images,))
    sizes = {name: (row.model, row.sizes) for name, row in setting.rows.items()}
    arrays: dict[str, Any] = part(config.parts, "times", (sizes, blank), partial(timed, setting))
    for name, (play, held) in plays.items():
        records = part_for_each_seed(config.parts, name, (setting.rows.get(name), blank), keys, play, *held)
        records[f"{name}/cpu_seconds"] = records.pop("cpu_seconds")
        arrays |= records
        print(f"{name}: {records[f'{name}/cpu_seconds'].mean():.1f} s of CPU for a seed", file=sys.stderr)
    return arrays


def table_rows(arrays: experiment.Arrays) -> list[str]:
    """Returns the names of what was judged."""
    return [name for name in LIKELIHOODS if f"{name}/fid" in arrays]


def likelihood(arrays: experiment.Arrays, name: str) -> np.ndarray | None:
    """Returns the mean log-likelihood of the test images in nats, `[seeds]`, annealed where there is no other."""
    for what in ("log_likelihood", "annealed"):
        if f"{name}/{what}" in arrays:
            return arrays[f"{name}/{what}"].mean(axis=1)
    return None


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the table, each number with its interval over seeds, and what was measured twice."""
    setting = SETTINGS[config.setting]
    few = slice(setting.num_annealed)
    measured: dict[str, Any] = {"cpu_seconds_of_all_runs": cpu_seconds(arrays)}
    for name in table_rows(arrays):
        own = {what: arrays[f"{name}/{what}"] for what in ("fid", "precision", "recall", "window", "flips")}
        row: dict[str, Any] = {"likelihood_is": LIKELIHOODS[name]}
        found = likelihood(arrays, name)
        if found is not None:
            row["log_likelihood"] = interval(found, ".2f")
        for what, form in (("window", ".2f"), ("fid", ".1f"), ("precision", ".3f"), ("recall", ".3f")):
            row[what] = interval(own[what], form)
        row["flips"] = own["flips"].round(4)
        if f"{name}/seconds" in arrays:
            spent, base = arrays[f"{name}/seconds"], arrays["GAN/seconds"]
            row["seconds_for_1000"] = np.median(spent[-1]) * 1000 / setting.num_timed_digits
            row["times_those_of_the_gan"] = {
                f"{size}x{size}": median_ratio(one, other)
                for size, one, other in zip(setting.sizes, spent, base, strict=False)
            }
            row["cpu_seconds_of_a_run"] = arrays[f"{name}/cpu_seconds"].mean().round(1)
        if f"{name}/log_partition" in arrays:
            error = arrays[f"{name}/annealed_log_partition"] - arrays[f"{name}/log_partition"]
            row["annealed_minus_exact_log_partition"] = error
            row["fid_of_exact_samples"] = interval(arrays[f"{name}/fid_of_exact_samples"], ".1f")
        measured[name] = row
    some = {name: arrays[f"{name}/log_likelihood"][:, few].mean(axis=1) for name in ("MADE", "VAE")}
    measured[f"on the first {setting.num_annealed} test images"] = {
        "MADE, exact": interval(some["MADE"], ".2f"),
        "VAE, bound": interval(some["VAE"], ".2f"),
        "VAE, annealed minus bound": interval(arrays["VAE/annealed"].mean(axis=1) - some["VAE"], ".2f"
        ),
        "GAN, annealed minus MADE": interval(arrays["GAN/annealed"].mean(axis=1) - some["MADE"], ".2f"
        ),
    }  # fmt: skip
    return measured


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the page: samples of all, likelihood against two measures of samples, and the time of sampling."""
    setting = SETTINGS[config.setting]
    figure, axes = experiment.figure(2, 2, (13.0, 9.0), width_ratios=(1.25, 1))
    names = table_rows(arrays)
    shown = np.stack([arrays[f"{name}/shown"][0] for name in names])
    size = round(shown.shape[-1] ** 0.5)
    experiment.show_images(
        axes[0, 0], 2 * shown.reshape(*shown.shape[:2], size, size, 1) - 1, "samples of the first seed"
    )
    axes[0, 0].set_yticks((size + 2) * (np.arange(len(names)) + 0.5) - 0.5, names)
    for panel, what in ((axes[0, 1], "fid"), (axes[1, 1], "precision")):
        for number, name in enumerate(names):
            found = likelihood(arrays, name)
            if found is not None:
                style = {"color": f"C{number}", "marker": "o" if name in setting.rows or name == "GAN" else "x"}
                panel.plot(found, arrays[f"{name}/{what}"], linestyle="", label=name, **style)
        panel.axhline(arrays[f"real images/{what}"].mean(), color="black", linestyle=":", linewidth=1)
        panel.set(xlabel="log-likelihood of test images, nats", ylabel="FID" if what == "fid" else what)
    axes[0, 1].set(yscale="log", title="the best are at the lower right; dotted: real images")
    axes[0, 1].legend()
    pixels = np.square(setting.sizes)
    for number, name in enumerate(names):
        if f"{name}/seconds" in arrays:
            ratio = np.median(arrays[f"{name}/seconds"][:-1] / arrays["GAN/seconds"][:-1], axis=1)
            axes[1, 0].plot(pixels, ratio, color=f"C{number}", marker="o", label=name)
    axes[1, 0].set(
        xscale="log", yscale="log", xlabel="pixels", title="seconds for samples, over those of the GAN", xticks=pixels,
        xticklabels=pixels,
    )  # fmt: skip
    axes[1, 0].legend()
    return {"taxonomy": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
