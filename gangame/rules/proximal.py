"""The proximal point step: gradients are taken where the step ends."""

from collections.abc import Callable
from typing import Any

import jax
import optax
from jax import lax

from gangame import linear
from gangame.calculus import field
from gangame.core import Array, Game, Key, Players, State, UpdateRule
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import LearningRate, PlayerRates


def _cost(maxiter: int = 10, **others: Any) -> Cost:
    """Fields and linear solves of Newton's iterations, at most; each solve has `linear.RESTART` products.

    A product J u with all blocks of J counts for two off the diagonal.
    """
    del others
    return Cost(gradients=1 + 2 * maxiter, forward=2 * maxiter * linear.RESTART)


@costs(_cost)
def proximal(learning_rate: LearningRate, *, tol: float | Array = 1e-6, maxiter: int = 10) -> UpdateRule:
    """The implicit step, which extragradient and optimistic steps imitate.

        w⁺ = w − η v(w⁺)

    On V = xy it contracts by 1/√(1 + η²) for every η, the more the longer the step. The equation is solved by Newton's
    method from w, with GMRES for its linear systems. Derivatives are those of the solution, by the implicit function
    theorem and one more linear system, and not of the iterations.

    Args:
      learning_rate: η, 0 or more: a number, or a dict with one for each player.
      tol: Newton's iterations end when the residual of the equation is `tol` times ‖η v(w)‖, as far as rounding allows,
        and each linear system is solved to the same relative tolerance; from 0 up to 1.
      maxiter: largest number of Newton's iterations, 1 or more; on a linear field one is enough.

    Returns:
      The rule. It has no state.

    Raises:
      ValueError: a value outside the ranges above.

    Source: Rockafellar, "Monotone Operators and the Proximal Point Algorithm", 1976, https://doi.org/10.1137/0314056.

    Example:
      >>> rule = proximal(0.5)
    """
    rates = PlayerRates(learning_rate)
    linear.check_solver(tol, maxiter)

    def init(players: Players) -> State:
        rates.check(players)
        return ()

    def solve_linear(matrix: Callable[[Players], Players], right: Players) -> Players:
        return linear.gmres(matrix, right, tol=tol, maxiter=linear.RESTART)

    def newton(residual: Callable[[Players], Players], start: Players) -> Players:
        first = residual(start)
        bound = tol * optax.tree.norm(first)

        def unsolved(carry: tuple) -> Array:
            _, left, count = carry
            return (optax.tree.norm(left) > bound) & (count < maxiter)

        def iterate(carry: tuple) -> tuple:
            point, left, count = carry
            _, jacobian = jax.linearize(residual, point)
            point = optax.tree.sub(point, solve_linear(jacobian, left))
            return point, residual(point), count + 1

        return lax.while_loop(unsolved, iterate, (start, first, 0))[0]

    def update(game: Game, players: Players, state: State, key: Key) -> tuple[Players, State]:
        batch = game.sample(key)

        def residual(ahead: Players) -> Players:
            return optax.tree.add(optax.tree.sub(ahead, players), rates.times(field(game)(ahead, batch)))

        return lax.custom_root(residual, players, newton, solve_linear), state

    return UpdateRule(init, update)
