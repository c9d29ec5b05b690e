"""Does a GAN make waves in one pass as well as a model that makes them number by number, and how much faster?

    python experiments/waveforms.py                a minute and a half of CPU, beside compiling

Waves of 64 numbers: a plucked tone with two overtones, of any pitch and phase, that dies away. A GAN of perceptrons
makes all numbers at once, as the tutorial says of GANs (slide 18). An autoregressive model, as WaveNet is (slide 14),
makes one after the other: a perceptron of the same widths sees the last 24 and says which of 64 levels comes next; it
has no adversary and learns by maximum likelihood, for as many steps, with Adam at four times the rate of the GAN's,
which falls to 0 along a cosine, and with the usual β₁ = 0.9, where the GAN's players have 0.5. Distances from data are
sliced Wasserstein distances, of the waves and of their log power spectra, beside those of fresh data and of fresh data
that are rounded to the levels. The time is that of compiled programs on the CPU, for one wave and for many at once, in
turns, as the median of five rounds; trained or not is all the same to it.

What one should see (2026-11-30, two shared cores of an Intel Xeon with AVX-512, 74 s of CPU time for three seeds of
3,000 steps), as means over seeds with 95 % intervals:

                            of waves                      of log spectra
    GAN                     0.053 (0.037 to 0.070)        0.39 (0.31 to 0.47)
    autoregressive          0.024 (0.022 to 0.026)        0.27 (0.22 to 0.31)
    fresh data              0.015 (0.014 to 0.016)        0.06 (0.03 to 0.09)
    fresh data, rounded     0.015 (0.014 to 0.016)        0.06 (0.04 to 0.08)

    milliseconds            one wave of 64    of 1,024    64 waves of 64    of 1,024
    GAN                     0.030             0.046       0.094             0.28
    autoregressive          0.35              4.3         10                154

So the autoregressive model is nearer to the data, above the floor of fresh data by a quarter of what the GAN is in
waves and by three fifths in spectra, at 1.88 nats a number, a likelihood that the GAN does not have. The GAN is faster
by 12 to 94 times for one wave, where its time is mostly that of the call, and by 107 to 556 times for many at once, the
more the longer the waves. In the picture the GAN's waves are rough, which their spectra say. Equal steps are not equal
work: the autoregressive model learns from each number of a wave by itself, and a step of it takes far longer.
"""

import dataclasses
import sys
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.tree_util import Partial

import gangame as gg
from gangame import games, metrics, nets, rules
from gangame.core import Array, Batch, Key, Players
from gangame.games.attacks import cross_entropy
from gangame.lab import experiment
from gangame.lab.bench.sampling import sampling_seconds
from gangame.lab.bench.turns import median_ratio
from gangame.lab.intervals import interval
from gangame.lab.parts import cpu_seconds, part_for_each_seed
from gangame.lab.perceptrons import perceptrons
from gangame.ranges import check_positive, check_whole

LENGTH, LATENT_DIM, NUM_SHOWN, NUM_ROUNDS = 64, 16, 4, 5
MODELS = ("GAN", "autoregressive")
NUM_BATCHES = {"GAN": 1000, "autoregressive": 10}  # in a turn, since one alone is too short for a clock
SETS = (*MODELS, "fresh data", "rounded data")


class Setting(NamedTuple):
    """Sizes of everything.

    Attributes:
      hidden: widths of the hidden layers of all networks.
      context: how many numbers the autoregressive model looks back.
      levels: to how many numbers it rounds.
      batch_size: waves in a step.
      num_steps: of each model.
      num_samples: how many waves are judged.
      lengths: of waves that are timed.
      num_timed: how many waves are made at once when timed, besides one.
    """

    hidden: tuple[int, ...]
    context: int
    levels: int
    batch_size: int
    num_steps: int
    num_samples: int
    lengths: tuple[int, ...]
    num_timed: int


