"""Derivatives of a game, matrix-free.

Notation of the literature: w are all players' parameters, v(w) the field of own gradients, v_i = ∇_i ℓ_i, and J = ∇v
its Jacobian with the blocks J_ij = ∇_j ∇_i ℓ_i. J is not symmetric, unless the game is a potential game. All players
move along −v. A *tangent* is a tree with the structure of the players.

Every product costs a few gradient evaluations and never forms J. Everything differentiates twice and more, in forward
and in reverse mode, as far as the losses do.

Source: Letcher et al., "Differentiable Game Mechanics", 2019, https://arxiv.org/abs/1905.04926 (for S, A and J).
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from gangame.core import Array, Batch, Game, Players

Direction = Callable[[Game], Callable[[Players, Batch], Players]]
"""The type of `field`, and of what a rule may follow in its place: a field corrected with Jacobian products."""


def own_gradient(game: Game, name: str, players: Players, batch: Batch) -> tuple[Array, Players]:
    """Returns ℓ_i and ∇_i ℓ_i: the loss of player `name` and its gradient with respect to that player alone."""

    def own_loss(own: Players) -> Array:
        return game.losses({**players, name: own}, batch)[name]

    return jax.value_and_grad(own_loss)(players[name])


def losses_and_field(game: Game) -> Callable[[Players, Batch], tuple[dict[str, Array], Players]]:
    """Returns the function `(players, batch) -> (losses, v)`; the losses come for free with the field."""

    def evaluate(players: Players, batch: Batch) -> tuple[dict[str, Array], Players]:
        pairs = {name: own_gradient(game, name, players, batch) for name in players}
        return {name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}

    return evaluate


def field(game: Game) -> Callable[[Players, Batch], Players]:
    """Returns the function `(players, batch) -> v`, each player's gradient of its own loss.

    Example:
      >>> import gangame as gg
      >>> game = gg.zero_sum(lambda players, batch: players["x"] * players["y"])
      >>> v = field(game)({"x": 2.0, "y": 3.0}, None)
      >>> print(v["x"], v["y"])
      3.0 -2.0
    """

    def evaluate(players: Players, batch: Batch) -> Players:
        return losses_and_field(game)(players, batch)[1]

    return evaluate


def own_direction(direction: Direction, game: Game, name: str, players: Players, batch: Batch) -> Players:
    """Returns one player's part of a direction; of the plain field, without a trace of the others' parts."""
    if direction is field:
        return own_gradient(game, name, players, batch)[1]
    return direction(game)(players, batch)[name]


def jacobian_product(game: Game, players: Players, batch: Batch, tangent: Players) -> Players:
    """Returns J u, by one forward-mode product of the field."""
    return jax.jvp(lambda w: field(game)(w, batch), (players,), (tangent,))[1]


def transposed_product(game: Game, players: Players, batch: Batch, tangent: Players) -> Players:
    """Returns Jᵀ u, by one reverse-mode product of the field."""
    return jax.vjp(lambda w: field(game)(w, batch), players)[1](tangent)[0]


def block_product(game: Game, players: Players, batch: Batch, row: str, column: str, tangent: Players) -> Players:
    """Returns J_ij u_j for one block, i = `row` and j = `column`.

    Args:
      game: the game.
      players: where J is taken.
      batch: the sample on which J is taken.
      row: the player whose gradient changes.
      column: the player whose parameters move.
      tangent: how they move, a tree like `players[column]`.
    """

    def gradient_of_row(moved: Players) -> Players:
        return own_gradient(game, row, {**players, column: moved}, batch)[1]

    return jax.jvp(gradient_of_row, (players[column],), (tangent,))[1]


def off_diagonal_product(game: Game, players: Players, batch: Batch, tangent: Players) -> Players:
    """Returns J_o u, where J_o is J with its diagonal blocks zeroed: how gradients change as all others move."""

    def change(name: str) -> Players:
        others = {other: own for other, own in players.items() if other != name}

        def gradient_of(others: Players) -> Players:
            return own_gradient(game, name, {**others, name: players[name]}, batch)[1]

        return jax.jvp(gradient_of, (others,), ({other: tangent[other] for other in others},))[1]

    return {name: change(name) for name in players}


def symmetric_product(game: Game, players: Players, batch: Batch, tangent: Players) -> Players:
    """Returns S u with S = (J + Jᵀ)/2, the part of J that a potential game has."""
    return jax.tree.map(
        lambda forward, backward: (forward + backward) / 2,
        jacobian_product(game, players, batch, tangent),
        transposed_product(game, players, batch, tangent),
    )


def antisymmetric_product(game: Game, players: Players, batch: Batch, tangent: Players) -> Players:
    """Returns A u with A = (J − Jᵀ)/2, the rotation that a Hamiltonian game has; ⟨u, A u⟩ = 0."""
    return jax.tree.map(
        lambda forward, backward: (forward - backward) / 2,
        jacobian_product(game, players, batch, tangent),
        transposed_product(game, players, batch, tangent),
    )


def jacobian(game: Game, players: Players, batch: Batch) -> Array:
    """Returns the dense J, `[n, n]` for n parameters in total; for small games.

    Rows and columns are in the order of `jax.flatten_util.ravel_pytree(players)`.

    Example:
      >>> import gangame as gg
      >>> game = gg.zero_sum(lambda players, batch: players["x"] * players["y"])
      >>> print(jacobian(game, {"x": 2.0, "y": 3.0}, None) + 0.0)
      [[ 0.  1.]
       [-1.  0.]]
    """
    flat, unravel = ravel_pytree(players)
    product = jax.vmap(
        lambda tangent: ravel_pytree(jacobian_product(game, players, batch, unravel(tangent)))[0], out_axes=1
    )
    return product(jnp.eye(flat.size, dtype=flat.dtype))
