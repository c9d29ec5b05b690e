"""The linear system of competitive gradient descent: each step is the best answer to all others' steps."""

from collections.abc import Callable

import optax

from gangame import linear
from gangame.core import Array, Players
from gangame.rules.optimizer import PlayerRates
from gangame.rules.order import two_players

SOLVERS = ("auto", "cg", "gmres")


class CouplingSolver:
    """Solves (I + K ∘ η) c = r for an off-diagonal K, given as u ↦ Ku: nobody's own part of Ku depends on its own u."""

    def __init__(self, rates: PlayerRates, solver: str, tol: float | Array, maxiter: int):
        """Checks the arguments.

        Args:
          rates: η, one for each player.
          solver: "cg", "gmres" or "auto", see `competitive`.
          tol: relative residual at which a solve ends, from 0 up to 1.
          maxiter: largest number of its iterations, 1 or more.

        Raises:
          ValueError: a value outside these ranges.
        """
        if solver not in SOLVERS:
            raise ValueError(f"solver is {solver!r}; it has to be one of {', '.join(SOLVERS)}.")
        linear.check_solver(tol, maxiter)
        self.rates, self.solver, self.tol, self.maxiter = rates, solver, tol, maxiter

    def check(self, players: Players) -> None:
        """Raises a ValueError where the rates do not name these players, or "cg" has not two of them."""
        self.rates.check(players)
        if self.solver == "cg":
            two_players(players, "competitive with solver='cg'")

    def __call__(self, product: Callable[[Players], Players], right: Players, zero_sum: bool) -> Players:
        """Returns c.

        Args:
          product: u ↦ Ku.
          right: r.
          zero_sum: whether there are two players with K_12 = −K_21ᵀ.
        """

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