SETTINGS = {
    "cpu": Setting((128, 128), 24, 64, 64, 3000, 2000, (64, 256, 1024), 64),
    "tiny": Setting((4,), 3, 4, 4, 3, 20, (8, 16), 2),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """How long both learn, and over how many seeds."""

    setting: str = experiment.option("cpu", f"one of {', '.join(SETTINGS)}")
    num_seeds: int = experiment.option(3, "models of each kind, 2 or more for an interval")
    learning_rate: float = experiment.option(
        5e-4, "of Adam with β₁ = 0.5 for the GAN, a quarter of where the other's cosine begins, above 0"
    )
    parts: str = experiment.option("", "folder for the models that are done: a cut run goes on", recorded=False)

    def __post_init__(self):
        """Checks the values."""
        experiment.check_choice("setting", self.setting, SETTINGS)
        check_positive(learning_rate=self.learning_rate)
        check_whole(self.num_seeds, "num_seeds", 2)


TINY = Config("tiny", 2)


def plucked(key: Key, num_samples: int) -> Array:
    """Returns waves `[num_samples, LENGTH]` in [−0.95, 0.95]: a pitch, two overtones, and a sound that dies away.

    Two to six periods fit into a wave; phases are uniform, overtones have up to 0.6 and 0.3 of the amplitude.
    """
    keys = jax.random.split(key, 5)
    time = jnp.arange(LENGTH) / LENGTH
    pitch = jax.random.uniform(keys[0], (num_samples, 1), minval=2.0, maxval=6.0)
    phases = jax.random.uniform(keys[1], (num_samples, 3, 1), maxval=2 * np.pi)
    most = jnp.array([1.0, 0.6, 0.3])[:, None]
    amplitudes = most * jax.random.uniform(keys[2], (num_samples, 3, 1)).at[:, 0].set(1.0)
    decay = jax.random.uniform(keys[3], (num_samples, 1), minval=0.5, maxval=3.0)
    turns = 2 * np.pi * jnp.arange(1, 4)[:, None] * (pitch * time)[:, None]
    waves = jnp.exp(-decay * time) * jnp.sum(amplitudes * jnp.sin(turns + phases), axis=1)
    return 0.95 * waves / jnp.max(jnp.abs(waves), axis=1, keepdims=True)


class Autoregressive(NamedTuple):
    """log p(x) = Σ log p(x_t | x_{t−c}, ..., x_{t−1}) of numbers that are rounded to levels.

    Attributes:
      network: from the last c numbers, 0 where there are none yet, to the logits of the levels.
      context: c.
      levels: how many, evenly spaced in [−1, 1].
    """

    network: nets.Network
    context: int
    levels: int

    def rounded(self, waves: Array) -> Array:
        """Returns the level of each number, of the form of the waves."""
        return jnp.round((waves + 1) / 2 * (self.levels - 1)).astype(jnp.int32)

    def values(self, levels: Array) -> Array:
        """Returns the numbers of levels."""
        return 2 * levels.astype(jnp.result_type(float)) / (self.levels - 1) - 1

    def surprise(self, parameters: Any, levels: Array) -> Array:
        """Returns −log p of waves of levels `[batch, length]`, in nats, `[batch]`."""
        values = jnp.pad(self.values(levels), ((0, 0), (self.context, 0)))
        places = jnp.arange(levels.shape[1])[:, None] + jnp.arange(self.context)
        logits = self.network.apply(parameters, values[:, places].reshape(-1, self.context))
        return jnp.sum(cross_entropy(logits, levels.reshape(-1)).reshape(levels.shape), axis=1)

    def sample(self, parameters: Any, key: Key, num_samples: int, length: int) -> Array:
        """Returns levels `[num_samples, length]`, one after the other."""

        def step(seen: Array, key: Key) -> tuple[Array, Array]:
            level = jax.random.categorical(key, self.network.apply(parameters, seen)).astype(jnp.int32)
            return jnp.concatenate([seen[:, 1:], self.values(level)[:, None]], axis=1), level

        start = jnp.zeros((num_samples, self.context))
        return jax.lax.scan(step, start, jax.random.split(key, length))[1].T


def autoregressive(setting: Setting) -> Autoregressive:
    """Returns the model of a setting."""
    network = nets.mlp(setting.context, setting.hidden, setting.levels, activation="leaky_relu", init="glorot")
    return Autoregressive(network, setting.context, setting.levels)


def likelihood_game(setting: Setting) -> gg.Game:
    """Returns the game of one player, who learns the waves by maximum likelihood."""
    model = autoregressive(setting)

    def losses(players: Players, batch: Batch) -> dict[str, Array]:
        return {"model": jnp.mean(model.surprise(players["model"], batch))}

    return gg.Game(
        lambda key: {"model": model.network.init(key)},
        lambda key: model.rounded(plucked(key, setting.batch_size)), losses,
    )  # fmt: skip


def gan_game(setting: Setting) -> gg.Game:
    """Returns the GAN of two perceptrons, that makes a wave in one pass."""
    return games.gan(
        *perceptrons(LATENT_DIM, setting.hidden, LENGTH), Partial(plucked), latent_dim=LATENT_DIM,
        batch_size=setting.batch_size, cost="non_saturating",
    )  # fmt: skip


def spectra(waves: Array) -> Array:
    """Returns log power spectra of waves `[n, length]`, `[n, length/2 + 1]`."""
    return jnp.log(jnp.abs(jnp.fft.rfft(waves)) ** 2 + 1e-2)


def judged(waves: Array, key: Key) -> dict[str, Array]:
    """Returns sliced Wasserstein distances from fresh data: of waves, and of their spectra."""
    key_data, key_waves, key_spectra = jax.random.split(key, 3)
    real = plucked(key_data, len(waves))
    return {
        "waves": metrics.sliced_wasserstein(real, waves, key_waves),
        "spectra": metrics.sliced_wasserstein(spectra(real), spectra(waves), key_spectra),
    }


def learned(config: Config, key: Key) -> dict[str, Array]:
    """Returns how far the samples of both models, and data, are from data; a few waves; and the test likelihood.

    All are held against the same data, by the same slices.
    """
    setting = SETTINGS[config.setting]
    uses = ("GAN", "model", "waves of the GAN", "waves of the model", "fresh", "test")
    keys = dict(zip(uses, jax.random.split(key, len(uses)), strict=True))
    game, model = gan_game(setting), autoregressive(setting)
    rule = rules.simultaneous(optax.adam(config.learning_rate, b1=0.5))
    players = gg.play(game, rule, keys["GAN"], setting.num_steps).players
    rule = rules.simultaneous(optax.adam(optax.cosine_decay_schedule(4 * config.learning_rate, setting.num_steps)))
    parameters = gg.play(likelihood_game(setting), rule, keys["model"], setting.num_steps).players["model"]
    fresh = plucked(keys["fresh"], setting.num_samples)
    sets = {
        "GAN": games.generate(game, players, keys["waves of the GAN"], setting.num_samples),
        "autoregressive": model.values(
            model.sample(parameters, keys["waves of the model"], setting.num_samples, LENGTH)
        ),
        "fresh data": fresh,
        "rounded data": model.values(model.rounded(fresh)),
    }
    found = {f"{name}/{what}": far for name, each in sets.items() for what, far in judged(each, keys["test"]).items()}
    found |= {f"{name}/shown": each[:NUM_SHOWN] for name, each in sets.items()}
    return found | {"nats": jnp.mean(model.surprise(parameters, model.rounded(fresh))) / LENGTH}


def timed(setting: Setting) -> dict[str, np.ndarray]:
    """Returns the seconds that waves take before training, `[lengths, (one wave, num_timed waves), rounds]`."""
    model = autoregressive(setting)

    def at(length: int, num_waves: int) -> dict[str, np.ndarray]:
        generator, _ = perceptrons(LATENT_DIM, setting.hidden, length)

        def in_one_pass(own: Any, key: Key, num_samples: int) -> Array:
            return generator.apply(own, jax.random.normal(key, (num_samples, LATENT_DIM)))

        def one_by_one(own: Any, key: Key, num_samples: int) -> Array:
            return model.values(model.sample(own, key, num_samples, length))

        samplers = {"GAN": (generator.init, in_one_pass), "autoregressive": (model.network.init, one_by_one)}
        return sampling_seconds(samplers, num_waves, NUM_ROUNDS, NUM_BATCHES)

    found = [[at(length, number) for number in (1, setting.num_timed)] for length in setting.lengths]
    return {f"{name}/seconds": np.array([[each[name] for each in row] for row in found]) for name in MODELS}


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns distances `[seeds]`, waves of the first seed, and the time that samples take."""
    setting = SETTINGS[config.setting]
    keys = jax.random.split(key, config.num_seeds)
    about = (setting, config.learning_rate)
    arrays = part_for_each_seed(config.parts, "waves", about, keys, lambda key: learned(config, key))
    arrays = {name: each[0].astype(np.float16) if name.endswith("shown") else each for name, each in arrays.items()}
    return {**arrays, **timed(setting)}


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns distances with 95 % intervals over seeds, and times."""
    setting = SETTINGS[config.setting]
    slow, quick = (arrays[f"{name}/seconds"] for name in reversed(MODELS))
    return {
        "cpu_seconds": cpu_seconds({"all/cpu_seconds": arrays["cpu_seconds"]}),
        "distance from data": {
            name: {what: interval(arrays[f"{name}/{what}"], ".4f") for what in ("waves", "spectra")} for name in SETS
        },
        "nats of a number, autoregressive, fresh data": interval(arrays["nats"], ".3f"),
        "milliseconds for one wave, and for many at once": {
            name: {
                f"length {length}": (1e3 * np.median(arrays[f"{name}/seconds"][row], axis=-1)).round(4)
                for row, length in enumerate(setting.lengths)
            }
            for name in MODELS
        },
        "how many times as long the autoregressive model takes": {
            f"length {length}": [
                round(median_ratio(one, other), 1) for one, other in zip(slow[row], quick[row], strict=True)
            ]
            for row, length in enumerate(setting.lengths)
        },
    }


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: waves, and the time that they take."""
    figure, axes = experiment.figure(1, 4, (14.0, 3.2))
    for panel, name in zip(axes, ("fresh data", *MODELS), strict=False):
        for row, wave in enumerate(arrays[f"{name}/shown"]):
            panel.plot(wave - 2.2 * row, color="#0072b2", linewidth=1)
        panel.set(title=name, yticks=[], xlabel="time")
    lengths = SETTINGS[config.setting].lengths
    for name, color in zip(MODELS, ("#0072b2", "#d55e00"), strict=True):
        for place, style in enumerate(("o-", "s--")):
            label = f"{name}, {('one', 'many at once')[place]}"
            axes[3].plot(
                lengths, np.median(arrays[f"{name}/seconds"][:, place], axis=-1), style, color=color, label=label
            )
    axes[3].set(xscale="log", yscale="log", xlabel="length", ylim=(1e-5, 30), title="seconds of CPU")
    axes[3].legend()
    return {"waves": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
