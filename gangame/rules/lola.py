"""Learning with opponent-learning awareness: everybody differentiates through the others' next step."""

from typing import Any

import jax

from gangame.calculus import Direction, as_direction, field_of_others, own_gradient, shaping_term
from gangame.core import Array, Batch, Game, Players, UpdateRule
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import LearningRate, Optimizer, PlayerRates
from gangame.rules.simultaneous import simultaneous


def lola_direction(rate: LearningRate = 0.1, exact: bool = True) -> Direction:
    """Returns the direction of LOLA for the opponents' assumed step, a number or a dict by player; see `lola`."""
    steps = PlayerRates(rate, "rate")

    def first_order(game: Game, players: Players, batch: Batch) -> Players:
        steps.check(players)
        v, product = jax.linearize(field_of_others(game, players, batch), players)
        shaping = shaping_term(game, players, batch, steps.times)
        return jax.tree.map(lambda own, lead, chi: own - lead - chi, v, product(steps.times(v)), shaping)

    def through(game: Game, players: Players, batch: Batch) -> Players:
        steps.check(players)

        def shaped_gradient(name: str) -> Players:
            def loss_after(own: Players) -> Array:
                here = {**players, name: own}
                gradients = {other: own_gradient(game, other, here, batch)[1] for other in players if other != name}
                return game.losses(steps.step(here, gradients), batch)[name]

            return jax.grad(loss_after)(players[name])

        return {name: shaped_gradient(name) for name in players}

    return as_direction(through if exact else first_order)


def _cost(exact: bool = True, **others: Any) -> Cost:
    """The field, which is everybody's next step; at its end the gradients ∇_i ℓ_i and ∇_j ℓ_i, or to first order here.

    The derivative of that step is the transposed product without the blocks on the diagonal, which is half of one.
    """
    del others
    return Cost(gradients=3, transposed=1 / 2) if exact else Cost(gradients=2, forward=1, transposed=1 / 2)


@costs(_cost)
def lola(optimizer: Optimizer, *, rate: LearningRate = 0.1, exact: bool = True) -> UpdateRule:
    """LOLA: each player steps along its gradient through the next step of the others, and so shapes that step.

        θ_i⁺ = θ_i − η d/dθ_i ℓ_i(θ_i, θ_−i − α ∇_−i ℓ_−i(θ))                                        exact
        w⁺ = w − η ((I − α J_o) v − χ),    χ_i = Σ_{j≠i} J_jiᵀ α ∇_j ℓ_i                        to first order in α

    On V = xy both are the same, [[1 − 2ηα, −η], [η, 1 − 2ηα]]. Fixed points of the game are not always kept: where
    χ ≠ 0 at v = 0 players move on, as in the tandem game. For one player alone the exact form is `unrolled` at depth 1.

    Args:
      optimizer: a learning rate, an optax transformation, or a dict with one of these for each player.
      rate: α, the step that others are assumed to take, 0 or more: a number, or a dict with one for each player, who is
        the one that takes it. 0 is `simultaneous`.
      exact: differentiate through the others' step, or take the first order in α.

    Returns:
      The rule. Its state is the state of the optimisers, by player.

    Raises:
      ValueError: a rate is negative or not a number.

    Source: Foerster et al., "Learning with Opponent-Learning Awareness", 2018, https://arxiv.org/abs/1709.04326.

    Example:
      >>> rule = lola(0.1, rate=0.3)
    """
    return simultaneous(optimizer, direction=lola_direction(rate, exact))
