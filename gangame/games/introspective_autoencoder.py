"""Introspective autoencoder: it encodes by what its own discriminator sees, and is paid for what that one misses."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, Batch, Game, Key, Players
from gangame.games.adversaries import Adversaries, GanInit
from gangame.games.costs import COSTS
from gangame.games.labelled import drawn, naming_cost
from gangame.nets import Network, mlp
from gangame.ranges import check_numbers, check_sizes

TERNARY = "ternary"
REAL, REBUILT, MADE = range(3)
"""What the discriminator may call an image: the places of its three logits."""


def ternary(real: Array, rebuilt: Array, made: Array) -> dict[str, Array]:
    """Returns what both sides pay where a discriminator tells data from reconstructions from samples.

        J_D = −⅓ E [log p(real | x) + log p(rebuilt | x̂) + log p(made | G(z))],
        J_G = −½ E [log p(real | x̂) + log p(real | G(z))],    each log 3 where it cannot tell.

    Args:
      real: logits of data, `[batch, 3]`.
      rebuilt: those of reconstructions.
      made: those of samples.
    """

    def called(logits: Array, name: int) -> Array:
        return naming_cost(logits, jnp.full(len(logits), name))

    return {
        "discriminator": (called(real, REAL) + called(rebuilt, REBUILT) + called(made, MADE)) / 3,
        "generator": (called(rebuilt, REAL) + called(made, REAL)) / 2,
    }


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class IntrospectiveInit(GanInit):
    """`init` of the game: three networks at their own start."""

    encoder: Network

    def __call__(self, key: Key) -> Players:
        """Returns the players."""
        key_gan, key_encoder = jax.random.split(key)
        return {**super().__call__(key_gan), "encoder": self.encoder.init(key_encoder)}


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class IntrospectiveSample:
    """`sample` of the game: data, latents of samples, and the noise of those of reconstructions."""

    data: Callable[[Key, int], Array]
    batch_size: int = dataclasses.field(metadata={"static": True})
    latent_dim: int = dataclasses.field(metadata={"static": True})

    def latents(self, key: Key, num_samples: int) -> Array:
        """Returns latents `[num_samples, latent_dim]`."""
        return jax.random.normal(key, (num_samples, self.latent_dim))

    def __call__(self, key: Key) -> Batch:
        """Returns a batch: `real`, `latents` and `noise`."""
        parts: dict[str, Callable[[Key], Array]] = {"real": lambda key: self.data(key, self.batch_size)}
        parts |= dict.fromkeys(("latents", "noise"), lambda key: self.latents(key, self.batch_size))
        return drawn(key, parts, stochastic=False)


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class IntrospectiveLosses(Adversaries):
    """`losses` of the game; see `introspective_autoencoder`."""

    encoder: Network
    cost: str = dataclasses.field(metadata={"static": True})
    reconstruction_strength: Array
    introspective_strength: Array
    adversarial_strength: Array
    prior_strength: Array

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns the losses of all three."""
        real = batch["real"]
        mean, log_variance = self.encode(players, real)
        rebuilt = self.generate(players, mean + jnp.exp(log_variance / 2) * batch["noise"].astype(mean.dtype))
        made = self.generate(players, batch["latents"])
        if self.cost == TERNARY:
            costs = ternary(*(self.outputs(players, each) for each in (real, rebuilt, made)))
        else:
            costs = COSTS[self.cost](*(self.outputs(players, each).reshape(-1) for each in (real, made)))
        paid = (
            self.reconstruction_strength * jnp.mean(jnp.abs(rebuilt - real))
            + self.introspective_strength
            * jnp.mean((self.features(players, rebuilt) - self.features(players, real)) ** 2)
            + self.adversarial_strength * costs["generator"]
        )
        divergence = jnp.mean(mean**2 + jnp.exp(log_variance) - 1 - log_variance) / 2
        return {
            "discriminator": costs["discriminator"],
            "encoder": paid + self.prior_strength * divergence,
            "generator": paid,
        }

    def features(self, players: Players, points: Array) -> Array:
        """Returns h(x), what the discriminator's last layer sees of points, `[batch, features]`."""
        assert self.discriminator.features is not None  # the factory has looked
        return self.discriminator.features(players["discriminator"], points)

    def encode(self, players: Players, points: Array) -> tuple[Array, Array]:
        """Returns mean and log variance of q(z|x), `[batch, latent_dim]` each; see the game for derivatives."""
        seen = jax.lax.stop_gradient(self.features(players, points))
        mean, log_variance = jnp.split(self.encoder.apply(players["encoder"], seen), 2, axis=-1)
        return mean, log_variance

    def reconstruct(self, players: Players, points: Array) -> Array:
        """Returns G of the mean latents of points `[batch, ...]`."""
        return self.generate(players, self.encode(players, points)[0])


