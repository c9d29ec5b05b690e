"""Competitive gradient descent: everybody plays the Nash equilibrium of a local bilinear game."""

from typing import Any

import jax

from gangame.calculus import Direction, as_direction, field_of_others, is_zero_sum
from gangame.core import Array, Batch, Game, Key, Players, State, UpdateRule
from gangame.rules.competitive_adaptive import competitive_adaptive
from gangame.rules.competitive_solver import CouplingSolver
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import LearningRate, PlayerRates
from gangame.rules.scale import own_scale


def competitive_direction(
    rate: LearningRate = 0.1, solver: str = "auto", tol: float | Array = 1e-6, maxiter: int = 20
) -> Direction:
    """Returns the direction (I + J_o α)⁻¹ v for the steps α that players expect of each other; see `competitive`."""
    return _direction(CouplingSolver(PlayerRates(rate, "rate"), solver, tol, maxiter))


def _direction(solve: CouplingSolver) -> Direction:
    def evaluate(game: Game, players: Players, batch: Batch) -> Players:
        solve.check(players)
        v, product = jax.linearize(field_of_others(game, players, batch), players)
        return solve(product, v, is_zero_sum(game, players, batch))

    return as_direction(evaluate)


def _cost(maxiter: int = 20, solver: str = "auto", adaptive: bool = False, **others: Any) -> Cost:
    """One product for each iteration, and by conjugate gradients also half of one at both ends of a solve."""
    del others
    return Cost(gradients=1, forward=maxiter + (solver != "gmres"), copies=adaptive)


@costs(_cost)
@own_scale(lambda adaptive=False, **others: adaptive)
def competitive(
    learning_rate: LearningRate,
    *,
    solver: str = "auto",
    tol: float | Array = 1e-6,
    maxiter: int = 20,
    adaptive: bool = False,
) -> UpdateRule:
    """CGD: players step to the Nash equilibrium of the game that is bilinear to second order, with proximal terms.

        w⁺ = w − η d,    (I + η J_o) d = v,    and with rates η_i    (I + J_o η) d = v

    with J_o the Jacobian without its diagonal blocks. Its series begins with `opponent_lookahead`. On V = xy it is the
    proximal point step of modulus 1/√(1 + η²), so it converges for all η.

    The adaptive form (ACGD) has a step of its own for each parameter, which its mean square gradient scales as in
    Adam; its equations are in `competitive_adaptive`.

    Each solve starts from zero, and the unknowns of the same player are solved for in every step: neither changes what
    a converged solve gives.

    Args:
      learning_rate: η, 0 or more: a number, or a dict with one for each player.
      solver: "cg", conjugate gradients for two players with J_12 = −J_21ᵀ, as in zero-sum games (elsewhere the answer
        is wrong); "gmres", for all games of any number of players; "auto" is the former where the losses are written
        as one value and its negative, else the latter.
      tol: a solve ends when its residual is `tol` times the right-hand side; from 0 up to 1.
      maxiter: largest number of iterations of a solve, 1 or more.
      adaptive: step sizes for each parameter, or one for each player.

    Returns:
      The rule. It has no state, or in the adaptive form the mean squares and their number.

    Raises:
      ValueError: a value outside the ranges above, or "cg" and not two players.

    Source: Schäfer and Anandkumar, "Competitive Gradient Descent", 2019, https://arxiv.org/abs/1905.12103; Ma et al.,
    "Polymatrix Competitive Gradient Descent", 2021, https://arxiv.org/abs/2111.08565, for n players; Schäfer, Zheng and
    Anandkumar, "Implicit competitive regularization in GANs", 2020, https://arxiv.org/abs/1910.05852, for ACGD.

    Example:
      >>> rule = competitive(0.1, solver="gmres")
    """
    solve = CouplingSolver(PlayerRates(learning_rate), solver, tol, maxiter)
    if adaptive:
        return competitive_adaptive(solve)
    follow = _direction(solve)

    def init(players: Players) -> State:
        solve.check(players)
        return ()

    def update(game: Game, players: Players, state: State, key: Key) -> tuple[Players, State]:
        return solve.rates.step(players, follow(game)(players, game.sample(key))), state

    return UpdateRule(init, update)
