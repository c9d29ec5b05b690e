"""Plug-and-play generative networks: a generator that decodes what an encoder sees, and is paid for three things."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array, Batch, Game, Key, Players, as_partial
from gangame.games.adversaries import Adversaries, GanInit
from gangame.games.costs import COSTS
from gangame.nets import Network
from gangame.ranges import check_numbers, check_sizes

Encode = Callable[[Array], Array]


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class PlugAndPlaySample:
    """`sample` of the game: data, and the noise on their codes."""

    data: Callable[[Key, int], Array]
    encode: Encode
    noise: Array
    batch_size: int = dataclasses.field(metadata={"static": True})

    def noise_of(self, key: Key, real: Array) -> Array:
        """Returns the noise on the codes of data `[batch, ...]`, `[batch, features]`."""
        codes = jax.eval_shape(self.encode, real)
        return self.noise.astype(codes.dtype) * jax.random.normal(key, codes.shape, codes.dtype)

    def latents(self, key: Key, num_samples: int) -> Array:
        """Returns codes of data with their noise, `[num_samples, features]`: what the generator learns to decode."""
        key_real, key_noise = jax.random.split(key)
        real = self.data(key_real, num_samples)
        return self.encode(real) + self.noise_of(key_noise, real)

    def __call__(self, key: Key) -> Batch:
        """Returns a batch: `real` and `noise`."""
        key_real, key_noise = jax.random.split(key)
        real = self.data(key_real, self.batch_size)
        return {"real": real, "noise": self.noise_of(key_noise, real)}


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class PlugAndPlayLosses(Adversaries):
    """`losses` of the game; see `plug_and_play`."""

    encode: Encode
    cost: str = dataclasses.field(metadata={"static": True})
    reconstruction_strength: Array
    feature_strength: Array
    adversarial_strength: Array

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses."""
        real, codes = batch["real"], self.encode(batch["real"])
        made = self.generate(players, codes + batch["noise"])
        costs = COSTS[self.cost](*(self.outputs(players, each).reshape(-1) for each in (real, made)))
        paid = (
            self.reconstruction_strength * jnp.mean((made - real) ** 2)
            + self.feature_strength * jnp.mean((self.encode(made) - codes) ** 2)
            + self.adversarial_strength * costs["generator"]
        )
        return {"discriminator": costs["discriminator"], "generator": paid}

    def reconstruct(self, players: Players, codes: Array) -> Array:
        """Returns R(h) = E(G(h)), what generator and encoder together make of codes `[batch, features]`."""
        return self.encode(self.generate(players, codes))


def plug_and_play(
    generator: Network,
    discriminator: Network,
    encode: Encode,
    data: Callable[[Key, int], Array],
    *,
    reconstruction_strength: Any = 1.0,
    feature_strength: Any = 1.0,
    adversarial_strength: Any = 1.0,
    noise: Any = 0.0,
    batch_size: int = 64,
    cost: str = "non_saturating",
) -> Game:
    """Returns the game of a generator that decodes codes of an encoder E, who does not move, before a discriminator.

    With h = E(x), h̃ = h + σn and x̂ = G(h̃),

        J_G = λ_x mean (x̂ − x)² + λ_h mean (E(x̂) − h)² + λ_a J_adversarial(D(x̂)),    J_D as in a GAN.

    So R = E∘G is a denoising autoencoder of codes, of which (R(h) − h)/σ² is the score (`denoising_score`), and
    `langevin` makes samples with it, of whatever is asked. With λ_a = 0 the adversary looks on, and is paid no heed.

    Args:
      generator: from codes `[batch, features]` to data, each by itself (no norm over the batch), or a chain depends on
        the others. Neither network draws.
      discriminator: from data to logits.
      encode: E, from data to codes; with its arrays a pytree (`jax.tree_util.Partial`), and differentiable.
      data: `data(key, num_samples) -> [num_samples, ...]`, a pytree.
      reconstruction_strength: λ_x, 0 or more.
      feature_strength: λ_h, 0 or more.
      adversarial_strength: λ_a, 0 or more.
      noise: σ, 0 or more; the "noiseless joint PPGN-h" of the paper has 0.
      batch_size: 1 or more.
      cost: one of `games.COSTS`.

    Returns:
      The game; players "generator" and "discriminator". `game.losses.reconstruct(players, codes)` is R.

    Raises:
      ValueError: an unknown cost, a number outside its range, or a network that draws.

    Source: Nguyen, Clune, Bengio, Dosovitskiy, Yosinski, "Plug & Play Generative Networks: Conditional Iterative
      Generation of Images in Latent Space", 2017, https://arxiv.org/abs/1612.00005; they have one more layer of
      features in J_G. Slides 80 to 85 of the tutorial.

    Example:
      >>> from gangame import data, nets
      >>> double = jax.tree_util.Partial(lambda x: 2 * x)
      >>> game = plug_and_play(nets.mlp(2, (8,), 2), nets.mlp(2, (8,), 1), double, data.ring(), noise=0.1)
      >>> players = game.init(jax.random.key(0))
      >>> game.losses.reconstruct(players, jnp.ones((5, 2))).shape
      (5, 2)
    """
    check_sizes(batch_size=batch_size)
    check_numbers(
        reconstruction_strength=reconstruction_strength, feature_strength=feature_strength,
        adversarial_strength=adversarial_strength, noise=noise,
    )  # fmt: skip
    if cost not in COSTS:
        raise ValueError(f"cost is {cost!r}; it has to be one of {', '.join(COSTS)}.")
    if generator.stochastic or discriminator.stochastic:
        raise ValueError("A network draws, and this game gives it no key; leave its noise and dropout out.")
    encode = as_partial(encode)
    strengths = (jnp.asarray(each, float) for each in (reconstruction_strength, feature_strength, adversarial_strength))
    return Game(
        init=GanInit(generator, discriminator),
        sample=PlugAndPlaySample(data, encode, jnp.asarray(noise, float), batch_size),
        losses=PlugAndPlayLosses(generator, discriminator, encode, cost, *strengths),
    )