def introspective_autoencoder(
    generator: Network,
    discriminator: Network,
    data: Callable[[Key, int], Array],
    *,
    latent_dim: int,
    encoder: Network | None = None,
    reconstruction_strength: Any = 3.0,
    introspective_strength: Any = 1.0,
    adversarial_strength: Any = 1.0,
    prior_strength: Any = 1.0,
    batch_size: int = 64,
    cost: str = TERNARY,
) -> Game:
    """Returns the game of a generator and an encoder, which together are an autoencoder, before a discriminator.

    The encoder is a map on what the discriminator's last layer sees, h(x), which says q(z|x) = N(μ, σ²). With
    x̂ = G(μ + σε), ε ~ N(0, I), generator and encoder pay

        J_G = λ_x mean |x̂ − x| + λ_h mean (h(x̂) − h(x))² + λ_a J_adversarial,
        J_E = J_G + λ_z mean over latents of KL(q(z|x) | N(0, I)),

    and the discriminator names data, reconstructions and samples, see `ternary`, and pays for nothing else. Without λ_x
    and λ_h, and with a cost of `games.COSTS`, generator and discriminator play a GAN; with λ_x and λ_z alone, generator
    and encoder are a variational autoencoder, with features that nobody trains for it.

    No derivative goes from the encoder into the discriminator's features (a stop-gradient): what x̂ is, is none of the
    discriminator's doing, and rules that look at derivatives across players do not see this way either.

    Args:
      generator: from latents `[batch, latent_dim]` to data.
      discriminator: from data to three logits, with `features`; to one for a cost other than "ternary". No network
        draws.
      data: `data(key, num_samples) -> [num_samples, ...]`, a pytree.
      latent_dim: size of z, 1 or more.
      encoder: from h `[batch, features]` to means and then log variances, `[batch, 2 · latent_dim]`; `None` is a linear
        map, as in the paper.
      reconstruction_strength: λ_x, 0 or more.
      introspective_strength: λ_h, 0 or more.
      adversarial_strength: λ_a, 0 or more.
      prior_strength: λ_z, 0 or more.
      batch_size: 1 or more.
      cost: "ternary"; or one of `games.COSTS`, whose discriminator tells data from samples and sees no reconstruction.

    Returns:
      The game; players "generator", "encoder" and "discriminator". `game.losses.encode(players, points)` are mean and
      log variance, `game.losses.reconstruct(players, points)` what becomes of points.

    Raises:
      ValueError: an unknown cost, a number outside its range, a network that draws, another number of outputs, or no
        features.

    Source: Brock, Lim, Ritchie, Weston, "Neural Photo Editing with Introspective Adversarial Networks", 2017,
      https://arxiv.org/abs/1609.07093. Slide 8 of the tutorial.

    Example:
      >>> from gangame import data, nets
      >>> game = introspective_autoencoder(nets.mlp(2, (8,), 2), nets.mlp(2, (8,), 3), data.ring(), latent_dim=2)
      >>> players = game.init(jax.random.key(0))
      >>> game.losses.reconstruct(players, jnp.ones((5, 2))).shape
      (5, 2)
    """
    check_sizes(latent_dim=latent_dim, batch_size=batch_size)
    strengths = {
        "reconstruction_strength": reconstruction_strength, "introspective_strength": introspective_strength,
        "adversarial_strength": adversarial_strength, "prior_strength": prior_strength,
    }  # fmt: skip
    check_numbers(**strengths)
    if cost != TERNARY and cost not in COSTS:
        raise ValueError(f"cost is {cost!r}; it has to be {TERNARY}, or one of {', '.join(COSTS)}.")
    if discriminator.features is None:
        raise ValueError("The encoder needs features, and this discriminator shows none; see `Network.features`.")
    if generator.stochastic or discriminator.stochastic or (encoder is not None and encoder.stochastic):
        raise ValueError("A network draws, and this game gives it no key; leave its noise and dropout out.")
    encoder = _fitting(discriminator, encoder, data, latent_dim, 3 if cost == TERNARY else 1)
    return Game(
        init=IntrospectiveInit(generator, discriminator, encoder),
        sample=IntrospectiveSample(data, batch_size, latent_dim),
        losses=IntrospectiveLosses(
            generator, discriminator, encoder, cost,
            **{name: jnp.asarray(each, float) for name, each in strengths.items()},
        ),
    )  # fmt: skip


def _fitting(
    discriminator: Network, encoder: Network | None, data: Callable[[Key, int], Array], latent_dim: int, num_logits: int
) -> Network:
    """Returns the encoder, or a linear one, when it and the discriminator have as many outputs as they need."""
    key = jax.random.key(0)

    def shape(network: Network, look: Callable[..., Array], points: Any) -> tuple[int, ...]:
        return jax.eval_shape(lambda key, points: look(network.init(key), points), key, points).shape

    points = jax.eval_shape(lambda key: data(key, 2), key)
    if (own := int(np.prod(shape(discriminator, discriminator.apply, points)[1:]))) != num_logits:
        raise ValueError(f"The discriminator has {own} logits for a point; with this cost it needs {num_logits}.")
    assert discriminator.features is not None  # the factory has looked
    seen = shape(discriminator, discriminator.features, points)
    if encoder is None:
        return mlp(seen[1], (), 2 * latent_dim, init="lecun")
    said = shape(encoder, encoder.apply, jax.ShapeDtypeStruct(seen, points.dtype))
    if said[1:] != (2 * latent_dim,):
        raise ValueError(f"The encoder says {said[1:]} of a point; it needs {2 * latent_dim} numbers, 2 · latent_dim.")
    return encoder
