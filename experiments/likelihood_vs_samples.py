"""Do a good likelihood and good samples go together? Four models that say no, and three ways to measure a likelihood.

    python experiments/likelihood_vs_samples.py            three minutes on one core

Everything here has a density in closed form, so that no number rests on an estimate which it judges.

Mixtures. The data are eight Gaussians with random centres in d dimensions. A sample is called good if the log density
of the data there is above its 1 % quantile, as it is for 99 % of data. After Theis et al. (2016,
https://arxiv.org/abs/1511.01844):

    data             the data's own density
    noise            1 % data, 99 % wide noise: at most log 100 = 4.6 nats below the data in any dimension, bad samples
    one mode         one of the eight Gaussians: samples as good as data, a likelihood that falls like d
    lookup table     Gaussians of sd 1/20 of the data's around 1,000 training data: the same in other clothes
    one Gaussian     mean and covariance of the data: blurred, as a fit by likelihood is
    centres          the eight centres with sd 1/20: the samples are too good

Beside the exact log-likelihood of 1,000 test data stands the Parzen window around samples of each model, its width
chosen by validation: what was published for GANs in 2014.

Digits. The decoder x = μ + Wz + σε with ε ~ N(0, I) is fitted to scikit-learn's digits by maximum likelihood
(probabilistic principal components), for which log N(x; μ, WWᵀ + σ²I) is exact; annealed importance sampling (Wu et
al. 2017, https://arxiv.org/abs/1611.04273) has to find the same number from p(x|z) alone, and bounds it from both sides
on images that the decoder made. The last decoder has the σ of the first, divided by 4.

What one should see (this command, 2026-11-24, two shared cores of an AMD EPYC): the order by likelihood and the order
by samples have little in common. In 128 dimensions, in nats with 95 % of five seeds:

                     exact                         Parzen     good samples
    data                111.1 (110.8 to 111.4)        81.2       0.99
    noise               106.5 (106.2 to 106.8)       −50.2       0.01
    one Gaussian         91.3 (91.0 to 91.7)         −20.1       0.00
    one mode         −3,639 (−3,929 to −3,349)      −148.7       0.99, of one mode in eight
    centres         −25,001 (−25,118 to −24,885)     111.1       1.00
    lookup table    −37,326 (−37,541 to −37,110)      80.4       0.99

The Parzen window follows neither order. It puts the centres 30 nats above the data themselves, and cannot tell the
lookup table from them by more than a nat.

On the digits annealing agrees with the exact number to 0.2 nat on test images for every decoder, and the two bounds are
1.6 nats apart for 30 latents, 0.1 or less for the others. The Parzen window is 11 to 27 nats too low for the fitted
decoders. For the one with a quarter of the σ, whose likelihood is lower by 377 nats, it says 3.9 in place of −373, more
than the −6.9 for the decoder with the right σ.
"""

import dataclasses
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import multivariate_normal

from gangame import data, metrics
from gangame.core import Array, Key
from gangame.data import Mixture
from gangame.lab import experiment

NUM_MODES, STD = 8, 0.1
MODELS = ("data", "noise", "one mode", "lookup table", "one Gaussian", "centres")
NARROW = 1 / 20  # the standard deviation of what is remembered, in units of the data's


@dataclasses.dataclass(frozen=True)
class Config:
    """How many dimensions, samples, and steps of annealing."""

    dimensions: tuple[int, ...] = experiment.option((2, 8, 32, 128), "d of the mixtures, each 2 or more")
    num_samples: int = experiment.option(1000, "training, validation and test data, and a model's samples; 16 or more")
    num_seeds: int = experiment.option(5, "mixtures of each dimension, 2 or more for an interval")
    decoders: tuple[int, ...] = experiment.option((2, 10, 30), "latent sizes of the digits' decoders, below 64")
    num_images: int = experiment.option(16, "images to anneal to, of each kind, 2 or more for an interval")
    num_steps: int = experiment.option(500, "temperatures, 1 or more")
    num_chains: int = experiment.option(16, "chains for each image, 1 or more")

    def __post_init__(self):
        """Checks the values."""
        if not self.dimensions or min(self.dimensions) < 2:
            raise ValueError(f"dimensions is {self.dimensions}; each has to be 2 or more, and there has to be one.")
        if not self.decoders or not all(1 <= size < 64 for size in self.decoders):
            raise ValueError(f"decoders is {self.decoders}; each has to be from 1 to 63, and there has to be one.")
        if self.num_samples < 16 or min(self.num_seeds, self.num_images) < 2:
            raise ValueError(
                f"num_samples is {self.num_samples}, num_seeds {self.num_seeds} and num_images {self.num_images}; they "
                "have to be at least 16, 2 and 2."
            )
        if min(self.num_steps, self.num_chains) < 1:
            raise ValueError(
                f"num_steps is {self.num_steps} and num_chains is {self.num_chains}; each has to be 1 or more."
            )


