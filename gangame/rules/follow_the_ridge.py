"""Follow the ridge: the follower corrects for the leader's move, so as to stay at its best answer."""

from typing import Any

import jax
import optax

from gangame import linear
from gangame.calculus import Direction, as_direction, block_product, field, own_gradient
from gangame.core import Array, Batch, Game, Key, Players, State, UpdateRule
from gangame.ranges import check_number
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import LearningRate, PlayerRates, scaled
from gangame.rules.order import check_names, leading, two_players


class _Ridge:
    """Computes v and the follower's correction J_22⁻¹ J_21 v_1 for a step of size 1 of the leader."""

    def __init__(
        self, leader: str | None, follower: str | None, tol: float | Array, maxiter: int, damping: float | Array
    ):
        linear.check_solver(tol, maxiter)
        check_number(damping, "damping")
        if leader is not None and leader == follower:
            raise ValueError(f"leader and follower are both {leader!r}; they have to be the two players of the game.")
        self.leader, self.follower, self.damping = leader, follower, damping
        self.tol, self.maxiter = tol, maxiter

    def roles(self, players: Players) -> tuple[str, str]:
        """Returns the names of the leader and of the follower."""
        names = two_players(players, "follow_the_ridge")
        check_names([name for name in (self.leader, self.follower) if name is not None], players)
        if self.leader is None and self.follower is not None:
            leader = next(name for name in names if name != self.follower)
        else:
            leader = leading(self.leader, players)
        return leader, next(name for name in names if name != leader)

    def __call__(self, game: Game, players: Players, batch: Batch) -> tuple[Players, Players]:
        leader, follower = self.roles(players)
        v = field(game)(players, batch)
        drift = block_product(game, players, batch, follower, leader, v[leader])

        def gradient(own: Players) -> Players:
            return own_gradient(game, follower, {**players, follower: own}, batch)[1]

        _, hessian = jax.linearize(gradient, players[follower])

        def normal(u: Players) -> Players:
            return optax.tree.add(hessian(hessian(u)), scaled(self.damping, u))

        return v, linear.cg(normal, hessian(drift), tol=self.tol, maxiter=self.maxiter)


def follow_the_ridge_direction(
    leader: str | None = None,
    follower: str | None = None,
    tol: float | Array = 1e-6,
    maxiter: int = 20,
    damping: float | Array = 1e-3,
) -> Direction:
    """Returns the direction (v_1, v_2 − J_22⁻¹ J_21 v_1), for equal step sizes of both; see `follow_the_ridge`."""
    ridge = _Ridge(leader, follower, tol, maxiter, damping)

    def evaluate(game: Game, players: Players, batch: Batch) -> Players:
        v, correction = ridge(game, players, batch)
        _, follower = ridge.roles(players)
        return {**v, follower: optax.tree.sub(v[follower], correction)}

    return as_direction(evaluate)


def _cost(maxiter: int = 20, **others: Any) -> Cost:
    """Products for the gradient of the follower alone, one for the drift and others with its Hessian.

    The Hessian is in the right-hand side, and twice in each iteration of the solve. As a block on the diagonal it
    counts for two others, which is one product off the diagonal for both players; the drift is half of one.
    """
    del others
    return Cost(gradients=1, forward=1 / 2 + 1 + 2 * maxiter)


@costs(_cost)
def follow_the_ridge(
    learning_rate: LearningRate,
    *,
    leader: str | None = None,
    follower: str | None = None,
    tol: float | Array = 1e-6,
    maxiter: int = 20,
    damping: float | Array = 1e-3,
) -> UpdateRule:
    """The leader takes a plain step, and the follower its own plus a move along the ridge of its best answers.

        θ_1⁺ = θ_1 − η_1 v_1,    θ_2⁺ = θ_2 − η_2 v_2 + η_1 J_22⁻¹ J_21 v_1

    J_22 is the Hessian of the follower's own loss, J_21 how its gradient changes as the leader moves. In a zero-sum
    game, and for little damping, local minimax points and no others attract. On f = (a/2)x² + bxy − (c/2)y² with equal
    rates, a step has the real eigenvalues 1 − η(a + b²/c) and 1 − ηc.

    The Hessian may be indefinite away from such points, so conjugate gradients solve the normal equations
    (J_22² + damping I) u = J_22 J_21 v_1, as in the authors' code: the correction is that of the pseudo-inverse, and on
    V = xy, where J_22 = 0, there is none.

    Args:
      learning_rate: η, 0 or more: a number, or a dict with one for each player.
      leader: who moves first; `None` is the other one of `follower`, or "generator" where there is such a player, else
        the first by name.
      follower: who answers; `None` is the other one.
      tol: the solve ends when its residual is `tol` times the right-hand side; from 0 up to 1.
      maxiter: largest number of iterations of the solve, each with two products, 1 or more.
      damping: what is added to the squared eigenvalues of J_22, 0 or more; 0 is the equation of the paper.

    Returns:
      The rule. It has no state.

    Raises:
      ValueError: a value outside the ranges above, names that are not those of the players, or a game which does not
        have two.

    Source: Wang, Zhang and Ba, "On Solving Minimax Optimization Locally: A Follow-the-Ridge Approach", 2020,
    https://arxiv.org/abs/1910.07512.

    Example:
      >>> rule = follow_the_ridge(0.05, leader="x", follower="y")
    """
    rates = PlayerRates(learning_rate)
    ridge = _Ridge(leader, follower, tol, maxiter, damping)

    def init(players: Players) -> State:
        ridge.roles(players)
        rates.check(players)
        return ()

    def update(game: Game, players: Players, state: State, key: Key) -> tuple[Players, State]:
        leader, follower = ridge.roles(players)
        v, correction = ridge(game, players, game.sample(key))
        moved = rates.step(players, v)
        moved[follower] = optax.tree.add(moved[follower], scaled(rates[leader], correction))
        return moved, state

    return UpdateRule(init, update)
