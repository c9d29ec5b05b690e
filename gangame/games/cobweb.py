"""The cobweb: a price that clears the market, and producers who answer the last price."""

from collections.abc import Sequence

import jax.numpy as jnp
from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Players, nothing
from gangame.games.starts import initial
from gangame.ranges import check_number, check_positive


def cobweb(
    demand_slope: float = 1.0,
    supply_slope: float = 1.0,
    *,
    intercept: float = 0.0,
    start: Sequence[float] | None = None,
) -> Game:
    """Cobweb market ℓ_price = ½(p − a + bq)², ℓ_quantity = ½cq² − pq: cycles or not by the slopes and the steps.

    Buyers take the quantity q at the price p = a − bq, producers offer q = p/c. The field is (p − a + bq, cq − p), its
    Jacobian, with the price first, [[1, b], [−1, c]]: the flow converges for all slopes. The steps of economists need
    not, and each is a rule at a step size. With η_price = 1 and η_quantity = 1/c a gradient step is the best response:

      taking turns      q⁺ = (a − bq)/c, the cobweb: it converges if and only if b < c, by b/c in each step
      at once           the same with a lag: by √(b/c) in each step, two cobwebs woven together
      η below 1/c       q⁺ = q + η(a − (b + c)q), adaptive expectations: these converge for all η < 2/(b + c)

    Args:
      demand_slope: b, positive.
      supply_slope: c, positive.
      intercept: a, the price at which nobody buys.
      start: the pair (p, q) at which every run starts; `None` draws both from a standard normal.

    Returns:
      The game; players "price" and "quantity", two scalars. Its equilibrium is q = a/(b + c), p = cq.

    Raises:
      ValueError: a slope that is not positive, an intercept that is no number, or a start that is no pair of numbers.

    Source: Ezekiel, "The Cobweb Theorem", 1938, https://doi.org/10.2307/1881734; Nerlove, "Adaptive Expectations and
      Cobweb Phenomena", 1958, https://doi.org/10.2307/1880597.

    Example:
      >>> from gangame import analysis, rules
      >>> game = cobweb(2.0, 4.0)
      >>> by_turns = rules.alternating({"price": 1.0, "quantity": 0.25})
      >>> matrix = analysis.update_matrix(by_turns, game, game.equilibrium)
      >>> print(analysis.spectral_radius(matrix).round(4))
      0.5
    """
    check_positive(demand_slope=demand_slope, supply_slope=supply_slope)
    check_number(intercept, "intercept", -float("inf"))
    a, b, c = (jnp.asarray(each, float) for each in (intercept, demand_slope, supply_slope))
    quantity = a / (b + c)
    return Game(
        initial({"price": (), "quantity": ()}, start),
        Partial(nothing),
        Partial(_losses, a, b, c),
        {"price": c * quantity, "quantity": quantity},
    )


def _losses(a: Array, b: Array, c: Array, players: Players, batch: Batch) -> dict[str, Array]:
    del batch
    p, q = players["price"], players["quantity"]
    return {"price": (p - a + b * q) ** 2 / 2, "quantity": c * q**2 / 2 - p * q}
