"""Consensus optimisation: everybody also descends the size of the field."""

import optax

from gangame.calculus import Direction, as_direction, field_and_transposed
from gangame.core import Array, Batch, Game, Players, UpdateRule
from gangame.ranges import check_number
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import Optimizer, scaled
from gangame.rules.simultaneous import simultaneous


def consensus_direction(strength: float | Array = 10.0) -> Direction:
    """Returns the direction v + γ Jᵀv of a strength γ, 0 or more; both factors are of one and the same sample."""
    check_number(strength, "strength")

    def evaluate(game: Game, players: Players, batch: Batch) -> Players:
        v, transposed = field_and_transposed(game, players, batch)
        return optax.tree.add(v, scaled(strength, transposed(v)))

    return as_direction(evaluate)


@costs(Cost(gradients=1, transposed=1))
def consensus(optimizer: Optimizer, *, strength: float | Array = 10.0) -> UpdateRule:
    """Each player descends its loss plus γ/2 times the squared norm of everybody's gradients.

        w⁺ = w − η (v + γ Jᵀv),    Jᵀv = ∇ ½‖v‖²

    On V = xy a step is [[1 − ηγ, −η], [η, 1 − ηγ]]: it converges for η < 2γ/(1 + γ²). Far from a game without
    curvature it is drawn to every small ‖v‖, equilibrium or not. The same sample is in both factors of Jᵀv; over
    samples its mean is E[Jᵀv], the gradient of E ½‖v‖², and not E[J]ᵀE[v].

    Args:
      optimizer: a learning rate, an optax transformation, or a dict with one of these for each player.
      strength: γ, 0 or more; 0 is `simultaneous`.

    Returns:
      The rule. Its state is the state of the optimisers, by player. One field and one transposed product per step.

    Raises:
      ValueError: a learning rate or the strength is negative or not a number.

    Source: Mescheder, Nowozin and Geiger, "The Numerics of GANs", 2017, https://arxiv.org/abs/1705.10461.

    Example:
      >>> import optax
      >>> rule = consensus(optax.rmsprop(1e-4), strength=10.0)
    """
    return simultaneous(optimizer, direction=consensus_direction(strength))
