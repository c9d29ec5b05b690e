"""Predictability minimisation, the older game of two networks: a code, and predictors that guess each unit of it."""

import dataclasses
import functools
import itertools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Key, Players, nothing
from gangame.nets import Network, mlp
from gangame.ranges import check_numbers, check_sizes, check_whole

MIXINGS = ("linear", "nonlinear")


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class PredictabilityLosses:
    """`losses`: expectations over all patterns.

    Attributes:
      factors: the bits behind each pattern, ±1, `[patterns, factors]`.
      patterns: what the code sees, `[patterns, inputs]`.
      weights: how probable each pattern is, `[patterns]`.
      strengths: of "competition", "reconstruction" and "variance".
      encoder: from patterns to units, `[patterns, units]` in (0, 1).
      decoder: from units to patterns.
      predictor: from units, its own one hidden, to `[patterns, 1]` in (0, 1); each has parameters of its own.
    """

    factors: Array
    patterns: Array
    weights: Array
    strengths: dict[str, Array]
    encoder: Network
    decoder: Network
    predictor: Network

    def code(self, players: Players) -> Array:
        """Returns the units y of all patterns, `[patterns, units]`."""
        return self.encoder.apply(players["code"]["encoder"], self.patterns)

    def predictions(self, players: Players, code: Array) -> Array:
        """Returns what each predictor says of its unit, given the others, `[patterns, units]`."""
        seen = 1 - jnp.eye(code.shape[1], dtype=code.dtype)  # a hidden unit is 0 for its own predictor
        said = jax.vmap(lambda own, mask: self.predictor.apply(own, code * mask))(players["predictors"], seen)
        return said[..., 0].T

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses."""
        del batch
        y = self.code(players)
        unpredicted = self.weights @ jnp.sum((self.predictions(players, y) - y) ** 2, axis=1)
        missed = self.weights @ jnp.mean(
            (self.decoder.apply(players["code"]["decoder"], y) - self.patterns) ** 2, axis=1
        )
        spread = self.weights @ jnp.sum((y - self.weights @ y) ** 2, axis=1)
        strength = self.strengths
        paid = strength["reconstruction"] * missed - strength["variance"] * spread
        return {"code": paid - strength["competition"] * unpredicted, "predictors": unpredicted}


def predictability_minimisation(
    mixing: str = "linear",
    *,
    probabilities: Sequence[float] = (0.5, 0.5, 0.5, 0.5),
    inputs: int = 8,
    units: int | None = None,
    hidden: tuple[int, ...] = (16,),
    predictor_hidden: tuple[int, ...] = (8,),
    competition: float = 1.0,
    reconstruction: float = 1.0,
    variance: float = 0.0,
    seed: int = 0,
) -> Game:
    """Predictability minimisation: a code of some units, each of which is guessed from the others, and flees the guess.

    Independent bits b_j = ±1 are mixed into patterns x, of which there are 2^bits; the code sees x and has units
    y_i(x) in (0, 1); predictor P_i sees all units but its own. Over all patterns, exactly,

      V_C = Σ_i E (P_i(y_−i) − y_i)²,   ℓ_predictors = V_C,
      ℓ_code = −κ V_C + ρ E |R(y) − x|²/inputs − ν Σ_i Var y_i

    with a decoder R, which is the code player's as well. The best predictors are conditional means, before which
    V_C = Σ_i E Var(y_i | y_−i) ≤ Σ_i Var y_i ≤ units/4. Between y_i in [0, 1] it is units/4 if and only if the units
    are bits, fair and independent: a factorial code.

    It is not the value function of a GAN; Goodfellow et al. name three differences. There the competition is the sole
    criterion of training and suffices, here it regularises a network that has something else to do (ρ, ν). There one
    network's output is a rich vector that the other has to take as its input, here two scalars are compared, which one
    player wants to be alike and the other to differ. And there the end is known, a saddle point at which the
    generator's distribution is a given one, that of the data; here no distribution is given, any product of its own
    marginals will do.

    Args:
      mixing: x is Ab for a matrix A of normals ("linear") or A₂ tanh(2 A₁ b) ("nonlinear"); each input is shifted and
        scaled to mean 0 and variance 1 over the patterns.
      probabilities: of b_j = 1, one for each bit, from 2 bits to 10, each above 0 and below 1.
      inputs: number of inputs, 1 or more.
      units: number of units of the code, 2 or more; `None` is the number of bits.
      hidden: widths of the hidden layers of encoder and decoder, tanh.
      predictor_hidden: widths of those of each predictor, tanh.
      competition: κ, 0 or more; at 0 the code is that of an autoencoder.
      reconstruction: ρ, 0 or more.
      variance: ν, 0 or more.
      seed: chooses the matrices, 0 or more.

    Returns:
      The game; players "code" (a dict of "encoder" and "decoder") and "predictors" (with a leading axis of units). Of
      its `losses`, `code(players)` are the units, `factors` the bits, `patterns` and `weights` the data. Its
      equilibrium is not known.

    Raises:
      ValueError: an unknown mixing, or a number outside its range.

    Source: Schmidhuber, "Learning Factorial Codes by Predictability Minimization", 1992,
      https://doi.org/10.1162/neco.1992.4.6.863; Goodfellow et al., "Generative Adversarial Nets", 2014,
      https://arxiv.org/abs/1406.2661, for the differences; the question after the tutorial.

    Example:
      >>> game = predictability_minimisation(probabilities=(0.5, 0.25))
      >>> print(game.losses.factors, game.losses.weights)
      [[-1. -1.]
       [-1.  1.]
       [ 1. -1.]
       [ 1.  1.]] [0.375 0.125 0.375 0.125]
    """
    if mixing not in MIXINGS:
        raise ValueError(f"mixing is {mixing!r}; it has to be one of {', '.join(MIXINGS)}.")
    chances = np.asarray(probabilities, float)
    if chances.ndim != 1 or not 2 <= chances.size <= 10 or not np.all((chances > 0) & (chances < 1)):
        raise ValueError(f"probabilities is {probabilities}; they are 2 to 10 numbers, each above 0 and below 1.")
    units = chances.size if units is None else units
    check_sizes(inputs=inputs)
    check_whole(units, "units", 2)
    check_whole(seed, "seed", 0)
    check_numbers(competition=competition, reconstruction=reconstruction, variance=variance)

    bits = np.array(list(itertools.product([-1.0, 1.0], repeat=chances.size)))
    weights = np.prod(np.where(bits > 0, chances, 1 - chances), axis=1)
    encoder = mlp(inputs, hidden, units, activation="tanh", squash="sigmoid")
    decoder = mlp(units, hidden, inputs, activation="tanh")
    predictor = mlp(units, predictor_hidden, 1, activation="tanh", squash="sigmoid")
    strengths = {"competition": competition, "reconstruction": reconstruction, "variance": variance}
    return Game(
        Partial(functools.partial(_start, units), encoder, decoder, predictor),
        Partial(nothing),
        PredictabilityLosses(
            jnp.asarray(bits, float),
            jnp.asarray(_mixed(bits, weights, mixing, inputs, seed), float),
            jnp.asarray(weights, float),
            {name: jnp.asarray(each, float) for name, each in strengths.items()},
            encoder,
            decoder,
            predictor,
        ),
    )


def _mixed(bits: np.ndarray, weights: np.ndarray, mixing: str, inputs: int, seed: int) -> np.ndarray:
    """Returns the patterns `[patterns, inputs]`, each input of mean 0 and variance 1."""
    generator = np.random.default_rng(seed)
    size = bits.shape[1]
    first = generator.standard_normal((size, inputs)) / np.sqrt(size)
    patterns = bits @ first
    if mixing == "nonlinear":
        patterns = np.tanh(2 * patterns) @ generator.standard_normal((inputs, inputs)) / np.sqrt(inputs)
    centered = patterns - weights @ patterns
    return centered / np.sqrt(weights @ centered**2)


def _start(units: int, encoder: Network, decoder: Network, predictor: Network, key: Key) -> Players:
    key_encoder, key_decoder, key_predictors = jax.random.split(key, 3)
    return {
        "code": {"encoder": encoder.init(key_encoder), "decoder": decoder.init(key_decoder)},
        "predictors": jax.vmap(predictor.init)(jax.random.split(key_predictors, units)),
    }