TINY = Config(dimensions=(32,), num_samples=200, num_seeds=2, decoders=(2,), num_images=2, num_steps=100, num_chains=8)


class Model(NamedTuple):
    """A density that one can draw from.

    Attributes:
      log_density: `[num_points]` nats, of points `[num_points, d]`.
      sample: `sample(key, num_samples) -> [num_samples, d]`.
    """

    log_density: Callable[[Array], Array]
    sample: Callable[[Key, int], Array]


def mixture_model(mixture: Mixture) -> Model:
    """Returns the model that a mixture is."""
    return Model(lambda points: jax.lax.map(mixture.log_density, points, batch_size=50), mixture)


def gaussian_model(mean: Array, covariance: Array) -> Model:
    """Returns the normal model."""
    root = jnp.linalg.cholesky(covariance)
    return Model(
        lambda points: multivariate_normal.logpdf(points, mean, covariance),
        lambda key, number: mean + jax.random.normal(key, (number, len(mean))) @ root.T,
    )


def diluted(model: Model, noise: Model, share: float = 0.01) -> Model:
    """Returns the mixture of `share` of one model and for the rest another."""

    def log_density(points: Array) -> Array:
        parts = jnp.log(share) + model.log_density(points), jnp.log1p(-share) + noise.log_density(points)
        return jnp.logaddexp(*parts)

    def sample(key: Key, number: int) -> Array:
        key_which, key_model, key_noise = jax.random.split(key, 3)
        chosen = jax.random.bernoulli(key_which, share, (number, 1))
        return jnp.where(chosen, model.sample(key_model, number), noise.sample(key_noise, number))

    return Model(log_density, sample)


def equal(centers: Array, std: float) -> Mixture:
    """Returns the mixture of equal weights around centres `[modes, d]`."""
    return Mixture(centers, jnp.asarray(std), jnp.full(len(centers), 1 / len(centers)))


def models_of(truth: Mixture, train: Array) -> dict[str, Model]:
    """Returns the models of the head of this file, from the data's density and training data `[n, d]`."""
    own, size = mixture_model(truth), train.shape[1]
    wide = gaussian_model(jnp.mean(train, axis=0), 4 * jnp.var(train) * jnp.eye(size))
    spread = truth.centers - jnp.mean(truth.centers, axis=0)
    covariance = spread.T @ spread / len(spread) + truth.std**2 * jnp.eye(size)
    return {
        "data": own,
        "noise": diluted(own, wide),
        "one mode": mixture_model(equal(truth.centers[:1], truth.std)),
        "lookup table": mixture_model(equal(train, NARROW * truth.std)),
        "one Gaussian": gaussian_model(jnp.mean(truth.centers, axis=0), covariance),
        "centres": mixture_model(equal(truth.centers, NARROW * truth.std)),
    }


def judge(model: Model, truth: Mixture, bar: Array, validation: Array, test: Array, key: Key) -> dict[str, Array]:
    """Returns exact and Parzen log-likelihood of test data, share of good samples, and share of the modes they cover.

    Args:
      model: whom to judge.
      truth: the data's density.
      bar: the log density of the data above which a sample is good, a scalar.
      validation: data to choose the window by, `[n, d]`.
      test: other data, `[n, d]`.
      key: draws the samples.
    """
    samples = model.sample(key, len(test))
    good = truth.log_density(samples) >= bar
    squared = jnp.sum((samples[:, None] - truth.centers) ** 2, axis=-1)
    covered = jnp.any(good[:, None] & jax.nn.one_hot(jnp.argmin(squared, axis=1), NUM_MODES, dtype=bool), axis=0)
    widths = STD * jnp.geomspace(0.1, 10.0, 21)
    return {
        "log_likelihood": jnp.mean(model.log_density(test)),
        "parzen": metrics.parzen_window(samples, validation, test, widths)["log_likelihood"],
        "good": jnp.mean(good),
        "modes": jnp.mean(covered),
    }


