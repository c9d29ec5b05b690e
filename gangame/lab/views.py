"""What there is to see of a game: what is measured along a run, and which pictures show it.

The kind of a game is read off the game itself, so a new game gets a view without being entered anywhere.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from gangame.core import Array, Game, Key, Players
from gangame.data import Images, MarkovChain, Mixture
from gangame.games import generate
from gangame.games.adversaries import Adversaries
from gangame.games.gan import GanLosses
from gangame.games.lapgan import LapganLosses
from gangame.games.sequence_gan import SequenceLosses
from gangame.lab.labelled import Extra, extra_of, few, flat, num_classes_of
from gangame.lab.measure import Measure
from gangame.metrics import HIGH_QUALITY_CEILING, mode_coverage, nearest_classes, ngram_distance

NUM_SAMPLES = 2500
"""Samples of the generator for one record, as in the protocol of VEEGAN and PacGAN."""


class View(NamedTuple):
    """How a game is looked at.

    Attributes:
      kind: "mixture", "images", "sequences", "plane" (one scalar for each of two players), or "plain".
      observe: `observe(game, players, key) -> {name: scalar}`, runs on the device; the data come with the game.
      measures: the numbers of the summary table, the most telling one first.
      loss_references: the losses at the equilibrium, by player, where they are known.
      full: the key of a measure and the value at which a seed has reached everything (all modes), or `None`.
      samples: `samples(game, players, key, num_samples)` of the generator, as a picture shows them; where it is asked
        for classes, class after class.
    """

    kind: str
    observe: Callable[[Game, Players, Key], dict[str, Array]]
    measures: tuple[Measure, ...]
    loss_references: dict[str, float]
    full: tuple[str, int] | None = None
    samples: Callable[[Game, Players, Key, int], Array] = generate


def view_of(game: Game) -> View:
    """Returns the view that fits a game."""
    references = {}
    if isinstance(game.losses, GanLosses):
        at_equilibrium = jax.jit(game.losses.at_equilibrium)()  # else each of its operations is a program of its own
        references = {name: float(loss) for name, loss in at_equilibrium.items()}
    data = getattr(game.sample, "data", None)
    if isinstance(game.losses, (Adversaries, LapganLosses)) and isinstance(data, Images):
        return _image_view(data, references, extra_of(game))
    if isinstance(game.losses, SequenceLosses):
        return _sequence_view(game)
    if isinstance(game.losses, GanLosses):
        if isinstance(data, Mixture):
            return _mixture_view(data, references)
        return View("plain", observe_losses, (), references)
    return _plain_view(game)


def observe_losses(game: Game, players: Players, key: Key) -> dict[str, Array]:
    """Returns the loss of each player on a fresh sample."""
    losses = game.losses(players, game.sample(key))
    return {f"loss_{name}": loss for name, loss in losses.items()}


def _mixture_view(data: Mixture, references: dict[str, float]) -> View:
    modes = len(data.centers)

    def observe(game: Game, players: Players, key: Key) -> dict[str, Array]:
        key_losses, key_samples = jax.random.split(key)
        samples, data = generate(game, players, key_samples, NUM_SAMPLES), game.sample.data  # type: ignore[attr-defined]
        coverage = mode_coverage(samples, data.centers, data.std, weights=data.weights)
        coverage.pop("mode_counts")
        return {**observe_losses(game, players, key_losses), **coverage}

    measures = (
        Measure("modes", f"modes covered of {modes}", ".2f", modes, (
            f"Modes with at least one of {NUM_SAMPLES:,} samples within 3 standard deviations (the protocol of VEEGAN "
            "and PacGAN)."
        ), modes),
        Measure("high_quality", "high-quality share (ceiling 0.989)", ".3f", HIGH_QUALITY_CEILING, (
            "Share of samples within 3 standard deviations of a mode; a perfect sampler reaches 98.89 %, not 100 %."
        ), 1.0),
        Measure("reverse_kl", "reverse KL [nat]", ".3f", 0.0, (
            "KL divergence of the histogram of samples over their nearest modes from the true weights: 0 is even, "
            f"log {modes} = {np.log(modes):.2f} is one mode alone."
        )),
    )  # fmt: skip
    return View("mixture", observe, measures, references, ("modes", modes))


def _image_view(data: Images, references: dict[str, float], extra: Extra) -> View:
    num_classes = num_classes_of(data)

    def observe(game: Game, players: Players, key: Key) -> dict[str, Array]:
        key_losses, key_samples = jax.random.split(key)
        latents = game.sample.latents(key_samples, 256)  # type: ignore[attr-defined]
        samples = game.losses.generate(players, latents)  # type: ignore[attr-defined]
        real, labels = few(game.sample.data)  # type: ignore[attr-defined]
        nearest = nearest_classes(flat(samples), flat(real), labels, num_classes)
        return {
            **observe_losses(game, players, key_losses),
            **nearest,
            **extra.observe(game, players, latents, samples),
        }

    real, labels = few(data.flat())

    # Every second image against the others: some sets are sorted by class.
    between_real = nearest_classes(real[::2], real[1::2], labels[1::2], num_classes)["nearest"]
    measures = (
        Measure("classes", f"classes covered of {num_classes}", ".2f", num_classes, (
            "Classes that get at least a tenth of their fair share of 256 samples, each sample taking the class of the "
            f"nearest of {len(real):,} real images."
        ), num_classes),
        *extra.measures,
        Measure("class_kl", "KL over classes [nat]", ".3f", 0.0, (
            "KL divergence of the histogram of samples over these classes from that of the real images."
        )),
        Measure("nearest", "distance to nearest real", ".2f", float(between_real), (
            "Mean Euclidean distance from a sample to the nearest real image (pixels in [−1, 1]); the reference is "
            "the mean distance from real images to the nearest other ones."
        )),
    )  # fmt: skip
    return View("images", observe, measures, references, ("classes", num_classes), extra.samples)


def _sequence_view(game: Any) -> View:
    known = isinstance(game.sample.data, MarkovChain)

    def observe(game: Any, players: Players, key: Key) -> dict[str, Array]:
        key_losses, key_samples, key_real = jax.random.split(key, 3)
        samples = generate(game, players, key_samples, NUM_SAMPLES)
        data = game.sample.data
        real = data(key_real, NUM_SAMPLES)
        record = observe_losses(game, players, key_losses)
        for size, name in ((2, "pairs"), (3, "triples")):
            record[name] = ngram_distance(samples, real, data.num_symbols, size)
        if known:
            record["likelihood"] = -jnp.mean(data.log_likelihood(samples)) - data.entropy()
        return record

    real, others = (game.sample.data(jax.random.key(seed), NUM_SAMPLES) for seed in range(2))
    measures = [
        Measure(name, f"{name} of symbols: JS [nat]", ".4f", float(
            ngram_distance(real, others, game.sample.data.num_symbols, size)
        ), (
            f"Jensen–Shannon divergence between the {name} of neighbours in {NUM_SAMPLES:,} samples and in as many "
            "real sequences, from 0 to log 2; the reference is that of two sets of real ones."
        ))
        for size, name in ((2, "pairs"), (3, "triples"))
    ]  # fmt: skip
    if known:
        measures.append(Measure("likelihood", "excess NLL by the oracle [nat]", ".3f", 0.0, (
            "Mean −log-likelihood of samples under the chain less that of its own sequences; below 0 where a few "
            "likely sequences are all there is."
        )))  # fmt: skip
    return View("sequences", observe, tuple(measures), {})


def _plain_view(game: Game) -> View:
    start = jax.eval_shape(game.init, jax.random.key(0))
    plane = len(start) == 2 and all(sum(leaf.size for leaf in jax.tree.leaves(own)) == 1 for own in start.values())
    has_equilibrium = game.equilibrium is not None

    def observe(game: Game, players: Players, key: Key) -> dict[str, Array]:
        record = observe_losses(game, players, key)
        if plane:
            record |= {f"position_{name}": ravel_pytree(own)[0][0] for name, own in players.items()}
        if has_equilibrium:
            gap = jax.tree.map(lambda here, there: jnp.sum((here - there) ** 2), players, game.equilibrium)
            record["distance"] = jnp.sqrt(jax.tree.reduce(jnp.add, gap))
        return record

    measures: tuple[Measure, ...] = ()
    references = {}
    if game.equilibrium is not None:
        measures = (Measure("distance", "distance to equilibrium", ".3g", 0.0, "Euclidean, over all parameters."),)
        losses = game.losses(game.equilibrium, game.sample(jax.random.key(0)))
        references = {name: float(loss) for name, loss in losses.items()}
    return View("plane" if plane else "plain", observe, measures, references)


def headline(view: View, records: dict[str, np.ndarray]) -> str:
    """Returns the live numbers of a run, from the latest record of every seed `[seeds]`."""
    shown = [(measure.key, measure.key.replace("_", " "), measure.form) for measure in view.measures[:2]]
    shown += [(key, key.removeprefix("loss_"), ".3f") for key in records if key.startswith("loss_")]
    parts = []
    for key, name, form in shown:
        finite = records[key][np.isfinite(records[key])]
        parts.append(f"{name} {finite.mean():{form}}" if len(finite) else f"{name} none finite")
    measured, losses = parts[: len(view.measures[:2])], parts[len(view.measures[:2]) :]
    return f"{'  '.join(measured)}  losses: {'  '.join(losses)}"
