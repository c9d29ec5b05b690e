"""Symplectic gradient adjustment: the rotation of the game is turned into attraction."""

import jax
import jax.numpy as jnp
import optax

from gangame.calculus import Direction, as_direction, field_and_transposed, jacobian_product
from gangame.core import Array, Batch, Game, Players, UpdateRule
from gangame.ranges import check_number
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import Optimizer, scaled
from gangame.rules.simultaneous import simultaneous


def symplectic_direction(strength: float | Array = 1.0, align: bool = True, epsilon: float | Array = 0.1) -> Direction:
    """Returns the direction v + λ Aᵀv with λ = ±strength; `align` chooses the sign. See `symplectic`."""
    check_number(strength, "strength")
    check_number(epsilon, "epsilon")

    def evaluate(game: Game, players: Players, batch: Batch) -> Players:
        v, transposed = field_and_transposed(game, players, batch)
        backward = transposed(v)
        adjustment = scaled(0.5, optax.tree.sub(backward, jacobian_product(game, players, batch, v)))
        if align:
            dimension = sum(leaf.size for leaf in jax.tree.leaves(players))
            product = optax.tree.vdot(v, backward) * optax.tree.vdot(adjustment, backward)
            # The sign is constant almost everywhere: it is held under differentiation.
            adjustment = scaled(jnp.sign(product / dimension + jnp.asarray(epsilon).astype(product.dtype)), adjustment)
        return optax.tree.add(v, scaled(strength, adjustment))

    return as_direction(evaluate)


@costs(Cost(gradients=1, forward=1, transposed=1))
def symplectic(
    optimizer: Optimizer, *, strength: float | Array = 1.0, align: bool = True, epsilon: float | Array = 0.1
) -> UpdateRule:
    """SGA: players step along their gradients and, at right angles to them, along the antisymmetric part of the game.

        w⁺ = w − η (v + λ Aᵀv),    Aᵀv = ½ (Jᵀv − Jv),    λ = γ sign(⟨v, Jᵀv⟩ ⟨Aᵀv, Jᵀv⟩ / dim + ε)

    The sign makes the adjustment point towards stable and away from unstable stationary points, to first order. It is 0
    on games without a symmetric part if ε = 0, such as V = xy, and the rule is then `simultaneous` (unless rounding
    makes up a sign); with ε > 0, or with `align=False` where λ = γ, a step on V = xy is [[1 − ηγ, −η], [η, 1 − ηγ]].

    Args:
      optimizer: a learning rate, an optax transformation, or a dict with one of these for each player.
      strength: γ, 0 or more; 0 is `simultaneous`.
      align: choose the sign of λ at each point, or keep it positive.
      epsilon: ε, 0 or more: how clear the case for a negative sign has to be.

    Returns:
      The rule. Its state is the state of the optimisers, by player.

    Raises:
      ValueError: a learning rate, the strength or epsilon is negative or not a number.

    Source: Balduzzi et al., "The Mechanics of n-Player Differentiable Games", 2018, https://arxiv.org/abs/1802.05642,
    whose code has dim, the number of all parameters, and ε = 0.1.

    Example:
      >>> import optax
      >>> rule = symplectic(optax.rmsprop(1e-4))
    """
    return simultaneous(optimizer, direction=symplectic_direction(strength, align, epsilon))
