"""Games from an image to an image, and what generators are paid for, as experiments hold them against each other."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import optax

from gangame import data, games, nets, rules
from gangame.core import Game, UpdateRule
from gangame.lab.gan_rules import smooth_adam

PAYS: dict[str, Mapping[str, Any]] = {
    "l2": MappingProxyType({"adversarial_strength": 0.0, "reconstruction_strength": 1.0, "reconstruction": "l2"}),
    "l1": MappingProxyType({"adversarial_strength": 0.0, "reconstruction_strength": 1.0}),
    "λ = 100": MappingProxyType({"reconstruction_strength": 100.0}),
    "λ = 10": MappingProxyType({"reconstruction_strength": 10.0}),
}
"""What the generator is paid for: a distance, or an adversary and λ times the distance l1, of which pix2pix has 100."""


def translator(pairs: data.ImagePairs, pay: str, *, width: int, num_layers: int, batch_size: int) -> Game:
    """Returns the game of a U-Net, whose dropout is its only noise, and a discriminator of patches.

    Args:
      pairs: of images.
      pay: a name in `PAYS`.
      width: channels of the largest maps of both networks.
      num_layers: of the discriminator.
      batch_size: pairs in a step.

    Source: Isola, Zhu, Zhou, Efros 2017, https://arxiv.org/abs/1611.07004.

    Example:
      >>> pairs = data.image_pairs(data.images("digits").train, "coarse", 2)
      >>> game = translator(pairs, "l1", width=2, num_layers=1, batch_size=4)
      >>> float(game.losses.adversarial_strength)
      0.0
    """
    (size, _, channels), (*_, outputs) = pairs.shapes
    networks = (
        nets.unet(size, channels, outputs, width=width),
        nets.patch_discriminator(size, channels + outputs, width=width, num_layers=num_layers),
    )
    return games.translation(pairs, latent_dim=0, networks=networks, batch_size=batch_size, **PAYS[pay])


def falling(learning_rate: float, num_steps: int) -> UpdateRule:
    """Returns alternating steps of both players, at a rate that falls to zero along a line."""
    return rules.alternating(smooth_adam(optax.linear_schedule(learning_rate, 0, num_steps)))
