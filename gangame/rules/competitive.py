"""Competitive gradient descent: everybody plays the Nash equilibrium of a local bilinear game."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from gangame import linear
from gangame.calculus import Direction, as_direction, field_of_others, is_zero_sum
from gangame.core import Array, Batch, Game, Key, Players, State, UpdateRule
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import LearningRate, PlayerRates, guarded_root
from gangame.rules.order import two_players
from gangame.rules.scale import own_scale

SOLVERS = ("auto", "cg", "gmres")
DECAY, EPSILON = 0.99, 1e-5


class AdaptiveState(NamedTuple):
    """What the adaptive form remembers.

    Attributes:
      num_steps: number of steps done, an int32 scalar.
      squares: exponential mean of the squared gradients, a tree like the players.
    """

    num_steps: Array
    squares: Players


class _Solver:
    """Solves (I + K ∘ η) c = r for an off-diagonal K, given as u ↦ Ku: nobody's own part of Ku depends on its own u."""

    def __init__(self, rates: PlayerRates, solver: str, tol: float | Array, maxiter: int):
        if solver not in SOLVERS:
            raise ValueError(f"solver is {solver!r}; it has to be one of {', '.join(SOLVERS)}.")
        linear.check_solver(tol, maxiter)
        self.rates, self.solver, self.tol, self.maxiter = rates, solver, tol, maxiter

    def check(self, players: Players) -> None:
        self.rates.check(players)
        if self.solver == "cg":
            two_players(players, "competitive with solver='cg'")

    def __call__(self, product: Callable[[Players], Players], right: Players, zero_sum: bool) -> Players:
        def coupling(direction: Players) -> Players:
            return product(self.rates.times(direction))

        if self.solver == "gmres" or (self.solver == "auto" and not zero_sum):
            return linear.gmres(lambda u: optax.tree.add(u, coupling(u)), right, tol=self.tol, maxiter=self.maxiter)

        # Two players with K_12 = −K_21ᵀ: without the second one, (I − K_12 η_2 K_21 η_1) c_1 = r_1 − K_12 η_2 r_2 is
        # symmetric and positive definite.
        first, second = two_players(right, "competitive with solver='cg'")

        def of_first(own: Players) -> Players:
            return coupling({first: own, second: optax.tree.zeros_like(right[second])})[second]

        def of_second(own: Players) -> Players:
            return coupling({first: optax.tree.zeros_like(right[first]), second: own})[first]

        solution = linear.cg(
            lambda own: optax.tree.sub(own, of_second(of_first(own))),
            optax.tree.sub(right[first], of_second(right[second])),
            tol=self.tol,
            maxiter=self.maxiter,
        )
        return {first: solution, second: optax.tree.sub(right[second], of_first(solution))}


def competitive_direction(
    rate: LearningRate = 0.1, solver: str = "auto", tol: float | Array = 1e-6, maxiter: int = 20
) -> Direction:
    """Returns the direction (I + J_o α)⁻¹ v for the steps α that players expect of each other; see `competitive`."""
    solve = _Solver(PlayerRates(rate, "rate"), solver, tol, maxiter)

    def evaluate(game: Game, players: Players, batch: Batch) -> Players:
        solve.check(players)
        v, product = jax.linearize(field_of_others(game, players, batch), players)
        return solve(product, v, is_zero_sum(game, players, batch))

    return as_direction(evaluate)


def _cost(maxiter: int = 20, adaptive: bool = False, **others: Any) -> Cost:
    """Beside one product for each iteration, one at the start and one at the end of a solve."""
    del others
    return Cost(gradients=1, forward=2 + maxiter, copies=adaptive)


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

    The adaptive form (ACGD) has a step of its own for each parameter, η P with P = √(1 − β^t) / (√s + ε) in step t, s
    being the exponential mean of its squared gradients, β = 0.99 and ε = 1e-5. It solves the symmetric form
    (I + P^½ J_o P^½ η) c = P^½ v and moves by −η P^½ c.

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
    rates = PlayerRates(learning_rate)
    solve = _Solver(rates, solver, tol, maxiter)

    def init(players: Players) -> State:
        solve.check(players)
        return AdaptiveState(jnp.zeros((), jnp.int32), optax.tree.zeros_like(players)) if adaptive else ()

    def update(game: Game, players: Players, state: State, key: Key) -> tuple[Players, State]:
        batch = game.sample(key)
        v, product = jax.linearize(field_of_others(game, players, batch), players)
        zero_sum = is_zero_sum(game, players, batch)
        if not adaptive:
            return rates.step(players, solve(product, v, zero_sum)), state

        num_steps = optax.safe_increment(state.num_steps)
        squares = optax.tree.update_moment_per_elem_norm(v, state.squares, DECAY, 2)

        def root_of_step(square: Array) -> Array:
            correction = jnp.sqrt(1 - DECAY ** num_steps.astype(square.dtype))
            return jnp.sqrt(correction / (guarded_root(square) + EPSILON))

        half = jax.tree.map(root_of_step, squares)
        scaled_product = lambda u: optax.tree.mul(half, product(optax.tree.mul(half, u)))  # noqa: E731
        direction = optax.tree.mul(half, solve(scaled_product, optax.tree.mul(half, v), zero_sum))
        return rates.step(players, direction), AdaptiveState(num_steps, squares)

    return UpdateRule(init, update)
