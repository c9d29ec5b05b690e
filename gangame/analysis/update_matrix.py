"""The Jacobian of one whole step of a rule, and with it the rate at which the rule converges near a point."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from gangame.core import Array, Game, Key, Players, State, UpdateRule


def step_map(
    rule: UpdateRule,
    game: Game,
    players: Players,
    *,
    state: State | None = None,
    key: Key | None = None,
    num_steps: int = 1,
    settle: int = 1,
) -> tuple[Callable[[Array], Array], Array]:
    """Returns what `num_steps` steps do to the vector of all real numbers in players and state, and that vector.

    Counters, flags and keys in the state are held. All steps use one and the same key, so on a game with randomness
    this is the map on one sample.

    Args:
      rule: the update rule.
      game: the game.
      players: the point.
      state: the rule's state there; by default that of `settle` steps from its `init`, with the players put back to
        the point, by which time conventions about the first step are over.
      key: from which samples are drawn; key 0 by default.
      num_steps: how many steps make one, such as the period of a lookahead; 1 or more.
      settle: how many steps the default state has behind it, 0 or more.

    Returns:
      The map from vectors `[m]` to vectors `[m]`, and the point as such a vector: first the players, in the order of
      `ravel_pytree(players)`, then the state.
    """
    if num_steps < 1 or settle < 0:
        raise ValueError(f"num_steps is {num_steps} and settle is {settle}; they have to be 1 or more and 0 or more.")
    key = jax.random.key(0) if key is None else key
    players = jax.tree.map(jnp.asarray, players)
    if state is None:
        state = rule.init(players)
        for _ in range(settle):
            _, state = rule.update(game, players, state, key)
    leaves, structure = jax.tree.flatten((players, state))
    moving = [jnp.issubdtype(jnp.result_type(leaf), jnp.floating) for leaf in leaves]

    def vector_of(leaves: list[Array]) -> tuple[Array, Callable]:
        return ravel_pytree([leaf for leaf, moves in zip(leaves, moving, strict=True) if moves])

    flat, unravel = vector_of(leaves)

    def step(vector: Array) -> Array:
        moved = iter(unravel(vector))
        now, state = jax.tree.unflatten(
            structure, [next(moved) if moves else leaf for leaf, moves in zip(leaves, moving, strict=True)]
        )
        for _ in range(num_steps):
            now, state = rule.update(game, now, state, key)
        return vector_of(jax.tree.leaves((now, state)))[0]

    return step, flat


def update_matrix(rule: UpdateRule, game: Game, players: Players, **at: Any) -> Array:
    """Returns the exact Jacobian of one whole step of any rule, its state included, `[m, m]`; for small games.

    At a point that the rule leaves in place, the largest modulus of its eigenvalues is the local rate: the distance to
    the point shrinks by it in each step in the long run, and the rule is locally stable where it is below 1. Rows and
    columns are in the order of `step_map`.

    Args:
      rule: the update rule.
      game: the game.
      players: the point.
      **at: `state`, `key`, `num_steps` and `settle` of `step_map`.

    Example:
      >>> from gangame import games, rules
      >>> game = games.bilinear()
      >>> print(update_matrix(rules.simultaneous(0.5), game, game.equilibrium))
      [[ 1.  -0.5]
       [ 0.5  1. ]]
    """
    step, flat = step_map(rule, game, players, **at)
    return jax.jit(jax.jacfwd(step))(flat)


def spectral_radius(matrix: Array) -> Array:
    """Returns the largest modulus of the eigenvalues of a square matrix, on the CPU."""
    return jnp.max(jnp.abs(jnp.linalg.eigvals(matrix)))
