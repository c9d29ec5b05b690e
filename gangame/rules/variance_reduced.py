"""Variance-reduced extragradient for games that are finite sums."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import lax

from gangame.calculus import field
from gangame.core import Array, Batch, Game, Key, Players, State, UpdateRule
from gangame.ranges import is_whole
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import Optimizer, PlayerOptimizers, scaled


class VarianceReduced(NamedTuple):
    """State of the optimisers, the snapshot with the whole field there, and its age in steps; 0 where there is none."""

    step: State
    snapshot: Players
    whole: Players
    age: Array


def _cost(period: int | None = None, num_terms: int | None = None) -> Cost:
    """Two fields for each half-step, and in one step of a period as many as the game has terms: one a step by chance.

    `num_terms` is no argument of the rule but a number of the game; without it a period is as long as the game.
    """
    return Cost(gradients=4 + (num_terms / period if num_terms and period else 1), copies=2)


@costs(_cost)
def variance_reduced(optimizer: Optimizer, *, period: int | None = None) -> UpdateRule:
    """Extragradient on a game of N terms, where each gradient of a term is corrected by what that term was before.

        d_i(w) = v_i(w) − v_i(s) + v(s),    w̃ = w − η d_i(w),    w⁺ = w − η d_j(w̃)

    Here v = (1/N) Σ v_i is the field of all terms, s a snapshot of the players, and i, j are drawn independently. As w
    and s approach a solution the variance of d vanishes. With a chance of 1/N, or every `period` steps, and at the
    first step, s is where the players are.

    A game says that it is a finite sum by two attributes of `game.sample`: the integer `num_terms` and the function
    `batch_of(index)`, whose batches make the sum; `games.finite_sum` makes one of any game. A game without randomness
    is a sum of one term.

    Args:
      optimizer: a learning rate, an optax transformation, or a dict with one of these for each player. It remembers
        the gradients of both half-steps, as `extragradient` does with moments="twice".
      period: how many steps a snapshot serves, 1 or more; `None` draws with the chance 1/N in each step.

    Returns:
      The rule. Its state is that of the optimisers, the snapshot and the field there. A step costs four gradients of a
      term and, at the default, N in one of N steps; under `vmap` the N are computed in each step.

    Raises:
      ValueError: a learning rate is negative, a period below 1, or a game with randomness that is no finite sum.

    Source: Chavdarova et al., "Reducing Noise in GAN Training with Variance Reduced Extragradient", 2019,
    https://arxiv.org/abs/1904.08598.

    Example:
      >>> rule = variance_reduced(0.1, period=100)
    """
    optimizers = PlayerOptimizers(optimizer)
    if period is not None and (not is_whole(period) or period < 1):
        raise ValueError(f"period is {period!r}; it has to be a whole number, 1 or more, or None.")

    def init(players: Players) -> VarianceReduced:
        return VarianceReduced(
            optimizers.init(players), players, optax.tree.zeros_like(players), jnp.zeros((), jnp.int32)
        )

    def update(game: Game, players: Players, state: VarianceReduced, key: Key) -> tuple[Players, VarianceReduced]:
        key_snapshot, key_ahead, key_step = jax.random.split(key, 3)
        num_terms, batch_of = terms_of(game)
        v = field(game)

        def renew() -> tuple[Players, Players]:
            def add(total: Players, index: Array) -> tuple[Players, None]:
                return optax.tree.add(total, v(players, batch_of(index))), None

            total, _ = lax.scan(add, optax.tree.zeros_like(players), jnp.arange(num_terms))
            return players, scaled(1 / num_terms, total)

        due = jax.random.bernoulli(key_snapshot, 1 / num_terms) if period is None else state.age >= period
        due = due | (state.age == 0)
        snapshot, whole = lax.cond(due, renew, lambda: (state.snapshot, state.whole))

        def corrected(at: Players, key: Key) -> Players:
            batch = batch_of(jax.random.randint(key, (), 0, num_terms))
            return jax.tree.map(
                lambda now, before, all_terms: now - before + all_terms, v(at, batch), v(snapshot, batch), whole
            )

        ahead, step = optimizers.step_all(corrected(players, key_ahead), state.step, players)
        moved, step = optimizers.step_all(corrected(ahead, key_step), step, players)
        return moved, VarianceReduced(step, snapshot, whole, jnp.where(due, 0, state.age) + 1)

    return UpdateRule(init, update)


def terms_of(game: Game) -> tuple[int, Callable[[Any], Batch]]:
    """Returns the number of terms of a game, and the function from an index to the batch of that term.

    Raises:
      ValueError: the game draws from more than a finite number of terms.
    """
    if hasattr(game.sample, "num_terms") and hasattr(game.sample, "batch_of"):
        return game.sample.num_terms, game.sample.batch_of
    batch = jax.eval_shape(game.sample, jax.random.key(0))
    if jax.tree.leaves(batch):
        raise ValueError(
            "variance_reduced needs a game of finitely many terms, and this one draws without end; "
            "games.finite_sum(game, num_terms, key) makes a finite sum of it."
        )
    return 1, lambda index: batch
