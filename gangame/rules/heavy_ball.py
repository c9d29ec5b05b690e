"""Momentum in a game, where a negative one helps."""

from collections.abc import Sequence

import optax

from gangame.calculus import Direction, field
from gangame.core import UpdateRule
from gangame.ranges import check_number
from gangame.rules.cost import Cost, costs, moves_in_order
from gangame.rules.optimizer import LearningRate
from gangame.rules.with_memory import with_memory


@costs(Cost(gradients=1, copies=1), in_turn=moves_in_order)
def heavy_ball(
    learning_rate: LearningRate,
    *,
    momentum: float = -0.5,
    order: Sequence[str] | None = None,
    direction: Direction = field,
) -> UpdateRule:
    """Each player keeps a part of its last move, a negative part by default: negative momentum.

        m⁺ = β m − η v,    w⁺ = w + m⁺

    On V = xy simultaneous steps diverge for every β and η; alternating ones converge for negative β and η < 2(1 + β),
    by 1 − ρ ≈ −β η²/(1 − β)³ per step for small η, which is largest at β = −½.

    Args:
      learning_rate: η, 0 or more, or a dict with one for each player.
      momentum: β, from -1 to 1; 0 forgets the last move.
      order: names of the players, first mover first, to move in turn and on a fresh sample each; `None` moves all at
        once.
      direction: what the players follow, one of `rules.directions`; the field of own gradients by default.

    Returns:
      The rule. Its state is the state of `optax.sgd` with momentum, by player.

    Raises:
      ValueError: a number outside its range, or a name is no player of the game.

    Source: Gidel et al., "Negative Momentum for Improved Game Dynamics", 2019, https://arxiv.org/abs/1807.04740.

    Example:
      >>> rule = heavy_ball(0.1, momentum=-0.25, order=("discriminator", "generator"))
    """
    check_number(momentum, "momentum", -1, 1)
    return with_memory(lambda rate: optax.sgd(rate, momentum), learning_rate, order, direction)
