"""Simultaneous steps without their drift away from the flow."""

from typing import Any

import jax

from gangame.calculus import field, jacobian_product, off_diagonal_product
from gangame.core import Game, Key, Players, State, UpdateRule
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import LearningRate, PlayerRates


def _cost(terms: str = "all", **others: Any) -> Cost:
    """With the blocks of J on its diagonal, both factors of each matrix product move: twice the work of the others."""
    return Cost(gradients=1, forward=2 if terms == "all" else 1)


@costs(_cost)
def drift_corrected(learning_rate: LearningRate, *, terms: str = "all") -> UpdateRule:
    """All players step at once, corrected for the first-order drift of such steps away from the flow ẇ = −v(w).

        w⁺ = w − η (v − (η/2) J v)

    Plain steps w − ηv follow, to second order, the flow of the modified field v + (η/2) J v, so to subtract that term
    leaves an error of order η² over a stretch of time. Its part of player i is (η/2) J_ii v_i, which descends
    (η/4) ‖∇_i ℓ_i‖² and mostly does good, and the interaction (η/2) Σ_{j≠i} J_ij v_j, which the paper cancels alone in
    zero-sum games. On V = xy the radius is √(1 + η⁴/4), that of Heun's method.

    Args:
      learning_rate: η, 0 or more, or a dict with one for each player (then the flow is that of η_i v_i).
      terms: which drift is cancelled, "all" or "interaction".

    Returns:
      The rule, which remembers nothing.

    Raises:
      ValueError: a learning rate is negative or not a number, or terms is none of the two words.

    Source: Rosca et al., "Discretization Drift in Two-Player Games", 2021, https://arxiv.org/abs/2105.13922.

    Example:
      >>> rule = drift_corrected(0.1, terms="interaction")
    """
    rates = PlayerRates(learning_rate)
    if terms not in ("all", "interaction"):
        raise ValueError(f"terms is {terms!r}; it has to be 'all' or 'interaction'.")
    product = jacobian_product if terms == "all" else off_diagonal_product

    def init(players: Players) -> State:
        rates.check(players)
        return ()

    def update(game: Game, players: Players, state: State, key: Key) -> tuple[Players, State]:
        batch = game.sample(key)
        v = field(game)(players, batch)
        drift = product(game, players, batch, rates.times(v))
        return rates.step(players, jax.tree.map(lambda own, change: own - change / 2, v, drift)), state

    return UpdateRule(init, update)
