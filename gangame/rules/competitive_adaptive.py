"""Adaptive competitive gradient descent: a step size of its own for each parameter."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from gangame.calculus import field_of_others, is_zero_sum
from gangame.core import Array, Game, Key, Players, UpdateRule
from gangame.rules.competitive_solver import CouplingSolver
from gangame.rules.optimizer import guarded_root

DECAY, EPSILON = 0.99, 1e-5


class AdaptiveState(NamedTuple):
    """What the adaptive form remembers.

    Attributes:
      num_steps: number of steps done, an int32 scalar.
      squares: exponential mean of the squared gradients, a tree like the players.
    """

    num_steps: Array
    squares: Players


def competitive_adaptive(solve: CouplingSolver) -> UpdateRule:
    """ACGD, the adaptive form of `competitive`.

        w⁺ = w − η P^½ c,    (I + P^½ J_o P^½ η) c = P^½ v,    P = √(1 − β^t) / (√s + ε) in step t

    with s⁺ = β s + (1 − β) v², the exponential mean of each parameter's squared gradients, β = 0.99 and ε = 1e-5.

    Args:
      solve: the solver of the linear system, which holds the rates η.

    Returns:
      The rule. Its state is s and the number of steps.

    Source: Schäfer, Zheng and Anandkumar, "Implicit competitive regularization in GANs", 2020,
    https://arxiv.org/abs/1910.05852.

    Example:
      >>> from gangame.rules import competitive
      >>> rule = competitive(1e-3, adaptive=True)
    """

    def init(players: Players) -> AdaptiveState:
        solve.check(players)
        return AdaptiveState(jnp.zeros((), jnp.int32), optax.tree.zeros_like(players))

    def update(game: Game, players: Players, state: AdaptiveState, key: Key) -> tuple[Players, AdaptiveState]:
        batch = game.sample(key)
        v, product = jax.linearize(field_of_others(game, players, batch), players)
        num_steps = optax.safe_increment(state.num_steps)
        squares = optax.tree.update_moment_per_elem_norm(v, state.squares, DECAY, 2)

        def root_of_step(square: Array) -> Array:
            correction = jnp.sqrt(1 - DECAY ** num_steps.astype(square.dtype))
            return jnp.sqrt(correction / (guarded_root(square) + EPSILON))

        half = jax.tree.map(root_of_step, squares)

        def scaled_product(direction: Players) -> Players:
            return optax.tree.mul(half, product(optax.tree.mul(half, direction)))

        solution = solve(scaled_product, optax.tree.mul(half, v), is_zero_sum(game, players, batch))
        return solve.rates.step(players, optax.tree.mul(half, solution)), AdaptiveState(num_steps, squares)

    return UpdateRule(init, update)