def judge_all(config: Config, size: int, key: Key) -> dict[str, Array]:
    """Returns what `judge` says of all models in one dimension and for one seed, `[models]` each."""
    key_centers, key_bar, key_train, key_validation, key_test, *keys = jax.random.split(key, 5 + len(MODELS))
    truth = equal(jax.random.uniform(key_centers, (NUM_MODES, size), minval=-1.0), STD)
    bar = jnp.quantile(truth.log_density(truth(key_bar, 10_000)), 0.01)
    train, validation, test = (truth(each, config.num_samples) for each in (key_train, key_validation, key_test))
    found = [
        judge(model, truth, bar, validation, test, each)
        for model, each in zip(models_of(truth, train).values(), keys, strict=True)
    ]
    return {name: jnp.stack([each[name] for each in found]) for name in found[0]}


class Decoder(NamedTuple):
    """x = μ + W z + σ ε.

    Attributes:
      mean: μ, `[features]`.
      matrix: W, `[features, latents]`.
      sigma: σ, a scalar.
    """

    mean: Array
    matrix: Array
    sigma: Array

    def model(self) -> Model:
        """Returns the density of x, with z integrated out."""
        return gaussian_model(self.mean, self.matrix @ self.matrix.T + self.sigma**2 * jnp.eye(len(self.mean)))

    def conditional(self, image: Array) -> Callable[[Array], Array]:
        """Returns z ↦ log p(image|z)."""

        def log_likelihood(latents: Array) -> Array:
            gap = (image - self.mean - self.matrix @ latents) / self.sigma
            return -jnp.sum(gap**2) / 2 - len(image) * (jnp.log(self.sigma) + jnp.log(2 * jnp.pi) / 2)

        return log_likelihood


def fitted(train: Array, num_latents: int) -> Decoder:
    """Returns the decoder of the largest likelihood of images `[n, features]`.

    With the eigenvalues λ of the covariance and the eigenvectors U, σ² is the mean of those left out, and
    W = U (Λ − σ² I)^½ (Tipping, Bishop, "Probabilistic Principal Component Analysis", 1999,
    https://doi.org/10.1111/1467-9868.00196).
    """
    mean = jnp.mean(train, axis=0)
    gap = train - mean
    values, vectors = jnp.linalg.eigh(gap.T @ gap / len(train))
    square = jnp.mean(values[:-num_latents])
    return Decoder(mean, vectors[:, -num_latents:] * jnp.sqrt(values[-num_latents:] - square), jnp.sqrt(square))


def decoders(config: Config, train: Array) -> dict[str, Decoder]:
    """Returns the decoders of the head of this file."""
    found = {f"{size} latents": fitted(train, size) for size in config.decoders}
    first = next(iter(found.values()))
    return {**found, f"{config.decoders[0]} latents, σ/4": first._replace(sigma=first.sigma / 4)}


def pixels(images: data.Images) -> Array:
    """Returns images as rows `[n, features]` in [0, 1], with noise of a grey level so that they have a density."""
    levels = jnp.asarray(images.flat().pixels, float)
    return (levels + jax.random.uniform(jax.random.key(len(levels)), levels.shape)) / (images.white + 1)


def weigh(config: Config, decoder: Decoder, images: dict[str, Array], key: Key) -> dict[str, Array]:
    """Returns what exact density, annealing and Parzen window say of a decoder.

    Annealing goes to `num_images` test images, and from both sides to as many images of the decoder, `[num_images]`.
    """
    key_parzen, key_latents, key_noise, key_annealing, key_both = jax.random.split(key, 5)
    number, exact = config.num_images, decoder.model().log_density
    settings = {"num_steps": config.num_steps, "num_chains": config.num_chains}
    some = images["test"][:number]

    def anneal(image: Array, key: Key) -> Array:
        found = metrics.annealed_importance_sampling(
            decoder.conditional(image), decoder.matrix.shape[1], key, **settings
        )
        return found["log_evidence"]

    latents = jax.random.normal(key_latents, (number, decoder.matrix.shape[1]))
    noise = jax.random.normal(key_noise, (number, len(decoder.mean)))
    own = decoder.mean + latents @ decoder.matrix.T + decoder.sigma * noise

    def from_both_sides(image: Array, latents: Array, key: Key) -> dict[str, Array]:
        return metrics.bidirectional_bounds(decoder.conditional(image), latents, key, **settings)

    samples = decoder.model().sample(key_parzen, 10 * config.num_samples)
    widths = jnp.geomspace(0.02, 1.0, 24)
    parzen = metrics.parzen_window(samples, images["validation"], images["test"], widths)
    bounds = jax.vmap(from_both_sides)(own, latents, jax.random.split(key_both, number))
    return {
        "exact": exact(images["test"]),
        "exact_own": exact(own),
        "annealed": jax.vmap(anneal)(some, jax.random.split(key_annealing, number)),
        "parzen": parzen["log_likelihood"],
        "parzen_error": parzen["error"],
        **bounds,
    }


