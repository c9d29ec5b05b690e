"""The iterated prisoner's dilemma, with exact values."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Players, nothing
from gangame.games.starts import initial
from gangame.ranges import is_number


def as_other_sees(states: Array) -> Array:
    """Returns numbers `[4]` for CC, CD, DC, DD in the order in which they are these for the other player."""
    return states.reshape(2, 2).T.ravel()


def prisoners_dilemma(
    discount: float = 0.96,
    *,
    payoffs: Sequence[float] = (-1.0, -3.0, 0.0, -2.0),
    start: Sequence | None = None,
) -> Game:
    """Iterated prisoner's dilemma of two players who remember one round, with exact discounted values.

    A policy is five logits of cooperating: in the first round, and after the rounds CC, CD, DC, DD, the own action
    first. With the opening p₀ `[4]` and the transitions P `[4, 4]` between these rounds, the discounted visits are
    m = (I − γPᵀ)⁻¹ p₀, and a player minimises −m·r. Always cooperating costs 1/(1 − γ) in all, always defecting twice
    as much. Tit for tat is (+, +, −, +, −).

    Args:
      discount: γ, from 0 to below 1.
      payoffs: r, the four numbers that a player receives in CC, CD, DC, DD, the own action first.
      start: the pair of logits `[5]` at which every run starts; `None` draws both from a standard normal.

    Returns:
      The game; players "p1" and "p2". Its equilibria are policies of infinite logits, so none is given.

    Raises:
      ValueError: a discount outside its range, or payoffs that are not four.

    Source: Foerster et al., "Learning with Opponent-Learning Awareness", 2018, https://arxiv.org/abs/1709.04326.

    Example:
      >>> import jax.numpy as jnp
      >>> tit_for_tat = 50 * jnp.array([1.0, 1.0, -1.0, 1.0, -1.0])
      >>> print(prisoners_dilemma(0.5).losses({"p1": tit_for_tat, "p2": tit_for_tat}, None)["p1"])
      2.0
    """
    if not isinstance(discount, jax.core.Tracer) and not (is_number(discount) and 0 <= discount < 1):
        raise ValueError(f"discount is {discount}; it has to be from 0 to below 1.")
    if np.shape(payoffs) != (4,):
        raise ValueError(f"payoffs is {payoffs}; it has to be four numbers, for CC, CD, DC, DD.")
    settings = {"discount": jnp.asarray(discount, float), "payoffs": jnp.asarray(payoffs, float)}

    return Game(initial({"p1": (5,), "p2": (5,)}, start), Partial(nothing), Partial(_losses, settings))


def _both(p: Array, q: Array) -> Array:
    """Returns the probabilities of CC, CD, DC, DD where the players cooperate with p and q."""
    return jnp.stack([p * q, p * (1 - q), (1 - p) * q, (1 - p) * (1 - q)], axis=-1)


def _losses(settings: dict[str, Array], players: Players, batch: Batch) -> dict[str, Array]:
    del batch
    p, q = jax.nn.sigmoid(players["p1"]), jax.nn.sigmoid(players["p2"])
    transitions = _both(p[1:], as_other_sees(q[1:]))
    visits = jnp.linalg.solve(jnp.eye(4) - settings["discount"] * transitions.T, _both(p[0], q[0]))
    return {"p1": -visits @ settings["payoffs"], "p2": -visits @ as_other_sees(settings["payoffs"])}
