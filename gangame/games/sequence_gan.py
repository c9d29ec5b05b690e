"""A GAN of sequences of symbols, which have no derivative: four ways around that, and maximum likelihood."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array, Batch, Game, Key, Players
from gangame.data import MarkovChain, Sequences, SequenceSet, markov_chain, surnames
from gangame.games.adversaries import Adversaries, GanInit
from gangame.games.costs import COSTS
from gangame.games.relaxations import hard_choice, score_function, soft_choice, straight_through
from gangame.nets import Network, mlp
from gangame.ranges import check_positive, check_sizes

ROUTES = ("reinforce", "gumbel_softmax", "straight_through", "embedding", "likelihood")
TOGETHER = ("relativistic", "relativistic_average")
"""Costs that compare samples with each other, which have no cost by themselves for REINFORCE to weigh."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class SequenceSample:
    """`sample` of the game: real sequences, and the noise with which the generator chooses."""

    data: MarkovChain | Sequences
    batch_size: int = dataclasses.field(metadata={"static": True})
    noise_dim: int = dataclasses.field(metadata={"static": True})
    gumbel: bool = dataclasses.field(metadata={"static": True})

    def latents(self, key: Key, num_samples: int) -> Array:
        """Returns noise for each symbol, `[num_samples, length, noise]`: Gumbel's, or normal for embeddings."""
        draw = jax.random.gumbel if self.gumbel else jax.random.normal
        return draw(key, (num_samples, self.data.length, self.noise_dim))

    def __call__(self, key: Key) -> Batch:
        """Returns a batch: `real`, `[batch, length]`, and `latents`."""
        key_real, key_latents = jax.random.split(key)
        return {"real": self.data(key_real, self.batch_size), "latents": self.latents(key_latents, self.batch_size)}


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class SequenceLosses(Adversaries):
    """`losses` of the game; see `sequence_gan`."""

    table: Array
    temperature: Array
    route: str = dataclasses.field(metadata={"static": True})
    cost: str = dataclasses.field(metadata={"static": True})
    baseline: bool = dataclasses.field(metadata={"static": True})
    context: int = dataclasses.field(metadata={"static": True})

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses."""
        vectors, log_probabilities = self._written(players, batch["latents"], self.route)
        real, fake = (self._logits(players, each) for each in (self.table[batch["real"]], vectors))
        losses = COSTS[self.cost](real, fake)
        if self.route == "likelihood":
            generator = -jnp.mean(self.log_likelihood(players, batch["real"]))
        elif self.route == "reinforce":
            alone = jax.vmap(lambda logit: COSTS[self.cost](real, logit[None])["generator"])(fake)
            generator = score_function(log_probabilities, alone, self.baseline)
        else:
            generator = losses["generator"]
        return {"discriminator": losses["discriminator"], "generator": generator}

    def generate(self, players: Players, latents: Array, key: Key | None = None) -> Array:
        """Returns sequences of symbols `[batch, length]`: choices, or the symbols whose embeddings are nearest."""
        del key
        route = "embedding" if self.route == "embedding" else "reinforce"
        vectors, _ = self._written(players, latents, route)
        gaps = jnp.sum(self.table**2, axis=1) - 2 * vectors @ self.table.T
        return jnp.argmin(gaps, axis=-1).astype(jnp.int32)

    def log_likelihood(self, players: Players, symbols: Array) -> Array:
        """Returns log p_g of sequences `[batch, length]` in nats, `[batch]`.

        Raises:
          ValueError: the generator writes embeddings, and has no likelihood.
        """
        if self.route == "embedding":
            raise ValueError("A generator of embeddings has no likelihood; choose another route than 'embedding'.")
        vectors = self.table[symbols]
        padded = jnp.pad(vectors, ((0, 0), (self.context, 0), (0, 0)))
        places = jnp.arange(symbols.shape[1])[:, None] + jnp.arange(self.context)
        seen = padded[:, places].reshape(*symbols.shape, -1)
        logits = jax.nn.log_softmax(self.generator.apply(players["generator"], seen))
        return jnp.sum(jnp.take_along_axis(logits, symbols[..., None], axis=-1)[..., 0], axis=1)

    def _written(self, players: Players, latents: Array, route: str) -> tuple[Array, Array]:
        """Returns what the generator writes `[batch, length, width]`, and its log-probability `[batch]`."""
        choose = {
            "gumbel_softmax": lambda logits, noise: soft_choice(logits, noise, self.temperature),
            "straight_through": lambda logits, noise: straight_through(logits, noise, self.temperature),
        }.get(route, hard_choice)

        def step(seen: Array, noise: Array) -> tuple[Array, tuple[Array, Array]]:
            inputs = seen.reshape(len(seen), -1)
            if route == "embedding":
                written = self.generator.apply(players["generator"], jnp.concatenate([inputs, noise], axis=1))
                gained = jnp.zeros(len(seen), written.dtype)
            else:
                logits = self.generator.apply(players["generator"], inputs)
                written = choose(logits, noise)
                gained = jnp.sum(jax.nn.log_softmax(logits) * jax.lax.stop_gradient(written), axis=-1)
            return jnp.concatenate([seen[:, 1:], written[:, None]], axis=1), (written, gained)

        blank = jnp.zeros((len(latents), self.context, self.table.shape[1]), latents.dtype)
        _, (vectors, gained) = jax.lax.scan(step, blank, latents.swapaxes(0, 1))
        return vectors.swapaxes(0, 1), jnp.sum(gained, axis=0)

    def _logits(self, players: Players, vectors: Array) -> Array:
        return self.outputs(players, vectors.reshape(len(vectors), -1))[:, 0]


def sequence_gan(
    source: str | MarkovChain | Sequences | SequenceSet = "oracle",
    *,
    route: str = "reinforce",
    temperature: Any = 1.0,
    baseline: bool = True,
    embedding_dim: int = 4,
    length: int | None = None,
    context: int | None = None,
    hidden: tuple[int, ...] = (64,),
    discriminator_hidden: tuple[int, ...] = (128, 128),
    networks: tuple[Network, Network] | None = None,
    batch_size: int = 64,
    cost: str = "non_saturating",
) -> Game:
    """GAN of sequences of symbols, such as names: how does a gradient get through a choice?

    The generator writes symbol by symbol: a network maps the last `context` symbols to the logits of the next. Routes
    by which the discriminator D teaches it:

        reinforce         it chooses, and the cost of what it chose weighs ∇ log p(choice); no bias
        gumbel_softmax    it writes softmax((logits + g)/τ) in place of a choice; D sees mixtures of symbols
        straight_through  it chooses, and takes the derivative of the above
        embedding         it writes a vector, from normal noise; the symbol is the one whose embedding is nearest
        likelihood        no GAN: it descends −E log p(x) on real sequences, while D learns to tell; for comparison, and
                          to begin with: its players may go on by any of the first three

    Symbols are one-hot vectors to both networks, or for `embedding` unit vectors that stay as they are.

    Args:
      source: "oracle", a `data.MarkovChain` of 8 symbols; "surnames", see `data.surnames`; or any such chain or set.
      route: one of the above.
      temperature: τ of the two that are soft, above 0; small ones are nearly a choice, with gradients that vary more.
      baseline: whether REINFORCE has one, see `games.relaxations`.
      embedding_dim: features of an embedding, and of the normal noise for each symbol, 1 or more.
      length: of a sequence, for the two sources by name; `None` is 12 and 8.
      context: how many symbols back the generator sees, 1 or more; `None` is all of them.
      hidden: widths of the generator's hidden layers.
      discriminator_hidden: widths of the discriminator's hidden layers; it sees the whole sequence at once.
      networks: generator, from `[..., context · width (+ embedding_dim)]` to `[..., width]`, and discriminator, from
        `[batch, length · width]` to `[batch, 1]`, width being the number of symbols, or `embedding_dim`; `None` is two
        perceptrons.
      batch_size: sequences in one sample, 1 or more; 2 or more for a baseline.
      cost: one of `games.COSTS`; for REINFORCE none of the relativistic ones.

    Returns:
      The game; players "generator" and "discriminator". `game.losses.generate(players, latents)` are symbols
      `[batch, length]`, `game.losses.log_likelihood(players, symbols)` is exact.

    Raises:
      ValueError: an unknown name, a number outside its range, or the package `names` is not installed.

    Source: Yu, Zhang, Wang, Yu, "SeqGAN: Sequence Generative Adversarial Nets with Policy Gradient", 2017,
      https://arxiv.org/abs/1609.05473, without its rollouts: the cost of a whole sequence weighs all of its symbols.
      Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028, for soft outputs. Slide 67 of the tutorial.

    Example:
      >>> game = sequence_gan(route="straight_through", temperature=0.5, batch_size=16)
      >>> players = game.init(jax.random.key(0))
      >>> game.losses.generate(players, game.sample.latents(jax.random.key(1), 3)).shape
      (3, 12)
    """
    check_sizes(embedding_dim=embedding_dim, batch_size=batch_size)
    check_positive(temperature=temperature)
    if route not in ROUTES:
        raise ValueError(f"route is {route!r}; it has to be one of {', '.join(ROUTES)}.")
    if route == "reinforce" and baseline and batch_size < 2:
        raise ValueError(
            "batch_size is 1, and a baseline needs the costs of others; give 2 or more, or baseline=False."
        )
    allowed = [name for name in COSTS if route != "reinforce" or name not in TOGETHER]
    if cost not in allowed:
        raise ValueError(f"cost is {cost!r}; with route {route!r} it has to be one of {', '.join(allowed)}.")
    data = _data_of(source, length)
    reach = data.length if context is None else context
    check_sizes(context=reach)
    embedded = route == "embedding"
    width = embedding_dim if embedded else data.num_symbols
    if networks is None:
        generator = mlp(reach * width + embedded * embedding_dim, hidden, width, activation="leaky_relu", init="glorot")
        discriminator = mlp(data.length * width, discriminator_hidden, 1, activation="leaky_relu", init="glorot")
    else:
        generator, discriminator = networks
    return Game(
        init=GanInit(generator, discriminator),
        sample=SequenceSample(data, batch_size, width, not embedded),
        losses=SequenceLosses(
            generator, discriminator, _embeddings(data.num_symbols, width) if embedded else jnp.eye(width),
            jnp.asarray(temperature, float), route, cost, baseline, reach,
        ),
    )  # fmt: skip


SOURCES: dict[str, Callable[..., MarkovChain | SequenceSet]] = {"oracle": markov_chain, "surnames": surnames}


def _data_of(source: Any, length: int | None) -> MarkovChain | Sequences:
    if isinstance(source, str):
        if source not in SOURCES:
            raise ValueError(
                f"source is {source!r}; it has to be one of {', '.join(SOURCES)}, or a chain or set of `gangame.data`."
            )
        source = SOURCES[source]() if length is None else SOURCES[source](length=length)
    elif length is not None:
        raise ValueError(f"length is {length}; sequences that are given have theirs, so leave it out.")
    return source.train if isinstance(source, SequenceSet) else source


def _embeddings(num_symbols: int, width: int) -> Array:
    """Returns unit vectors `[symbols, width]`, always the same ones, far apart where there is room."""
    drawn = jax.random.normal(jax.random.key(0), (num_symbols, width))
    return drawn / jnp.linalg.norm(drawn, axis=1, keepdims=True)
