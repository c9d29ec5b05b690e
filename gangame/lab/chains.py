"""Chains in the codes of a plug-and-play generator, block after block: what they are told, and what they show."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.tree_util import Partial

from gangame.core import Array, Key, Players, PyTree
from gangame.games.attacks import cross_entropy
from gangame.games.langevin import guided_drift, langevin
from gangame.nets import Network


class Encoder(NamedTuple):
    """A classifier of images, whose last hidden layer is the code.

    Attributes:
      network: `nets.image_classifier`, of flat images.
      parameters: of the network.
      scale: mean standard deviation of its features over images for training.
      most: largest code of such an image.
    """

    network: Network
    parameters: PyTree
    scale: Array
    most: Array

    def encode(self) -> Partial:
        """Returns E, from images to codes, features in units of their deviation: `[num_images, features]`."""
        return Partial(_codes, self.network, self.parameters, self.scale)

    def log_probability(self, images: Array, asked: Array) -> Array:
        """Returns log C(y | x), `[num_images]`."""
        return -cross_entropy(self.network.apply(self.parameters, images), asked)


def _codes(network: Network, parameters: PyTree, scale: Array, images: Array) -> Array:
    assert network.features is not None
    return network.features(parameters, images) / scale


class Blocks(NamedTuple):
    """What blocks of chains are told, one block after the other; each field has a first axis of blocks.

    Attributes:
      fresh: whether the chains of a block start from noise, or go on where those of the block before are.
      asked: `[blocks, chains]`, the class that each is asked for.
      points: `[blocks, chains, pixels]`, images of which the upper half is known.
      prior: ε₁.
      condition: ε₂.
      kept: λ, how strongly the known half is kept.
    """

    fresh: Array
    asked: Array
    points: Array
    prior: Array
    condition: Array
    kept: Array


class Chains(NamedTuple):
    """What chains of one generator need.

    Attributes:
      losses: of the game.
      players: of the game, who stay as they are.
      encoder: whose classifier is asked.
      known: `[pixels]`, 1 for pixels that are known where something is to be kept, else 0.
      num_steps: Langevin steps of each block.
      noise: ε₃.
    """

    losses: Any
    players: Players
    encoder: Encoder
    known: Array
    num_steps: int
    noise: Any

    def images(self, codes: Array) -> Array:
        """Returns G(h)."""
        return self.losses.generate(self.players, codes)

    def after(self, blocks: Blocks, key: Key) -> Array:
        """Returns the images at the ends of all blocks, `[blocks, chains, pixels]`."""

        def block(codes: Array, told_and_key: tuple[Blocks, Key]) -> tuple[Array, Array]:
            told, key = told_and_key
            key_start, key_chains = jax.random.split(key)
            noise = jnp.clip(jax.random.normal(key_start, codes.shape, codes.dtype), 0, self.encoder.most)

            def log_condition(codes: Array) -> Array:
                images = self.images(codes)
                missed = gap(images, told.points, self.known)
                return self.encoder.log_probability(images, told.asked) - told.kept * missed

            drift = guided_drift(
                partial(self.losses.reconstruct, self.players), log_condition, prior=told.prior,
                condition=told.condition,
            )  # fmt: skip
            codes = langevin(
                drift, jnp.where(told.fresh, noise, codes), key_chains, self.num_steps, self.noise,
                bounds=(0, self.encoder.most),
            )  # fmt: skip
            return codes, self.images(codes)

        one = jax.eval_shape(self.encoder.encode(), blocks.points[0])
        start = jnp.zeros(one.shape, one.dtype)
        return jax.lax.scan(block, start, (blocks, jax.random.split(key, len(blocks.fresh))))[1]


def gap(images: Array, points: Array, part: Array) -> Array:
    """Returns the mean squared difference of images in a part of their pixels, `[...]`; `part` is `[pixels]`."""
    return jnp.sum(part * (images - points) ** 2, axis=-1) / jnp.sum(part)
