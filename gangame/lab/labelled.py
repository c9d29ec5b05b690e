"""What there is to see of games whose images have classes, besides the images: how well classes are told apart."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from gangame.core import Array, Game, Key, Players, PyTree
from gangame.data import Images, Streamed
from gangame.data.pixels import spaced
from gangame.games import generate, generate_classes, information_bound
from gangame.games.conditional_gan import ConditionalLosses
from gangame.games.infogan import Codes, InfoGanLosses
from gangame.games.semi_supervised import SemiSupervisedLosses
from gangame.lab.measure import Measure
from gangame.metrics.distances import nearest
from gangame.metrics.sets import nan_unless_finite


class Extra(NamedTuple):
    """What a game is measured by besides its images.

    Attributes:
      observe: `observe(game, players, latents, samples) -> {name: scalar}`.
      measures: these numbers.
      samples: how they are drawn to be shown, as `View.samples`.
    """

    observe: Callable[[Game, Players, PyTree, Array], dict[str, Array]] = lambda game, players, latents, samples: {}
    measures: tuple[Measure, ...] = ()
    samples: Callable[[Game, Players, Key, int], Array] = generate


def few(data: Images) -> tuple[Array, Array]:
    """Returns some of the images, in the form of the set, and their labels; of a stream those that stay."""
    data = data.reference if isinstance(data, Streamed) else data
    some = spaced(len(data.pixels))
    return data.scaled(data.pixels[some]), data.labels[some]


def num_classes_of(data: Images) -> int:
    """Returns how many classes the images have, 1 or more."""
    return len(data.stream.facts.classes) if isinstance(data, Streamed) else int(data.labels.max()) + 1


def flat(images: Array) -> Array:
    """Returns images as vectors, `[num_images, features]`."""
    return images.reshape(len(images), -1)


def extra_of(game: Game) -> Extra:
    """Returns what is measured of a game with images, which is nothing for a plain GAN."""
    num_classes = num_classes_of(game.sample.data)  # type: ignore[attr-defined]
    if isinstance(game.losses, ConditionalLosses):
        return _of_conditional_gan(num_classes)
    if isinstance(game.losses, SemiSupervisedLosses):
        return _of_semi_supervised(len(few(game.sample.test)[1]))  # type: ignore[attr-defined]
    if isinstance(game.losses, InfoGanLosses) and game.losses.codes.categories:
        return _of_infogan(game.losses.codes, num_classes)
    return Extra()


def in_turn(num_samples: int, num_classes: int) -> Array:
    """Returns classes `[num_samples]`, one after the other, each as often as the next or once more."""
    return jnp.arange(num_samples) * num_classes // num_samples


def _of_conditional_gan(num_classes: int) -> Extra:
    def observe(game: Any, players: Players, latents: PyTree, samples: Array) -> dict[str, Array]:
        del players
        real, labels = few(game.sample.data)
        seen = labels[nearest(flat(samples), flat(real))[0]]
        return {"asked": nan_unless_finite(jnp.mean(seen == latents[1], dtype=samples.dtype), samples)}

    def samples(game: Game, players: Players, key: Key, num_samples: int) -> Array:
        return generate_classes(game, players, key, in_turn(num_samples, num_classes))

    measure = Measure("asked", "samples of the class asked for", ".3f", 1.0, (
        "Share of 256 samples whose nearest real image has the class that the generator was asked for."
    ), 1.0)  # fmt: skip
    return Extra(observe, (measure,), samples)


def _of_semi_supervised(num_images: int) -> Extra:
    def observe(game: Any, players: Players, latents: PyTree, samples: Array) -> dict[str, Array]:
        del latents, samples
        return {"accuracy": game.losses.accuracy(players, *few(game.sample.test))}

    measure = Measure("accuracy", "test accuracy", ".3f", 1.0, (
        f"Share of {num_images:,} images for testing whose class the discriminator names right."
    ), 1.0)  # fmt: skip
    return Extra(observe, (measure,))


def _of_infogan(codes: Codes, num_classes: int) -> Extra:
    num_values, entropy = codes.categories[0], sum(map(math.log, codes.categories))

    def observe(game: Any, players: Players, latents: PyTree, samples: Array) -> dict[str, Array]:
        real, labels = few(game.sample.data)
        named = game.losses.named(players, real)
        _, said = game.losses.judged(players, samples)
        bound = information_bound(codes, latents[:, -codes.width :], said)["categorical"]
        return {"purity": purity(named, labels, num_values, num_classes), "unread": entropy - bound}

    def samples(game: Any, players: Players, key: Key, num_samples: int) -> Array:
        latents = game.sample.latents(key, num_samples)
        value = jax.nn.one_hot(in_turn(num_samples, num_values), num_values, dtype=latents.dtype)
        first = game.sample.latent_dim
        return game.losses.generate(players, latents.at[:, first : first + num_values].set(value))

    measures = (
        Measure("purity", "purity of the first code", ".3f", 1.0, (
            "Share of real images whose class is the most frequent one among those for which Q names the same value of "
            "the first categorical code. Several values may stand for one class, so it is at least the accuracy after "
            "matching."
        ), 1.0),
        Measure("unread", "categories unread [nat]", ".3f", 0.0, (
            "−E log Q(c|x) of the categorical codes of 256 samples: 0 where all are read off them; guessing leaves "
            f"log {' + log '.join(map(str, codes.categories))} = {entropy:.2f}."
        )),
    )  # fmt: skip
    return Extra(observe, measures, samples)


def purity(named: Array, labels: Array, num_values: int, num_classes: int) -> Array:
    """Returns the share of points which have the most frequent label among those that are named like them.

    Args:
      named: `[num_points]`, 0 to num_values − 1.
      labels: `[num_points]`, 0 to num_classes − 1.
      num_values: how many names there are.
      num_classes: how many labels there are.

    Source: Manning, Raghavan, Schütze, "Introduction to Information Retrieval", 2008, section 16.3,
    https://nlp.stanford.edu/IR-book.
    """
    together = jax.nn.one_hot(named, num_values).T @ jax.nn.one_hot(labels, num_classes)
    return jnp.sum(jnp.max(together, axis=1)) / len(labels)
