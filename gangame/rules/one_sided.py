"""One-sided gradient-norm regularisation: one player also descends the size of the others' gradients."""

import optax

from gangame.calculus import Direction, as_direction, field, influence_product
from gangame.core import Array, Batch, Game, Players, UpdateRule
from gangame.ranges import check_number
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import Optimizer, scaled
from gangame.rules.order import leading
from gangame.rules.simultaneous import simultaneous


def one_sided_direction(player: str | None = None, strength: float | Array = 0.5) -> Direction:
    """Returns the direction v, with 2γ Σ_{j≠i} J_jiᵀ v_j on top for one player i; γ is the strength, 0 or more."""
    check_number(strength, "strength")

    def evaluate(game: Game, players: Players, batch: Batch) -> Players:
        name = leading(player, players)
        v = field(game)(players, batch)
        others = {other: gradient for other, gradient in v.items() if other != name}
        penalty = scaled(2 * strength, influence_product(game, name, players, batch, others))
        return {**v, name: optax.tree.add(v[name], penalty)}

    return as_direction(evaluate)


# One of the four blocks of a transposed product.
@costs(Cost(gradients=1, transposed=1 / 4))
def one_sided(optimizer: Optimizer, *, player: str | None = None, strength: float | Array = 0.5) -> UpdateRule:
    """One player, the generator, also descends γ times the squared norm of the others' gradients.

        θ_i⁺ = θ_i − η ∇_i (ℓ_i + γ Σ_{j≠i} ‖∇_j ℓ_j‖²),    θ_j⁺ = θ_j − η ∇_j ℓ_j

    A generator that does so moves to where the discriminator has nothing to gain. In a zero-sum game the
    penalised loss is that of unrolling by one step of size γ, to first order in γ. On V = xy, with x as that
    player, a step is [[1 − 2ηγ, −η], [η, 1]].

    Args:
      optimizer: a learning rate, an optax transformation, or a dict with one of these for each player.
      player: who is regularised; `None` is "generator" where there is such a player, else the first by name.
      strength: γ, 0 or more; 0 is `simultaneous`, and 0.5 is the paper's choice.

    Returns:
      The rule. Its state is the state of the optimisers, by player.

    Raises:
      ValueError: a learning rate or the strength is negative or not a number, or there is no such player.

    Source: Nagarajan and Kolter, "Gradient descent GAN optimization is locally stable", 2017,
    https://arxiv.org/abs/1706.04156.

    Example:
      >>> rule = one_sided(1e-3, strength=0.5)
    """
    return simultaneous(optimizer, direction=one_sided_direction(player, strength))
