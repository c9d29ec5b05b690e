"""What is wrong with a GAN while it trains: its vital signs, and the regime that they show, in words."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gangame.calculus import own_gradient
from gangame.core import Array, Game, Key, Players, PyTree
from gangame.metrics.duplicates import duplicates
from gangame.metrics.missing import missing_share

REGIMES = (
    "balanced", "discriminator too strong", "generator too strong", "collapsed", "oscillating", "diverged",
)  # fmt: skip
STRONG = 0.95
"""Accuracy of a discriminator above which hardly a sample passes for data."""
WEAK = 0.4
"""Accuracy below which it has fallen behind the generator: guessing would be better."""
COLLAPSED = 3.0
"""Concentration of samples above which two thirds of the data are missing."""
MISSING = 0.5
"""Share of the data that samples may leave out."""
FREE = ("wasserstein", "relativistic", "relativistic_average")
"""Costs that do not change as a constant is added to the discriminator's output."""
FAR = 100.0
"""Distance from the data, in their standard deviations, at which a generator has left them for good."""
SWING = 0.1
"""Amplitude, in standard deviations of the data, below which a movement of the samples is no oscillation."""
LEAST_PERIODS = 3
LEVEL = 0.01


def vital_signs(game: Game, *, num_samples: int = 512) -> Callable[[Players, Key], dict[str, Array]]:
    """Returns what to record of a GAN while it trains, to be given to `play` as `observe`.

    Args:
      game: made by `games.gan`, or one of the games made with it.
      num_samples: how many data and samples are looked at, 2 or more; a multiple of the packing.

    Returns:
      `observe(players, key)`, a dict of

      - `generator` and `discriminator`: their losses, and `at_equilibrium` (`[2]`, in this order): what they would be
        were samples like data and the discriminator at its best;
      - `accuracy`: how often the discriminator is right, half of the points being data, in [0, 1]; ½ at equilibrium,
        for whoever cannot say is right in half of the cases. A critic whose output has a free constant (Wasserstein,
        relativistic) says "data" above the middle of its means. Points are seen without instance noise;
      - `jensen_shannon`: log 2 − (cross-entropy)/2, a lower bound of the Jensen–Shannon divergence in expectation, in
        nats and at most log 2; for costs whose logit is log p_data/p_g only;
      - `gradient`: the norm of the generator's gradient, over all of its parameters;
      - `duplicates` and `concentration`: see `metrics.duplicates`;
      - `missing`: see `metrics.missing_share`;
      - `offset`: `[2]`, the mean of the samples less that of the data along two fixed directions, in standard
        deviations of the data.

    Raises:
      ValueError: no GAN, or a number outside its range.

    Source: Goodfellow, "NIPS 2016 Tutorial: Generative Adversarial Networks", 2016, https://arxiv.org/abs/1701.00160,
    for the equilibrium; Arjovsky, Bottou, "Towards Principled Methods for Training Generative Adversarial Networks",
    2017, https://arxiv.org/abs/1701.04862, for the estimate of the divergence and its gradient.

    Example:
      >>> from gangame import games
      >>> game = games.mixture(hidden=(8,))
      >>> signs = vital_signs(game)(game.init(jax.random.key(0)), jax.random.key(1))
      >>> print(sorted(signs))  # doctest: +NORMALIZE_WHITESPACE
      ['accuracy', 'at_equilibrium', 'concentration', 'discriminator', 'duplicates', 'generator', 'gradient',
       'jensen_shannon', 'missing', 'offset']
    """
    # networks come with these, and analysis is light without
    from gangame.games.costs import INDIFFERENT, LOGISTIC, optimal_logit
    from gangame.games.gan import GanLosses, GanSample
    from gangame.games.packing import packed

    losses, sample = game.losses, game.sample
    if not isinstance(losses, GanLosses) or not isinstance(sample, GanSample):
        raise ValueError("This game has no generator and discriminator to examine; only games made by games.gan have.")
    if num_samples < 2 or num_samples % losses.packing:
        raise ValueError(
            f"num_samples is {num_samples}; it has to be 2 or more, and a multiple of the packing, {losses.packing}."
        )

    def observe(players: Players, key: Key) -> dict[str, Array]:
        key_batch, key_data, key_latents = jax.random.split(key, 3)
        batch = sample(key_batch)
        paid, rest = losses(players, batch), losses.at_equilibrium()
        real = sample.data(key_data, num_samples)
        fake = losses.generate(players, sample.latents(key_latents, num_samples))
        logits = [losses.logits(players, packed(points, losses.packing)) for points in (real, fake)]
        if losses.cost in FREE:
            zero = (jnp.mean(logits[0]) + jnp.mean(logits[1])) / 2
        else:
            zero = jnp.full(1, INDIFFERENT[losses.cost], real.dtype)
            zero = zero if losses.labels is None else optimal_logit(zero, *losses.labels)
        right = [jnp.sign(logits[0] - zero), jnp.sign(zero - logits[1])]
        flat = [points.reshape(num_samples, -1) for points in (real, fake)]
        signs = {
            **paid,
            "at_equilibrium": jnp.stack([rest["generator"], rest["discriminator"]]),
            "accuracy": (1 + jnp.mean(jnp.stack(right), dtype=real.dtype)) / 2,
            "gradient": _norm(own_gradient(game, "generator", players, batch)[1]),
            **duplicates(flat[1], flat[0]),
            "missing": missing_share(flat[1], flat[0]),
            "offset": _offset(*flat),
        }
        if losses.cost in LOGISTIC:
            entropy = jnp.mean(jax.nn.softplus(-logits[0])) + jnp.mean(jax.nn.softplus(logits[1]))
            signs["jensen_shannon"] = jnp.log(2.0).astype(entropy.dtype) - entropy / 2
        return signs

    return observe


