"""Translation: a generator answers an input, and is judged by the pair, by how near it is to one answer, or by both."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array, Batch, Game, Key, Players
from gangame.data import answers, branching
from gangame.games.adversaries import Adversaries, GanInit
from gangame.games.costs import COSTS
from gangame.games.costs.penalties import charge, strengths
from gangame.games.labelled import drawn
from gangame.nets import Network, mlp
from gangame.ranges import check_numbers, check_sizes, check_whole

RECONSTRUCTIONS = {"l1": jnp.abs, "l2": jnp.square}
SOURCES: dict[str, Callable[..., Any]] = {"answers": answers, "branching": branching}


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class TranslationSample:
    """`sample` of the game: inputs with one valid answer each, and latents, beside an image as channels of it."""

    pairs: Any
    batch_size: int = dataclasses.field(metadata={"static": True})
    latent_dim: int = dataclasses.field(metadata={"static": True})
    stochastic: bool = dataclasses.field(metadata={"static": True})

    def latents(self, key: Key, num_samples: int) -> Array:
        """Returns latents `[num_samples, latent_dim]`."""
        return jax.random.normal(key, (num_samples, self.latent_dim))

    def __call__(self, key: Key) -> Batch:
        """Returns a batch: `inputs`, `targets`, `latents`, and `keys` where a network draws."""
        parts = {
            "real": lambda key: self.pairs(key, self.batch_size),
            "latents": lambda key: self.latents(key, self.batch_size),
        }
        batch = drawn(key, parts, self.stochastic)
        inputs, targets = batch.pop("real")
        return {**batch, "inputs": inputs, "targets": targets}


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class TranslationLosses(Adversaries):
    """`losses` of the game; see `translation`."""

    cost: str = dataclasses.field(metadata={"static": True})
    reconstruction: str = dataclasses.field(metadata={"static": True})
    adversarial_strength: Array
    reconstruction_strength: Array
    penalty_strengths: dict[str, Array]

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses."""
        inputs, targets = batch["inputs"], batch["targets"]
        key_real = key_fake = key_said = None
        if keys := batch.get("keys"):
            key_real, (key_said, key_fake) = keys["real"], jax.random.split(keys["latents"])
        said = self.answer(players, inputs, batch["latents"], key_said)
        real, fake = (
            self.outputs(players, jnp.concatenate([inputs, each], axis=-1), key)
            for each, key in ((targets, key_real), (said, key_fake))
        )
        costs = COSTS[self.cost](real.reshape(-1), fake.reshape(-1))
        missed = jnp.mean(RECONSTRUCTIONS[self.reconstruction](said - targets))
        generator = self.adversarial_strength * costs["generator"] + self.reconstruction_strength * missed
        judged = costs["discriminator"]
        for name, strength in self.penalty_strengths.items():
            true, made = (jnp.concatenate([inputs, each], axis=-1) for each in (targets, said))
            judged = judged + strength * charge(name, lambda pair: self.outputs(players, pair)[..., 0], true, made)
        return {"discriminator": judged, "generator": generator}

    def answer(self, players: Players, inputs: Array, latents: Array, key: Key | None = None) -> Array:
        """Returns what the generator answers to inputs with latents, `[batch, ...]`, of the form of targets."""
        if inputs.ndim == 4:  # of an image every pixel sees all of them
            latents = jnp.broadcast_to(latents[:, None, None], (*inputs.shape[:3], latents.shape[-1]))
        return self.generate(players, jnp.concatenate([inputs, latents.astype(inputs.dtype)], axis=-1), key)


