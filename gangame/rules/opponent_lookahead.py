"""Opponent lookahead: everybody answers the others' next step, taken for fixed."""

import jax
import optax

from gangame.calculus import Direction, as_direction, field_of_others
from gangame.core import Batch, Game, Players, UpdateRule
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import LearningRate, Optimizer, PlayerRates
from gangame.rules.simultaneous import simultaneous


def opponent_lookahead_direction(rate: LearningRate = 0.1) -> Direction:
    """Returns the direction (I − α J_o) v for the opponents' assumed step α, a number or a dict by player."""
    steps = PlayerRates(rate, "rate")

    def evaluate(game: Game, players: Players, batch: Batch) -> Players:
        steps.check(players)
        v, product = jax.linearize(field_of_others(game, players, batch), players)
        return optax.tree.sub(v, product(steps.times(v)))

    return as_direction(evaluate)


@costs(Cost(gradients=1, forward=1))
def opponent_lookahead(optimizer: Optimizer, *, rate: LearningRate = 0.1) -> UpdateRule:
    """LA, or LCGD: each player answers, to first order, the naive step of the others, which it takes for a constant.

        w⁺ = w − η (I − α J_o) v

    with J_o the Jacobian without its diagonal blocks. It is the first term of the series for competitive gradient
    descent, (I + α J_o)⁻¹ v. On V = xy with α = η it is extragradient, and converges for η < 1.

    Args:
      optimizer: a learning rate, an optax transformation, or a dict with one of these for each player.
      rate: α, the step that others are assumed to take, 0 or more: a number, or a dict with one for each player, who is
        the one that takes it. 0 is `simultaneous`.

    Returns:
      The rule. Its state is the state of the optimisers, by player.

    Raises:
      ValueError: a rate is negative or not a number.

    Source: Zhang and Lesser, "Multi-Agent Learning with Policy Prediction", 2010,
    https://doi.org/10.1609/aaai.v24i1.7639; Schäfer and Anandkumar, "Competitive Gradient Descent", 2019,
    https://arxiv.org/abs/1905.12103, who call it LCGD.

    Example:
      >>> rule = opponent_lookahead(0.1, rate=0.1)
    """
    return simultaneous(optimizer, direction=opponent_lookahead_direction(rate))