def _norm(tree: PyTree) -> Array:
    return jnp.sqrt(sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(tree)))


def _offset(real: Array, fake: Array) -> Array:
    directions = jax.random.rademacher(jax.random.key(0), (real.shape[1], 2), real.dtype)
    along = real @ directions
    return (jnp.mean(fake @ directions, axis=0) - jnp.mean(along, axis=0)) / jnp.std(along, axis=0)


class Diagnosis(NamedTuple):
    """The regime that a GAN trains in.

    Attributes:
      regime: one of `REGIMES`.
      reason: the sign that says so, in a sentence.
    """

    regime: str
    reason: str

    def __str__(self) -> str:
        """Returns both."""
        return f"{self.regime}: {self.reason}"


def diagnose(records: Mapping[str, Array]) -> Diagnosis:
    """Returns the regime that a GAN trains in, by the second half of what `vital_signs` has recorded.

    In this order, since each hides those after it:

    - diverged: a sign is not finite, or samples are 100 standard deviations away from the data;
    - collapsed: samples leave out half of the data, or lie three times as densely as these do;
    - discriminator too strong: it is right in more than 95 % of the cases;
    - generator too strong: the discriminator is right in less than 40 % of the cases, and leads it nowhere;
    - oscillating: the mean of the samples goes to and fro, at least three times and by a tenth of a standard deviation,
      and one frequency holds more of the power than it would in noise (Fisher's test at the level 0.01);
    - balanced: none of these.

    Args:
      records: by name, `[num_records, ...]`, of one seed; 16 records or more, since an oscillation takes as many.

    Raises:
      ValueError: too few records, or none of `vital_signs`.

    Source: Fisher, "Tests of significance in harmonic analysis", 1929, https://doi.org/10.1098/rspa.1929.0151.

    Example:
      >>> from gangame import games, play, rules
      >>> game = games.mixture(hidden=(8,))
      >>> key = jax.random.key(0)
      >>> run = play(game, rules.simultaneous(1e10), key, 20, observe=vital_signs(game))
      >>> print(diagnose(run.records).regime)
      diverged
    """
    needed = ("accuracy", "concentration", "gradient", "missing", "offset")
    if lacking := [name for name in needed if name not in records]:
        raise ValueError(f"The records lack {', '.join(lacking)}; record analysis.vital_signs(game).")
    signs = {name: np.asarray(each, float) for name, each in records.items()}
    total = len(signs["accuracy"])
    if signs["accuracy"].ndim != 1 or total < 16:
        raise ValueError(
            f"accuracy is recorded with the shape {signs['accuracy'].shape}; give one seed, with 16 records or more."
        )
    for name, each in signs.items():
        if not np.all(np.isfinite(each)):
            first = int(np.argmin(np.isfinite(each.reshape(total, -1)).all(axis=1)))
            return Diagnosis("diverged", f"{name} is not finite from record {first} of {total} on.")
    late = {name: each[total // 2 :] for name, each in signs.items()}
    distance = float(np.abs(late["offset"]).max())
    if distance > FAR:
        return Diagnosis("diverged", f"samples are {distance:.3g} standard deviations away from the data.")
    concentration, missing, accuracy = (
        float(np.median(late[name])) for name in ("concentration", "missing", "accuracy")
    )
    if missing > MISSING:
        return Diagnosis("collapsed", f"samples leave out {missing:.0%} of the data.")
    if concentration > COLLAPSED:
        return Diagnosis("collapsed", f"samples lie {concentration:.1f} times as densely as data.")
    if accuracy > STRONG:
        gradient = float(np.median(late["gradient"]))
        return Diagnosis(
            "discriminator too strong",
            f"it is right in {accuracy:.0%} of the cases; the gradient that reaches the generator is {gradient:.2g}.",
        )
    if accuracy < WEAK:
        return Diagnosis("generator too strong", f"the discriminator is right in {accuracy:.0%} of the cases only.")
    swings = [found for path in late["offset"].T if (found := _swing(path))]
    if swings:
        amplitude, periods = max(swings)
        return Diagnosis(
            "oscillating",
            f"the mean of the samples goes to and fro {periods} times, by {amplitude:.2g} standard deviations.",
        )
    return Diagnosis("balanced", f"the discriminator is right in {accuracy:.0%} of the cases, and nothing runs away.")


def _swing(path: np.ndarray) -> tuple[float, int] | None:
    """Returns the amplitude and the number of periods of the oscillation in a path; `None` where there is none."""
    time = np.arange(len(path))
    power = np.abs(np.fft.rfft(path - np.polyval(np.polyfit(time, path, 1), time))) ** 2
    power = power[1 : (len(path) + 1) // 2]  # without the mean, and without the one that has no phase
    place = int(np.argmax(power))
    total = float(power.sum())
    amplitude = 2 * float(np.sqrt(power[place])) / len(path)
    if place + 1 < LEAST_PERIODS or amplitude < SWING:
        return None
    chance = len(power) * (1 - float(power[place]) / total) ** (len(power) - 1)  # no less than Fisher's probability
    return (amplitude, place + 1) if chance < LEVEL else None
