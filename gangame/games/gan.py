"""The game of a generative adversarial network, from any two networks and any data."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array, Batch, Game, Key, Players
from gangame.data import quick_normal
from gangame.games.adversaries import Adversaries, GanInit, Judged, check_features
from gangame.games.costs import COSTS, INDIFFERENT, LOGISTIC
from gangame.games.costs.penalties import PENALTIES, charge, strengths
from gangame.games.costs.smoothing import optimal_logit, smoothed_discriminator_cost
from gangame.games.packing import packed
from gangame.nets import Network
from gangame.ranges import check_numbers, is_whole


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class GanSample:
    """`sample` of a GAN: data, standard normal latents, and the randomness of what the discriminator sees or pays."""

    data: Callable[[Key, int], Array]
    batch_size: int = dataclasses.field(metadata={"static": True})
    latent_dim: int = dataclasses.field(metadata={"static": True})
    shared_latents: bool = dataclasses.field(metadata={"static": True})
    quick_latents: bool = dataclasses.field(default=False, metadata={"static": True})
    noise: Array | None = None
    packing: int = dataclasses.field(default=1, metadata={"static": True})
    penalties: tuple[str, ...] = dataclasses.field(default=(), metadata={"static": True})
    stochastic: bool = dataclasses.field(default=False, metadata={"static": True})

    def latents(self, key: Key, num_samples: int) -> Array:
        """Returns latents `[num_samples, latent_dim]`."""
        draw = quick_normal if self.quick_latents else jax.random.normal
        return draw(key, (num_samples, self.latent_dim))

    def __call__(self, key: Key) -> Batch:
        """Returns a batch: `real`, `latents`, and `generator_latents` unless these are shared.

        With instance noise `real` has it already, and `noise` (and `generator_noise`) is what samples get. What the
        penalties draw stands under their names, and `keys` are those of networks that draw, for each of the above.
        """
        key_real, key_latents, key_generator, key_noise, *keys_drawn = jax.random.split(
            key, 4 + len(self.penalties) + self.stochastic
        )
        batch: dict[str, Any] = {
            "real": self.data(key_real, self.batch_size),
            "latents": self.latents(key_latents, self.batch_size),
        }
        if not self.shared_latents:
            batch["generator_latents"] = self.latents(key_generator, self.batch_size)
        if self.noise is not None:
            batch |= self._noise(key_noise, batch["real"])
        if self.stochastic:
            seen = [name for name in ("real", "latents", "generator_latents") if name in batch]
            batch["keys"] = dict(zip(seen, jax.random.split(keys_drawn.pop(), len(seen)), strict=True))
        for name, key_drawn in zip(self.penalties, keys_drawn, strict=True):
            if draw := PENALTIES[name].draw:
                batch[name] = draw(key_drawn, packed(batch["real"], self.packing))
        return batch

    def _noise(self, key: Key, real: Array) -> dict[str, Array]:
        names = ["real", "noise"] if self.shared_latents else ["real", "noise", "generator_noise"]
        noise = {
            name: jnp.asarray(self.noise).astype(real.dtype) * jax.random.normal(k, real.shape, real.dtype)
            for name, k in zip(names, jax.random.split(key, len(names)), strict=True)
        }
        return {**noise, "real": real + noise["real"]}


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class GanLosses(Adversaries):
    """`losses` of a GAN: a cost of `COSTS` over the discriminator's logits, and what the discriminator pays besides."""

    cost: str = dataclasses.field(metadata={"static": True})
    penalty_strengths: dict[str, Array] = dataclasses.field(default_factory=dict)
    penalty_target: Array | None = None
    labels: tuple[Array, Array] | None = None
    packing: int = dataclasses.field(default=1, metadata={"static": True})
    match_features: bool = dataclasses.field(default=False, metadata={"static": True})

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses."""
        real = Judged(packed(batch["real"], self.packing), batch.get("keys", {}).get("real"))
        logits_real = self.logits(players, *real)
        fake = self._fake(players, batch, "latents", "noise")
        losses = self._compared(players, real, logits_real, fake)
        if "generator_latents" in batch:
            own = self._fake(players, batch, "generator_latents", "generator_noise")
            losses = {**losses, "generator": self._compared(players, real, logits_real, own)["generator"]}
        for name, strength in self.penalty_strengths.items():
            target = 0.0 if self.penalty_target is None else self.penalty_target
            paid = charge(name, lambda x: self.logits(players, x), real.points, fake.points, batch.get(name), target)
            losses = {**losses, "discriminator": losses["discriminator"] + strength * paid}
        return losses

    def logits(self, players: Players, points: Array, key: Key | None = None) -> Array:
        """Returns the discriminator's logits `[batch]` at points `[batch, ...]`, or at packs where it sees packs.

        They are `[batch, patches, patches]` where it judges patches.

        Without a key it is in evaluation mode, as it is for the penalties.
        """
        return self.outputs(players, points, key)[..., 0]

    def at_equilibrium(self) -> dict[str, Array]:
        """Returns what the players pay, penalties aside, where G is the data and D is at its best."""
        logits = jnp.full(1, INDIFFERENT[self.cost])
        if self.labels is not None:
            logits = optimal_logit(logits, *self.labels)
        paid = self._costs(logits, logits)
        return {**paid, "generator": jnp.zeros_like(paid["generator"])} if self.match_features else paid

    def _fake(self, players: Players, batch: Batch, latents: str, noise: str) -> Judged:
        samples, key = self.sampled(players, batch[latents], batch.get("keys", {}).get(latents))
        return Judged(packed(samples + batch[noise] if noise in batch else samples, self.packing), key)

    def _compared(self, players: Players, real: Judged, logits_real: Array, fake: Judged) -> dict[str, Array]:
        losses = self._costs(logits_real, self.logits(players, *fake))
        return {**losses, "generator": self.feature_gap(players, real, fake)} if self.match_features else losses

    def _costs(self, logits_real: Array, logits_fake: Array) -> dict[str, Array]:
        costs = COSTS[self.cost](logits_real, logits_fake)
        if self.labels is None:
            return costs
        return {**costs, "discriminator": smoothed_discriminator_cost(logits_real, logits_fake, *self.labels)}


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
    penalty: str | Sequence[str] = "none",
    penalty_strength: Any = 0.1,
    penalty_target: Any = 1.0,
    real_label: Any = 1.0,
    fake_label: Any = 0.0,
    noise: Any = 0.0,
    packing: int = 1,
    match_features: bool = False,
) -> Game:
    """Returns the game between a generator and a discriminator.

    Args:
      generator: from latents `[batch, latent_dim]` to samples `[batch, ...]`. A network that draws, this or the other,
        does so in the losses, with a key of the batch, another one for data than for samples.
      discriminator: from samples to one logit each, `[batch, 1]`; from packs of samples where there are packs.
      data: `data(key, num_samples) -> [num_samples, ...]`, a pytree of the arrays it holds.
      latent_dim: size of z ~ N(0, I), 1 or more.
      batch_size: how many data and how many latents one sample has, 1 or more, and a multiple of `packing`.
      cost: one of `games.COSTS`: "minimax", "non_saturating", "maximum_likelihood", "wasserstein", "hinge",
        "least_squares", "relativistic", "relativistic_average", or an f-GAN: "f_kl", "f_reverse_kl", "f_pearson",
        "f_squared_hellinger", "f_jensen_shannon", "f_gan".
      shared_latents: both losses are on the same latents, or each is on its own ones; implementations differ.
      quick_latents: latents are drawn by `data.quick_normal`, or by `jax.random.normal`, exact and slower.
      penalty: what the discriminator pays besides, (γ/2) E (‖∇_x a(x)‖ − g₀)² of its logit a: "none"; "r1" and "r2",
        at data and at samples, with g₀ = 0; "gradient", between both, the penalty of WGAN-GP; "dragan", around data;
        or several of these. A step takes second derivatives. For discriminators that judge each point by itself, so
        without batch normalisation. Logits of patches are summed for each point.
      penalty_strength: γ, 0 or more, or a dict with one for each penalty. It is twice the λ of WGAN-GP and DRAGAN.
        For one that changes see `with_penalty`.
      penalty_target: g₀ of "gradient" and "dragan", 0 or more.
      real_label: what the discriminator is to say of data, from 0 to 1, for the three costs that are cross-entropies;
        0.9 is one-sided label smoothing.
      fake_label: what it is to say of samples, from 0 to 1; above 0 smoothing is two-sided, which does harm.
      noise: standard deviation of instance noise, normal noise on all data and samples that the discriminator sees, 0
        or more. For noise that decays see `with_noise`.
      packing: how many samples the discriminator sees side by side, 1 or more.
      match_features: the generator descends ‖E h(x) − E h(G(z))‖², the distance between the means of the features h
        that the discriminator's last layer sees, in place of its cost.

    Returns:
      The game; players "generator" and "discriminator". `game.losses.generate(players, latents)` are samples.

    Raises:
      ValueError: an unknown cost or penalty, a number outside its range, labels for a cost without labels, or features
        of a discriminator that does not show any.

    Source: Goodfellow et al., "Generative Adversarial Nets", 2014, https://arxiv.org/abs/1406.2661. Each cost and
    penalty has its own in `gangame.games.costs`. Salimans et al., "Improved Techniques for Training GANs", 2016,
    https://arxiv.org/abs/1606.03498, for smoothing and features; Sønderby et al., "Amortised MAP Inference for Image
    Super-resolution", 2017, https://arxiv.org/abs/1610.04490, for instance noise.
    """
    if cost not in COSTS:
        raise ValueError(f"cost is {cost!r}; it has to be one of {', '.join(COSTS)}.")
    if not (is_whole(latent_dim) and is_whole(batch_size)) or min(latent_dim, batch_size) < 1:
        raise ValueError(f"latent_dim is {latent_dim} and batch_size is {batch_size}; each has to be 1 or more.")
    if not is_whole(packing) or packing < 1 or batch_size % packing:
        raise ValueError(f"packing is {packing}; it has to be 1 or more and to divide batch_size, {batch_size}.")
    check_numbers(0, 1, real_label=real_label, fake_label=fake_label)
    check_numbers(noise=noise, penalty_target=penalty_target)
    smooth = not (_is(real_label, 1) and _is(fake_label, 0))
    if smooth and cost not in LOGISTIC:
        raise ValueError(f"cost is {cost!r}, which has no labels to smooth; those that do are {', '.join(LOGISTIC)}.")
    if match_features:
        check_features(discriminator)
    chosen = strengths(penalty, penalty_strength)
    return Game(
        init=GanInit(generator, discriminator),
        sample=GanSample(
            data, batch_size, latent_dim, shared_latents, quick_latents,
            None if _is(noise, 0) else jnp.asarray(noise, float), packing, tuple(chosen),
            generator.stochastic or discriminator.stochastic,
        ),
        losses=GanLosses(
            generator, discriminator, cost, chosen,
            None if all(PENALTIES[name].centred for name in chosen) else jnp.asarray(penalty_target, float),
            (jnp.asarray(real_label, float), jnp.asarray(fake_label, float)) if smooth else None,
            packing, match_features,
        ),
    )  # fmt: skip


def _is(number: Any, value: float) -> bool:
    """Returns whether a number is known, and this."""
    return not isinstance(number, jax.core.Tracer) and bool(number == value)


def with_noise(game: Game, noise: Any) -> Game:
    """Returns a GAN with instance noise of another standard deviation.

    A game has no clock, so noise that decays is a game for each step, or for each stretch of steps:

        run = gg.start(game, rule, key)
        run, _ = jax.lax.scan(lambda run, noise: (gg.advance(games.with_noise(game, noise), rule, run, 1), None),
                              run, jnp.linspace(0.1, 0, 1000))

    Args:
      game: from `gan`, or one of the games made with it.
      noise: standard deviation, 0 or more, which may be traced.

    Raises:
      ValueError: another game, or a number outside its range.
    """
    check_numbers(noise=noise)
    return game._replace(sample=dataclasses.replace(_sampler(game), noise=jnp.asarray(noise, float)))


def with_penalty(game: Game, strength: Any) -> Game:
    """Returns a GAN whose penalties have another strength, which may change from stretch to stretch as noise may.

    Args:
      game: from `gan` with a penalty or more, or one of the games made with it.
      strength: γ of all of its penalties, 0 or more, which may be traced.

    Raises:
      ValueError: another game, one without a penalty, or a number outside its range.
    """
    check_numbers(strength=strength)
    if not isinstance(game.losses, GanLosses) or not game.losses.penalty_strengths:
        raise ValueError("This game has no penalty; only games made by games.gan with a penalty have one.")
    own = dict.fromkeys(game.losses.penalty_strengths, jnp.asarray(strength, float))
    return game._replace(losses=dataclasses.replace(game.losses, penalty_strengths=own))


def generate(game: Game, players: Players, key: Key, num_samples: int) -> Array:
    """Returns `num_samples` samples of the generator of a GAN, `[num_samples, ...]`, whatever its latents are.

    Raises:
      ValueError: the game has no generator that samples.
    """
    if not (hasattr(game.losses, "generate") and hasattr(game.sample, "latents")):
        raise ValueError("This game has no generator to sample from; only games with images or mixtures have one.")
    return game.losses.generate(players, game.sample.latents(key, num_samples))


def _sampler(game: Game) -> GanSample:
    if not isinstance(game.losses, GanLosses) or not isinstance(game.sample, GanSample):
        raise ValueError("This game has no instance noise; only games made by games.gan have some.")
    return game.sample
