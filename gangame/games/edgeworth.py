"""The price war of two firms that can serve only a part of the market each."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, Game
from gangame.games.matrix_game import matrix_game
from gangame.ranges import check_whole, is_number


def edgeworth(
    capacity: float = 0.6, *, num_prices: int = 20, strategies: str = "softmax", start: Sequence | None = None
) -> Game:
    """Edgeworth's duopoly: two firms mix over prices, each undercuts the other down to a floor, and jumps back up.

    Demand is 1 − p, costs are 0, and either firm can sell up to k. The cheaper one sells min(k, 1 − p), the dearer one
    what is left, max(0, 1 − k − p) up to k, and at equal prices each half the demand. For 1/4 < k ≤ 1/3 both charge
    1 − 2k at the only equilibrium. For 1/3 < k < 1 there is none in pure prices: the best answer to a price above the
    floor p_L = (1 − k)²/4k is just below it, and to a lower one the price p_H = (1 − k)/2 of who serves what is left.
    In equilibrium both earn (1 − k)²/4 and mix over [p_L, p_H] with the distribution function `edgeworth_mixture`, up
    to what the grid of prices changes.

    It is a `matrix_game` over the prices i/(2 num_prices), i = 1, ..., num_prices, the largest of which is that of a
    monopoly without a limit; its payoffs are `edgeworth_payoffs`.

    Args:
      capacity: k, above 1/4, where the market clears at the price of a monopoly, and below 1.
      num_prices: number of prices, 2 or more.
      strategies: "softmax" or "affine", see `matrix_game`.
      start: the pair of parameters `[num_prices]` at which every run starts; `None` draws them.

    Returns:
      The game; players "row" and "column". It has no equilibrium in which every price is charged.

    Raises:
      ValueError: a number outside its range.

    Source: Edgeworth, "The Pure Theory of Monopoly", 1925 (1897); Levitan, Shubik, "Price Duopoly and Capacity
      Constraints", 1972, https://doi.org/10.2307/2525908; for cycles as equilibria of a repeated game Maskin, Tirole,
      "A Theory of Dynamic Oligopoly, II", 1988, https://doi.org/10.2307/1911701.

    Example:
      >>> from gangame import analysis
      >>> payoffs, prices = edgeworth_payoffs(0.6, 20)
      >>> price, told = 7, []
      >>> for _ in range(8):  # the firms answer each other in turn
      ...     price = int(analysis.best_response(payoffs, jnp.eye(20)[price]))
      ...     told.append(round(float(prices[price]), 3))
      >>> told
      [0.175, 0.15, 0.125, 0.1, 0.075, 0.2, 0.175, 0.15]
    """
    payoffs, _ = edgeworth_payoffs(capacity, num_prices)
    return matrix_game(payoffs, column_payoffs=payoffs.T, strategies=strategies, start=start)


def edgeworth_payoffs(capacity: float, num_prices: int) -> tuple[Array, Array]:
    """Returns what a firm earns, `[own prices, the other's prices]`, and the prices `[num_prices]`.

    Raises:
      ValueError: a number outside its range.
    """
    _check_capacity(capacity)
    check_whole(num_prices, "num_prices", 2)
    # Whole numbers tell which price is lower: rounded prices would tie or not by chance.
    order = np.arange(1, num_prices + 1)
    prices = jnp.asarray(order / (2 * num_prices), float)
    own = prices[:, None]
    cheaper = jnp.minimum(capacity, 1 - own)
    even = jnp.minimum(capacity, (1 - own) / 2)
    dearer = jnp.clip(1 - capacity - own, 0, capacity)
    lower, higher = order[:, None] < order, order[:, None] > order
    return own * jnp.where(lower, cheaper, jnp.where(higher, dearer, even)), prices


def edgeworth_mixture(prices: Array, capacity: float) -> Array:
    """Returns the probability `[...]` that a firm charges at most a price, at the equilibrium over all prices.

    F(p) = (kp − π)/(p(p + 2k − 1)) between p_L and p_H, with π = (1 − k)²/4: the one under which a firm earns π at
    each price p in between, (1 − F) k p + F (1 − k − p) p = π.

    Args:
      prices: `[...]`, positive.
      capacity: k, above 1/3 and below 1.

    Raises:
      ValueError: a capacity outside this range.
    """
    _check_capacity(capacity, least=1 / 3)
    profit = (1 - capacity) ** 2 / 4
    low, high = profit / capacity, (1 - capacity) / 2
    p = jnp.clip(prices, low, high)
    return (capacity * p - profit) / (p * (p + 2 * capacity - 1))


def _check_capacity(capacity: float, least: float = 1 / 4) -> None:
    if isinstance(capacity, jax.core.Tracer):
        return
    if not (is_number(capacity) and least < capacity < 1):
        raise ValueError(f"capacity is {capacity}; it has to be above {least:.4g} and below 1.")
