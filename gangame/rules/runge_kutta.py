"""Joint Runge–Kutta steps along the flow of a game, and ODE-GAN."""

from collections.abc import Sequence
from typing import Any

import jax
import optax

from gangame.calculus import Direction, field, own_gradient
from gangame.core import Array, Batch, Game, Key, Players, State, UpdateRule
from gangame.ranges import check_number
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import LearningRate, PlayerRates, scaled
from gangame.rules.order import check_names

# By number of stages: how far along the last slope each further stage lies, and the weights of all slopes.
TABLEAUS = {1: ((), (1.0,)), 2: ((1.0,), (1 / 2, 1 / 2)), 4: ((1 / 2, 1 / 2, 1.0), (1 / 6, 1 / 3, 1 / 3, 1 / 6))}


def _cost(stages: int = 4, penalty: Any = 0.0, **others: Any) -> Cost:
    """The penalty's gradient is one of the four blocks of a transposed product."""
    return Cost(gradients=stages, transposed=0 if isinstance(penalty, (int, float)) and penalty == 0 else 1 / 4)


@costs(_cost)
def runge_kutta(
    learning_rate: LearningRate,
    *,
    stages: int = 4,
    penalty: float = 0.0,
    gradient_of: str | None = None,
    paid_by: str | Sequence[str] | None = None,
    direction: Direction = field,
) -> UpdateRule:
    """All players follow the flow ẇ = −v(w) together, by a Runge–Kutta step of length η on one sample.

        1: w⁺ = w − η k₁,    2 (Heun): w⁺ = w − η (k₁ + k₂)/2,    4: w⁺ = w − η (k₁ + 2k₂ + 2k₃ + k₄)/6

    Each slope k is the field of all players at one point (to step each player with the others frozen has order 1 in a
    game, whatever the tableau). On V = xy the radius is √(1 + η⁴/4) with 2 stages, so it diverges, and
    √(1 − η⁶/72 + η⁸/576) with 4, which is below 1 for η < 2√2. ODE-GAN adds to the discriminator's move a step down the
    gradient norm of the generator, −η λ ∇_φ ‖∇_θ ℓ_G(θ, φ)‖² at the point from which the step starts.

    Args:
      learning_rate: η, 0 or more, or a dict with one for each player, which is the flow at these relative speeds.
      stages: 1 (Euler, simultaneous steps), 2 or 4, which is also the order.
      penalty: λ, 0 or more; 0.07 in the paper.
      gradient_of: the player whose gradient norm is penalised; `None` is "generator", or the first name of a game that
        has no generator.
      paid_by: a name, or names, of the players that descend the penalty; `None` is all others.
      direction: what the players follow, one of `rules.directions`; the field of own gradients by default.

    Returns:
      The rule, which remembers nothing.

    Raises:
      ValueError: a number outside its range, or a name is no player of the game.

    Source: Qin et al., "Training Generative Adversarial Networks by Solving Ordinary Differential Equations", 2020,
    https://arxiv.org/abs/2010.15040.

    Example:
      >>> rule = runge_kutta(0.1, penalty=0.07)
    """
    rates = PlayerRates(learning_rate)
    if isinstance(stages, bool) or stages not in TABLEAUS:
        raise ValueError(f"stages is {stages!r}; it has to be 1, 2 or 4.")
    check_number(penalty, "penalty")
    penalized = isinstance(penalty, jax.Array) or penalty > 0

    def roles(players: Players) -> tuple[str, list[str]]:
        of = gradient_of or ("generator" if "generator" in players else min(players))
        by = [paid_by] if isinstance(paid_by, str) else list(paid_by or [name for name in players if name != of])
        check_names([of, *by], players)
        return of, by

    def init(players: Players) -> State:
        roles(players)
        rates.check(players)
        return ()

    def penalty_gradients(game: Game, players: Players, batch: Batch) -> Players:
        of, by = roles(players)

        def squared_norm(paying: Players) -> Array:
            return optax.tree.norm(own_gradient(game, of, {**players, **paying}, batch)[1], squared=True)

        return jax.grad(squared_norm)({name: players[name] for name in by})

    def update(game: Game, players: Players, state: State, key: Key) -> tuple[Players, State]:
        batch = game.sample(key)
        nodes, weights = TABLEAUS[stages]

        def slope(at: Players) -> Players:
            return rates.times(direction(game)(at, batch))

        slopes = [slope(players)]
        for node in nodes:
            slopes.append(slope(optax.tree.add_scale(players, -node, slopes[-1])))
        moved = players
        for weight, each in zip(weights, slopes, strict=True):
            moved = optax.tree.add_scale(moved, -weight, each)
        if penalized:
            moved = rates.step(moved, scaled(penalty, penalty_gradients(game, players, batch)))
        return moved, state

    return UpdateRule(init, update)
