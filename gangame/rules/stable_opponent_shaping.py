"""Stable opponent shaping: LOLA far from fixed points, lookahead near them."""

import jax
import jax.numpy as jnp
import optax

from gangame.calculus import Direction, as_direction, field_of_others, shaping_term
from gangame.core import Array, Batch, Game, Players, UpdateRule
from gangame.ranges import check_number
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import LearningRate, Optimizer, PlayerRates, scaled
from gangame.rules.simultaneous import simultaneous


def stable_opponent_shaping_direction(
    rate: LearningRate = 0.1, a: float | Array = 0.5, b: float | Array = 0.1
) -> Direction:
    """Returns the direction ξ_0 − p χ, between lookahead (p = 0) and LOLA (p = 1); see `stable_opponent_shaping`."""
    steps = PlayerRates(rate, "rate")
    check_number(a, "a")
    check_number(b, "b")

    def evaluate(game: Game, players: Players, batch: Batch) -> Players:
        steps.check(players)
        v, product = jax.linearize(field_of_others(game, players, batch), players)
        lookahead = optax.tree.sub(v, product(steps.times(v)))
        shaping = shaping_term(game, players, batch, steps.times)

        against = -optax.tree.vdot(shaping, lookahead)
        slack, radius = (jnp.asarray(each).astype(against.dtype) for each in (a, b))
        # Where there is no conflict nothing is divided, also at a fixed point, where all of this is 0.
        conflict = jnp.where(against < 0, against, -1)
        bounded = jnp.minimum(1, -slack * optax.tree.norm(lookahead, squared=True) / conflict)
        aligned = jnp.where(against < 0, bounded, 1)
        square = optax.tree.norm(v, squared=True)
        near = jnp.where(square < radius**2, square, 1)
        return optax.tree.sub(lookahead, scaled(jnp.minimum(aligned, near), shaping))

    return as_direction(evaluate)


# v and ∇_j ℓ_i, a product for lookahead, and for shaping a transposed one without the blocks on the diagonal.
@costs(Cost(gradients=2, forward=1, transposed=1 / 2))
def stable_opponent_shaping(
    optimizer: Optimizer, *, rate: LearningRate = 0.1, a: float | Array = 0.5, b: float | Array = 0.1
) -> UpdateRule:
    """SOS: as much of LOLA's shaping as neither turns lookahead around nor moves a fixed point.

        w⁺ = w − η (ξ_0 − p χ),    ξ_0 = (I − α J_o) v,    p = min(p_1, p_2)
        p_1 = 1 if ⟨−χ, ξ_0⟩ ≥ 0 else min(1, −a ‖ξ_0‖² / ⟨−χ, ξ_0⟩),    p_2 = ‖v‖² if ‖v‖ < b else 1

    with LOLA's shaping term χ_i = Σ_{j≠i} J_jiᵀ α ∇_j ℓ_i. p_2 vanishes with v, so fixed points are kept, as LOLA does
    not; p_1 keeps an angle of less than a right one to ξ_0.

    Args:
      optimizer: a learning rate, an optax transformation, or a dict with one of these for each player.
      rate: α, the step that others are assumed to take, 0 or more: a number, or a dict with one for each player, who is
        the one that takes it.
      a: how much of ξ_0 the shaping may undo, 0 or more, below 1 in the paper.
      b: below which norm of v shaping fades out, 0 or more; below 1 in the paper.

    Returns:
      The rule. Its state is the state of the optimisers, by player.

    Raises:
      ValueError: a rate, a or b is negative or not a number.

    Source: Letcher et al., "Stable Opponent Shaping in Differentiable Games", 2019, https://arxiv.org/abs/1811.08469.

    Example:
      >>> rule = stable_opponent_shaping(0.1, rate=0.1)
    """
    return simultaneous(optimizer, direction=stable_opponent_shaping_direction(rate, a, b))
