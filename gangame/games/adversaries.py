"""What every GAN does with its generator and its discriminator."""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp

from gangame.core import Array, Key, Players, PyTree
from gangame.nets import Network


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class GanInit:
    """`init` of a GAN: both networks at their own start."""

    generator: Network
    discriminator: Network

    def __call__(self, key: Key) -> Players:
        """Returns the players."""
        key_generator, key_discriminator = jax.random.split(key)
        return {
            "discriminator": self.discriminator.init(key_discriminator),
            "generator": self.generator.init(key_generator),
        }


class Judged(NamedTuple):
    """What a discriminator sees at once, and the key with which it draws while it does."""

    points: Array
    key: Key | None


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Adversaries:
    """Both networks. Losses of a GAN are these, and how they pay."""

    generator: Network
    discriminator: Network

    def generate(self, players: Players, latents: PyTree, key: Key | None = None) -> Array:
        """Returns G(z), `[batch, ...]`, for whatever the generator takes; without a key in evaluation mode."""
        return self.generator.with_key(key).apply(players["generator"], latents)

    def sampled(self, players: Players, latents: PyTree, key: Key | None) -> Judged:
        """Returns samples as the discriminator sees them; the key, where there is one, is for both networks."""
        if key is None:
            return Judged(self.generate(players, latents), None)
        key_generator, key_discriminator = jax.random.split(key)
        return Judged(self.generate(players, latents, key_generator), key_discriminator)

    def outputs(self, players: Players, points: PyTree, key: Key | None = None) -> Array:
        """Returns what the discriminator says of points, `[batch, ..., outputs]`; without a key in evaluation mode."""
        return self.discriminator.with_key(key).apply(players["discriminator"], points)

    def feature_gap(self, players: Players, real: Judged, fake: Judged) -> Array:
        """Returns ‖E h(x) − E h(G(z))‖², the distance between the means of the discriminator's features."""
        means = []
        for points, key in (real, fake):
            discriminator = self.discriminator.with_key(key)
            assert discriminator.features is not None  # `check_features` has looked
            means.append(jnp.mean(discriminator.features(players["discriminator"], points), axis=0))
        return jnp.sum((means[0] - means[1]) ** 2)


def check_features(discriminator: Network) -> None:
    """Complains of a discriminator without features to match.

    Raises:
      ValueError: it shows none.
    """
    if discriminator.features is None:
        raise ValueError("match_features needs features, and this discriminator shows none; see `Network.features`.")
