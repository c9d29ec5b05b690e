"""Local symplectic surgery: the rotation is cut out of the game near its stationary points."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from gangame import linear
from gangame.calculus import Direction, as_direction, field, field_and_transposed
from gangame.core import Array, Batch, Game, Key, Players, State, UpdateRule
from gangame.ranges import check_number
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import LearningRate, PlayerRates, scaled


def symplectic_surgery_direction(
    damping: float | Array = 0.1, tol: float | Array = 1e-6, maxiter: int = 20
) -> Direction:
    """Returns the direction ½ (v + Jᵀ (JᵀJ + λI)⁻¹ Jᵀv) with λ = damping · (1 − exp(−‖v‖²))."""
    check_number(damping, "damping")
    linear.check_solver(tol, maxiter)

    def evaluate(game: Game, players: Players, batch: Batch) -> Players:
        v, transposed = field_and_transposed(game, players, batch)
        _, forward = jax.linearize(lambda w: field(game)(w, batch), players)
        fading = -jnp.expm1(-optax.tree.norm(v, squared=True))

        def normal(u: Players) -> Players:
            return optax.tree.add(transposed(forward(u)), scaled(damping, scaled(fading, u)))

        solution = linear.cg(normal, transposed(v), tol=tol, maxiter=maxiter)
        return scaled(0.5, optax.tree.add(v, transposed(solution)))

    return as_direction(evaluate)


def _cost(maxiter: int = 20, **others: Any) -> Cost:
    """The right-hand side and the last product; each iteration of the solve has one of both kinds.

    A product J u with all blocks of J counts for two off the diagonal.
    """
    del others
    return Cost(gradients=1, forward=2 * maxiter, transposed=2 + maxiter)


@costs(_cost)
def symplectic_surgery(
    learning_rate: LearningRate, *, damping: float | Array = 0.1, tol: float | Array = 1e-6, maxiter: int = 20
) -> UpdateRule:
    """LSS: near a stationary point players follow the symmetric part of the game alone.

        w⁺ = w − η ½ (v + Jᵀ (JᵀJ + λI)⁻¹ Jᵀv)

    As v goes to 0 the direction has the Jacobian S = ½ (J + Jᵀ): without rotation, and in a zero-sum game attracting
    exactly where every player is at a minimum of its own. The paper asks for a λ that is zero where v is zero; here λ
    is damping · (1 − exp(−‖v‖²)). The paper's second time scale, which only finds (JᵀJ + λI)⁻¹ Jᵀv, is a solve here.

    On V = xy, where Jᵀ = −J, nothing is left: without damping the direction is zero everywhere.

    Args:
      learning_rate: η, 0 or more: a number, or a dict with one for each player.
      damping: upper end of λ, 0 or more.
      tol: the solve ends when its residual is `tol` times the right-hand side; from 0 up to 1.
      maxiter: largest number of iterations of the solve, 1 or more.

    Returns:
      The rule. It has no state.

    Raises:
      ValueError: a value outside the ranges above.

    Source: Mazumdar, Jordan and Sastry, "On Finding Local Nash Equilibria (and Only Local Nash Equilibria) in Zero-Sum
    Games", 2019, https://arxiv.org/abs/1901.00838.

    Example:
      >>> rule = symplectic_surgery(0.05)
    """
    rates = PlayerRates(learning_rate)
    direction = symplectic_surgery_direction(damping, tol, maxiter)

    def init(players: Players) -> State:
        rates.check(players)
        return ()

    def update(game: Game, players: Players, state: State, key: Key) -> tuple[Players, State]:
        return rates.step(players, direction(game)(players, game.sample(key))), state

    return UpdateRule(init, update)
