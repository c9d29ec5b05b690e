"""The game of a generative adversarial network, from any two networks and any data."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array, Batch, Game, Key, Players
from gangame.data import quick_normal
from gangame.games.costs import COSTS
from gangame.nets import Network

PENALTIES = ("none", "r1")


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class GanInit:
    """`init` of a GAN: both networks at their own start."""

    generator: Network = dataclasses.field(metadata={"static": True})
    discriminator: Network = dataclasses.field(metadata={"static": True})

    def __call__(self, key: Key) -> Players:
        """Returns the players."""
        key_generator, key_discriminator = jax.random.split(key)
        return {
            "discriminator": self.discriminator.init(key_discriminator),
            "generator": self.generator.init(key_generator),
        }


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class GanSample:
    """`sample` of a GAN: data, and standard normal latents."""

    data: Callable[[Key, int], Array]
    batch_size: int = dataclasses.field(metadata={"static": True})
    latent_dim: int = dataclasses.field(metadata={"static": True})
    shared_latents: bool = dataclasses.field(metadata={"static": True})
    quick_latents: bool = dataclasses.field(default=False, metadata={"static": True})

    def latents(self, key: Key, num_samples: int) -> Array:
        """Returns latents `[num_samples, latent_dim]`."""
        draw = quick_normal if self.quick_latents else jax.random.normal
        return draw(key, (num_samples, self.latent_dim))

    def __call__(self, key: Key) -> Batch:
        """Returns a batch: `real`, `latents`, and `generator_latents` unless these are shared."""
        key_real, key_latents, key_generator = jax.random.split(key, 3)
        batch = {
            "real": self.data(key_real, self.batch_size),
            "latents": self.latents(key_latents, self.batch_size),
        }
        if not self.shared_latents:
            batch["generator_latents"] = self.latents(key_generator, self.batch_size)
        return batch


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class GanLosses:
    """`losses` of a GAN: a cost of `COSTS` over the discriminator's logits, and what the discriminator pays besides."""

    generator: Network = dataclasses.field(metadata={"static": True})
    discriminator: Network = dataclasses.field(metadata={"static": True})
    cost: str = dataclasses.field(metadata={"static": True})
    penalty_strength: Array | None = None

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses."""
        logits_real = self.logits(players, batch["real"])
        losses = self._on_latents(players, logits_real, batch["latents"])
        if "generator_latents" in batch:
            generator = self._on_latents(players, logits_real, batch["generator_latents"])["generator"]
            losses = {**losses, "generator": generator}
        if self.penalty_strength is not None:
            paid = self.penalty_strength / 2 * self.squared_slope(players, batch["real"])
            losses = {**losses, "discriminator": losses["discriminator"] + paid}
        return losses

    def squared_slope(self, players: Players, points: Array) -> Array:
        """Returns the mean over data points `[batch, ...]` of ‖∇_x a(x)‖², the slope of the logit at each of them."""

        def logit(point: Array) -> Array:
            return self.logits(players, point[None])[0]  # each point by itself, so that the norm is not the batch's

        slopes = jax.vmap(jax.grad(logit))(points)
        return jnp.mean(jnp.sum(slopes.reshape(len(points), -1) ** 2, axis=1))

    def generate(self, players: Players, latents: Array) -> Array:
        """Returns G(z), `[batch, ...]`."""
        return self.generator.apply(players["generator"], latents)

    def logits(self, players: Players, points: Array) -> Array:
        """Returns the discriminator's logits `[batch]` at data points `[batch, ...]`."""
        return self.discriminator.apply(players["discriminator"], points)[..., 0]

    def _on_latents(self, players: Players, logits_real: Array, latents: Array) -> dict[str, Array]:
        return COSTS[self.cost](logits_real, self.logits(players, self.generate(players, latents)))


def gan(
    generator: Network,
    discriminator: Network,
    data: Callable[[Key, int], Array],
    *,
    latent_dim: int,
    batch_size: int = 128,
    cost: str = "minimax",
    shared_latents: bool = True,
    quick_latents: bool = False,
    penalty: str = "none",
    penalty_strength: Any = 0.1,
) -> Game:
    """Returns the game between a generator and a discriminator.

    Args:
      generator: from latents `[batch, latent_dim]` to samples `[batch, ...]`.
      discriminator: from samples to one logit each, `[batch, 1]`.
      data: `data(key, num_samples) -> [num_samples, ...]`, a pytree of the arrays it holds.
      latent_dim: size of z ~ N(0, I), 1 or more.
      batch_size: how many data and how many latents one sample has, 1 or more.
      cost: one of `games.COSTS`: "minimax", "non_saturating", "maximum_likelihood".
      shared_latents: both losses are on the same latents, or each is on its own ones; implementations differ.
      quick_latents: latents are drawn by `data.quick_normal`, or by `jax.random.normal`, exact and slower.
      penalty: what the discriminator pays besides: "none", or "r1", (γ/2) E ‖∇_x a(x)‖² over the data x, with its
        logit a, so that a step takes second derivatives. For discriminators that judge each sample by itself.
      penalty_strength: γ, 0 or more.

    Returns:
      The game; players "generator" and "discriminator". `game.losses.generate(players, latents)` are samples.

    Raises:
      ValueError: an unknown cost or penalty, a size below 1 or a negative strength.

    Source: Goodfellow et al., "Generative Adversarial Nets", 2014, https://arxiv.org/abs/1406.2661; Mescheder, Geiger,
    Nowozin, "Which Training Methods for GANs do actually Converge?", 2018, https://arxiv.org/abs/1801.04406, for R1.
    """
    if penalty not in PENALTIES:
        raise ValueError(f"penalty is {penalty!r}; it has to be one of {', '.join(PENALTIES)}.")
    if not isinstance(penalty_strength, jax.core.Tracer) and not penalty_strength >= 0:
        raise ValueError(f"penalty_strength is {penalty_strength}; it has to be 0 or more.")
    if cost not in COSTS:
        raise ValueError(f"cost is {cost!r}; it has to be one of {', '.join(COSTS)}.")
    if min(latent_dim, batch_size) < 1:
        raise ValueError(f"latent_dim is {latent_dim} and batch_size is {batch_size}; each has to be 1 or more.")
    return Game(
        init=GanInit(generator, discriminator),
        sample=GanSample(data, batch_size, latent_dim, shared_latents, quick_latents),
        losses=GanLosses(
            generator, discriminator, cost, None if penalty == "none" else jnp.asarray(penalty_strength, float)
        ),
    )


def generate(game: Game, players: Players, key: Key, num_samples: int) -> Array:
    """Returns `num_samples` samples of the generator of a GAN, `[num_samples, ...]`.

    Raises:
      ValueError: the game has no generator that samples.
    """
    if not isinstance(game.losses, GanLosses) or not isinstance(game.sample, GanSample):
        raise ValueError("This game has no generator to sample from; only games made by games.gan have one.")
    return game.losses.generate(players, game.sample.latents(key, num_samples))
