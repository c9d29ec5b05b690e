"""Best responses and fictitious play in matrix games: what gradient rules are compared with there."""

import jax
import jax.numpy as jnp

from gangame.core import Array
from gangame.ranges import check_sizes


def best_response(payoffs: Array, opponent: Array) -> Array:
    """Returns the action with the highest expected payoff, the first one of several, an integer.

    Args:
      payoffs: what the player receives, `[own actions, opponent's actions]`.
      opponent: the opponent's mixture, `[opponent's actions]`; any positive multiple of it will do.

    Example:
      >>> int(best_response(jnp.array([[0.0, -1.0], [1.0, 0.0]]), jnp.array([0.5, 0.5])))
      1
    """
    return jnp.argmax(payoffs @ opponent)


def best_response_gap(payoffs: Array, column_payoffs: Array, row: Array, column: Array) -> Array:
    """Returns how much both players together could gain by best responses: 0 at an equilibrium, else more.

    max_i (Aq)_i − pᵀAq + max_j (pᵀB)_j − pᵀBq, the exact exploitability of the mixtures p and q.

    Args:
      payoffs: A, `[n, m]`, what the row player receives.
      column_payoffs: B, `[n, m]`, what the column player receives.
      row: p, `[n]`.
      column: q, `[m]`.
    """
    for_row, for_column = payoffs @ column, row @ column_payoffs
    return jnp.max(for_row) - row @ for_row + jnp.max(for_column) - for_column @ column


def fictitious_play(
    payoffs: Array,
    column_payoffs: Array | None = None,
    *,
    num_steps: int,
    counts: tuple[Array, Array] | None = None,
) -> tuple[Array, Array]:
    """Returns the frequencies of actions when each player always best responds to the other's frequencies so far.

    Both move together. In zero-sum games the frequencies converge to the set of equilibria (Robinson 1951); in others
    they may cycle.

    Args:
      payoffs: A, `[n, m]`, what the row player receives.
      column_payoffs: B, `[n, m]`, what the column player receives; `None` is −A.
      num_steps: number of rounds, 1 or more.
      counts: how often each action counts as played before, `[n]` and `[m]`; `None` is the first action of each, once.

    Returns:
      The frequencies after each round, `[num_steps, n]` and `[num_steps, m]`.

    Raises:
      ValueError: fewer rounds than one.

    Source: Brown, "Iterative Solution of Games by Fictitious Play", 1951; Robinson, "An Iterative Method of Solving a
      Game", 1951, https://doi.org/10.2307/1969530.

    Example:
      >>> rows, _ = fictitious_play(jnp.array([[1.0, -1.0], [-1.0, 1.0]]), num_steps=2000)
      >>> print(rows[-1].round(1))
      [0.5 0.5]
    """
    check_sizes(num_steps=num_steps)
    A = jnp.asarray(payoffs)
    B = -A if column_payoffs is None else jnp.asarray(column_payoffs)
    n, m = A.shape

    def played(action: Array, num_actions: int) -> Array:
        return jax.nn.one_hot(action, num_actions, dtype=A.dtype)

    def step(before: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        rows, columns = before
        after = rows + played(best_response(A, columns), n), columns + played(best_response(B.T, rows), m)
        return after, (after[0] / jnp.sum(after[0]), after[1] / jnp.sum(after[1]))

    first = (played(jnp.array(0), n), played(jnp.array(0), m)) if counts is None else counts
    return jax.lax.scan(step, first, length=num_steps)[1]
