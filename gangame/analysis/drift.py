"""Discretisation drift: the flow that steps of a finite size really follow."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp

from gangame.calculus import Direction, field, own_gradient
from gangame.core import Batch, Game, Players
from gangame.rules.optimizer import LearningRate, PlayerRates
from gangame.rules.order import in_order


def step_field(learning_rate: LearningRate) -> Direction:
    """Returns the direction Hv of plain steps, H = diag(η_i): the flow of `ẇ = −Hv` in a time counted in steps.

    The plain flow, to be compared with `modified_field`; steps stray from it by O(η) over a fixed sum of step sizes.

    Args:
      learning_rate: a number of at least 0, or a dict with one for each player.

    Example:
      >>> import jax.numpy as jnp
      >>> from gangame import games
      >>> direction = step_field({"x": 0.1, "y": 0.2})
      >>> v = direction(games.bilinear())({"x": jnp.array(1.0), "y": jnp.array(1.0)}, None)
      >>> print(v["x"], v["y"])
      0.1 -0.2
    """
    rates = PlayerRates(learning_rate)

    def direction(game: Game) -> Callable[[Players, Batch], Players]:
        def evaluate(players: Players, batch: Batch) -> Players:
            rates.check(players)
            return rates.times(field(game)(players, batch))

        return evaluate

    return direction


def modified_field(
    learning_rate: LearningRate, *, alternating: bool = False, order: Sequence[str] | None = None
) -> Direction:
    """Returns the direction whose flow plain gradient steps follow to one order more than the plain flow.

        ẇ_i = −η_i (v_i + ½ Σ_j σ_ij η_j J_ij v_j),    σ_ij = −1 where j has moved before i, else +1

    in a time counted in steps. Simultaneous: all σ are +1; with one step size ẇ = −η(v + (η/2) J v). The terms j = i
    are each player's own drift, as in optimisation; the others are the interaction, and turn their sign for players who
    see the earlier ones' new parameters. On V = xy simultaneous steps drift outward by η²/2
    per step, and alternating ones not at all. The distance between steps and this flow is O(η²) over a fixed sum of
    step sizes, where the plain flow has O(η).

    Args:
      learning_rate: a number of at least 0, or a dict with one for each player.
      alternating: whether the players move one after the other.
      order: of alternating players, first mover first, each once; the sorted names by default.

    Returns:
      The direction, for the argument `direction` of `flow`. One more forward product J u than the field.

    Raises:
      ValueError: a rate is negative, `order` is given for simultaneous steps, or names a player twice.

    Source: Rosca et al., "Discretization Drift in Two-Player Games", 2021, https://arxiv.org/abs/2105.13922; n players
    by the same expansion, Σ_{j before i} being the terms that the later ones see.

    Example:
      >>> import jax.numpy as jnp
      >>> from gangame import analysis, games
      >>> start = {"x": jnp.array(1.0), "y": jnp.array(0.0)}
      >>> end = analysis.flow(games.bilinear(), start, jnp.array([0.0, 100.0]), direction=modified_field(0.1))
      >>> print(jnp.hypot(end["x"], end["y"])[-1].round(4))  # exp(100 · 0.1²/2); the steps themselves: 1.01⁵⁰ = 1.6446
      1.6487
    """
    rates = PlayerRates(learning_rate)
    if order is not None and not alternating:
        raise ValueError(f"order is {order}, but simultaneous players have none; pass alternating=True or no order.")
    if order is not None and len(set(order)) < len(order):
        raise ValueError(f"order is {order}; each player moves once here.")

    def direction(game: Game) -> Callable[[Players, Batch], Players]:
        def evaluate(players: Players, batch: Batch) -> Players:
            rates.check(players)
            plain = rates.times(field(game)(players, batch))
            moved: list[str] = []
            modified = {}
            for name in in_order(order, players):
                signed = {j: jax.tree.map(jnp.negative, own) if j in moved else own for j, own in plain.items()}

                def own_rate_gradient(w: Players, name: str = name) -> Players:
                    return rates.times({name: own_gradient(game, name, w, batch)[1]})[name]

                drift = jax.jvp(own_rate_gradient, (players,), (signed,))[1]
                modified[name] = jax.tree.map(lambda v, d: v + d / 2, plain[name], drift)
                if alternating:
                    moved.append(name)
            return modified

        return evaluate

    return direction