def translation(
    source: str | Any = "answers",
    *,
    adversarial_strength: Any = 1.0,
    reconstruction_strength: Any = 0.0,
    reconstruction: str = "l1",
    latent_dim: int = 4,
    hidden: tuple[int, ...] = (128, 128),
    discriminator_hidden: tuple[int, ...] = (128, 128),
    networks: tuple[Network, Network] | None = None,
    batch_size: int = 64,
    cost: str = "non_saturating",
    penalty: str | Sequence[str] = "none",
    penalty_strength: Any = 0.1,
) -> Game:
    """Conditional GAN from an input to one of its answers: prediction, super-resolution, image to image.

    With pairs (x, y) and the answer ŷ = G(x, z), the discriminator tells (x, y) from (x, ŷ), and

        J_G = α J_adversarial(D(x, ŷ)) + λ E |ŷ − y|^p,    p = 1 or 2.

    At α = 0 it is regression, whose best answer is the median or the mean of all valid ones; at λ = 0 a conditional
    GAN, which may pick one; pix2pix has α = 1 and λ = 100, p = 1.

    Args:
      source: "answers", questions with three answers, or "branching", films with two endings, see `gangame.data`; or a
        sampler `(key, num_samples) -> (inputs, targets)` with the attribute `shapes`, those of one input and target.
      adversarial_strength: α, 0 or more.
      reconstruction_strength: λ, 0 or more.
      reconstruction: "l1" or "l2".
      latent_dim: size of z ~ N(0, I), 0 or more; 0 leaves all randomness to networks that draw.
      hidden: widths of the generator's hidden layers.
      discriminator_hidden: widths of the discriminator's hidden layers.
      networks: generator, from inputs with the latents at the end of their last axis to targets, and discriminator,
        from inputs with targets at the end of that axis to logits, `[batch, ...]`, one or one for each patch; `None` is
        two perceptrons, for pairs of vectors.
      batch_size: pairs in one sample, 1 or more.
      cost: one of `games.COSTS`.
      penalty: what the discriminator pays besides for the slope of its logit, see `gan`: "none", "r1", at true pairs,
        "r2", at pairs with answers, or both. The slope is that by input and answer together, of each pair by itself and
        without a key, and that of patches is of their sum: leave batch normalisation out of the discriminator.
      penalty_strength: γ, 0 or more, or a dict with one for each penalty.

    Returns:
      The game; players "generator" and "discriminator". `game.losses.answer(players, inputs, latents)` is what it says.

    Raises:
      ValueError: an unknown name, a number outside its range, or images without networks.

    Source: Isola, Zhu, Zhou, Efros, "Image-to-Image Translation with Conditional Adversarial Networks", 2017,
      https://arxiv.org/abs/1611.07004. Slides 5, 6 and 9 of the tutorial.

    Example:
      >>> game = translation("branching", adversarial_strength=0.0, reconstruction_strength=1.0, batch_size=16)
      >>> sorted(game.losses(game.init(jax.random.key(0)), game.sample(jax.random.key(1))))
      ['discriminator', 'generator']
    """
    check_sizes(batch_size=batch_size)
    check_whole(latent_dim, "latent_dim", 0)
    check_numbers(adversarial_strength=adversarial_strength, reconstruction_strength=reconstruction_strength)
    if cost not in COSTS:
        raise ValueError(f"cost is {cost!r}; it has to be one of {', '.join(COSTS)}.")
    if reconstruction not in RECONSTRUCTIONS:
        raise ValueError(f"reconstruction is {reconstruction!r}; it has to be one of {', '.join(RECONSTRUCTIONS)}.")
    if isinstance(source, str) and source not in SOURCES:
        raise ValueError(f"source is {source!r}; it has to be one of {', '.join(SOURCES)}, or a sampler of pairs.")
    named = [penalty] if isinstance(penalty, str) else list(penalty)
    if other := [name for name in named if name not in ("none", "r1", "r2")]:
        raise ValueError(f"penalty is {other[0]!r}; it has to be none, r1, r2, or r1 and r2.")
    chosen = strengths(penalty, penalty_strength)
    pairs = SOURCES[source]() if isinstance(source, str) else source
    if networks is None:
        (inputs, *image), (targets, *_) = pairs.shapes
        if image:
            raise ValueError(f"Inputs have the shape {pairs.shapes[0]}; pairs that are no vectors need networks.")
        generator = mlp(inputs + latent_dim, hidden, targets, activation="leaky_relu", init="glorot")
        discriminator = mlp(inputs + targets, discriminator_hidden, 1, activation="leaky_relu", init="glorot")
    else:
        generator, discriminator = networks
    stochastic = generator.stochastic or discriminator.stochastic
    return Game(
        init=GanInit(generator, discriminator),
        sample=TranslationSample(pairs, batch_size, latent_dim, stochastic),
        losses=TranslationLosses(
            generator, discriminator, cost, reconstruction, jnp.asarray(adversarial_strength, float),
            jnp.asarray(reconstruction_strength, float), chosen,
        ),
    )  # fmt: skip