def run(config: Config, key: Key) -> dict[str, Array]:
    """Returns what is said of mixtures, `[seeds, models]` for each dimension, and of decoders."""
    key_mixtures, key_digits = jax.random.split(key)
    arrays: dict[str, Array] = {}
    for size in config.dimensions:
        keys = jax.random.split(jax.random.fold_in(key_mixtures, size), config.num_seeds)
        found = jax.jit(partial(jax.lax.map, partial(judge_all, config, size)))(keys)
        arrays |= {f"mixture/{size}/{name}": each for name, each in found.items()}
    digits = data.images("digits")
    train, test = pixels(digits.train), pixels(digits.test)
    images = {"validation": train[-200:], "test": test}
    weighed = jax.jit(partial(weigh, config))
    for index, (name, decoder) in enumerate(decoders(config, train[:-200]).items()):
        found = weighed(decoder, images, jax.random.fold_in(key_digits, index))
        arrays |= {f"digits/{name}/{what}": each for what, each in found.items()}
    return arrays


def digit_names(config: Config) -> list[str]:
    """Returns the names of the decoders."""
    return [f"{size} latents" for size in config.decoders] + [f"{config.decoders[0]} latents, σ/4"]


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns both tables, each number with its 95 % interval: over seeds, or over images."""
    mixtures = {
        f"{size} dimensions": {
            model: {
                name: metrics.mean_interval(arrays[f"mixture/{size}/{name}"][:, index])
                for name in ("log_likelihood", "parzen", "good", "modes")
            }
            for index, model in enumerate(MODELS)
        }
        for size in config.dimensions
    }
    digits = {}
    for name in digit_names(config):
        own = {what: arrays[f"digits/{name}/{what}"] for what in ("exact", "annealed", "lower", "upper", "exact_own")}
        digits[name] = {
            "exact": metrics.mean_interval(own["exact"]),
            "parzen": arrays[f"digits/{name}/parzen"],
            "parzen_standard_error": arrays[f"digits/{name}/parzen_error"],
            "annealed_minus_exact": metrics.mean_interval(own["annealed"] - own["exact"][: config.num_images]),
            "lower_minus_exact": metrics.mean_interval(own["lower"] - own["exact_own"]),
            "upper_minus_exact": metrics.mean_interval(own["upper"] - own["exact_own"]),
        }
    return {"mixtures_nats_and_shares": mixtures, "digits_nats": digits}


COLORS = ("#555555", "#d55e00", "#0072b2", "#009e73", "#e69f00", "#cc79a7")


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: samples against likelihood, Parzen against likelihood, and the digits."""
    figure, (left, middle, right) = experiment.figure(1, 3, (13.5, 4.3))
    size = config.dimensions[-1]
    found = {
        name: arrays[f"mixture/{size}/{name}"].mean(axis=0) / size for name in ("log_likelihood", "parzen", "good")
    }
    for index, (model, color) in enumerate(zip(MODELS, COLORS, strict=True)):
        exact = found["log_likelihood"][index]
        left.plot(exact, found["good"][index] * size, "o", color=color, markersize=9, label=model)
        middle.plot(exact, found["parzen"][index], "o", color=color, markersize=9)
    left.set(ylabel="share of good samples", title=f"{size} dimensions: two orders", ylim=(-0.05, 1.05))
    left.legend(loc="center left")
    middle.set(ylabel="Parzen window, nats per dimension", title="and a third")
    for axes in (left, middle):
        axes.set(xlabel="exact log-likelihood, nats per dimension")
        axes.set_xscale("symlog", linthresh=1.0)
    names = digit_names(config)
    places = np.arange(len(names))
    exact = [arrays[f"digits/{name}/exact"].mean() for name in names]
    annealed = [
        arrays[f"digits/{name}/exact"].mean()
        + np.mean(arrays[f"digits/{name}/annealed"] - arrays[f"digits/{name}/exact"][: config.num_images])
        for name in names
    ]
    parzen = [arrays[f"digits/{name}/parzen"] for name in names]
    for shift, (what, values) in enumerate({"exact": exact, "annealed": annealed, "Parzen": parzen}.items()):
        right.bar(places + (shift - 1) * 0.27, values, 0.25, color=COLORS[shift], label=what)
    right.axhline(0, color="black", linewidth=0.8)
    right.set_xticks(places, names, rotation=15)
    right.set(ylabel="nats", title="Digits: log-likelihood of test images")
    right.set_yscale("symlog", linthresh=100)
    right.legend()
    return {"likelihoods": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__], x64=True)
