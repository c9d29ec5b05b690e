"""Games in which no sensible rule converges: all players' losses are bounded below, and there is nowhere to rest."""

from collections.abc import Sequence

from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Players, nothing
from gangame.games.starts import initial


def _market(players: Players, batch: Batch) -> dict[str, Array]:
    del batch
    x, y = players["x"], players["y"]
    exchange = x * y + (y**4 / (1 + x**2) - x**4 / (1 + y**2)) / 4
    return {"x": x**6 / 6 - x**2 / 2 + exchange, "y": y**6 / 6 - y**2 / 2 - exchange}


def _zero_sum(players: Players, batch: Batch) -> dict[str, Array]:
    del batch
    x, y = players["x"], players["y"]
    value = x * y - x**2 / 2 + y**2 / 2 + x**4 / 4 - y**4 / 4
    return {"x": value, "y": -value}


LOSSES = {"market": _market, "zero_sum": _zero_sum}


def market(kind: str = "market", *, start: Sequence[float] | None = None) -> Game:
    """Letcher's games whose only fixed point is a strict maximum, so that reasonable rules cycle for ever.

    "market", whose interaction is zero-sum, with g = y⁴/(1 + x²) − x⁴/(1 + y²):
      ℓ_x = x⁶/6 − x²/2 + xy + g/4,  ℓ_y = y⁶/6 − y²/2 − xy − g/4.
    "zero_sum": ℓ_x = −ℓ_y = xy − x²/2 + y²/2 + x⁴/4 − y⁴/4.
    In both the field is zero at (0, 0) alone, where the Jacobian is [[−1, 1], [−1, −1]], of eigenvalues −1 ± i: each
    player is at a strict maximum of its own loss, and a rule that avoids those has nowhere to go.

    Args:
      kind: "market" or "zero_sum".
      start: the pair (x, y) at which every run starts; `None` draws both from a normal of standard deviation ½: from
        further out, corrections of high degree in the sixth powers throw players to infinity.

    Returns:
      The game; players "x" and "y", two scalars. There is no equilibrium.

    Raises:
      ValueError: an unknown kind, or a start that is no pair of numbers.

    Source: Letcher, "On the Impossibility of Global Convergence in Multi-Loss Optimization", 2021,
      https://arxiv.org/abs/2005.12649, and the author's
      https://github.com/aletcher/impossibility-global-convergence.

    Example:
      >>> import jax.numpy as jnp
      >>> from gangame import analysis
      >>> zero = {"x": jnp.array(0.0), "y": jnp.array(0.0)}
      >>> print(analysis.jacobian(market(), zero, None))
      [[-1.  1.]
       [-1. -1.]]
    """
    if kind not in LOSSES:
        raise ValueError(f"kind is {kind!r}; it has to be one of {', '.join(LOSSES)}.")
    return Game(initial({"x": (), "y": ()}, start, std=0.5), Partial(nothing), Partial(LOSSES[kind]))
