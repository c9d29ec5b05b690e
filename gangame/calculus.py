"""Derivatives of a game, matrix-free.

Notation of the literature: w are all players' parameters, v(w) the field of own gradients, v_i = ∇_i ℓ_i, and J = ∇v
its Jacobian with the blocks J_ij = ∇_j ∇_i ℓ_i. J is not symmetric, unless the game is a potential game. All players
move along −v. A *tangent* is a tree with the structure of the players.

Every product costs a few gradient evaluations and never forms J. Everything differentiates twice and more, in forward
and in reverse mode, as far as the losses do.

Source: Letcher et al., "Differentiable Game Mechanics", 2019, https://arxiv.org/abs/1905.04926 (for S, A and J).
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from gangame.core import Array, Batch, Game, Players

Direction = Callable[[Game], Callable[[Players, Batch], Players]]
"""The type of `field`, and of what a rule may follow in its place: a field corrected with Jacobian products."""


def check_players(game: Game, players: Players) -> None:
    """Raises a ValueError for players who are not those of the game."""
    own = game.equilibrium or jax.eval_shape(game.init, jax.random.key(0))
    expected, received = (", ".join(sorted(names)) for names in (own, players))
    if expected != received:
        raise ValueError(f"The players are {received}, and this game has {expected}; give the players of this game.")


def own_gradient(game: Game, name: str, players: Players, batch: Batch) -> tuple[Array, Players]:
    """Returns ℓ_i and ∇_i ℓ_i: the loss of player `name` and its gradient with respect to that player alone.

    Raises:
      ValueError: the players are those of another game.
    """

    def own_loss(own: Players) -> Array:
        return game.losses({**players, name: own}, batch)[name]

    try:
        return jax.value_and_grad(own_loss)(players[name])
    except KeyError:  # looked at only here, since every step of every rule comes by
        check_players(game, players)
        raise


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


def as_direction(evaluate: Callable[[Game, Players, Batch], Players]) -> Direction:
    """Returns the direction `direction(game)(players, batch)` of a function `evaluate(game, players, batch)`."""
    return lambda game: partial(evaluate, game)


def own_direction(direction: Direction, game: Game, name: str, players: Players, batch: Batch) -> Players:
    """Returns one player's part of a direction; of the plain field, without a trace of the others' parts."""
    if direction is field:
        return own_gradient(game, name, players, batch)[1]
    return direction(game)(players, batch)[name]


def field_and_transposed(game: Game, players: Players, batch: Batch) -> tuple[Players, Callable[[Players], Players]]:
    """Returns v and the product u ↦ Jᵀu, which has the evaluation of v in common with it."""
    v, transposed = jax.vjp(lambda w: field(game)(w, batch), players)
    return v, lambda cotangent: transposed(cotangent)[0]


def jacobian_product(game: Game, players: Players, batch: Batch, tangent: Players) -> Players:
    """Returns J u, by one forward-mode product of the field."""
    return jax.jvp(lambda w: field(game)(w, batch), (players,), (tangent,))[1]


def transposed_product(game: Game, players: Players, batch: Batch, tangent: Players) -> Players:
    """Returns Jᵀ u, by one reverse-mode product of the field."""
    return field_and_transposed(game, players, batch)[1](tangent)


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


def field_of_others(game: Game, players: Players, batch: Batch) -> Callable[[Players], Players]:
    """Returns the function w ↦ (∇_i ℓ_i(θ_i, w_−i))_i: own gradients where only the others have moved to w.

    At `players` its value is v and its Jacobian is J_o, which is J with its diagonal blocks zeroed. `jax.linearize`
    gives both at once, and then a product u ↦ J_o u that does not evaluate the game again.
    """

    def evaluate(moved: Players) -> Players:
        return {name: own_gradient(game, name, {**moved, name: players[name]}, batch)[1] for name in players}

    return evaluate


def off_diagonal_product(game: Game, players: Players, batch: Batch, tangent: Players) -> Players:
    """Returns J_o u, where J_o is J with its diagonal blocks zeroed: how gradients change as all others move."""
    return jax.jvp(field_of_others(game, players, batch), (players,), (tangent,))[1]


def others_gradients(game: Game, name: str, players: Players, batch: Batch) -> Players:
    """Returns ∇_j ℓ_i for i = `name` and all j ≠ i: how one player's loss changes as the others move."""

    def loss(others: Players) -> Array:
        return game.losses({**others, name: players[name]}, batch)[name]

    return jax.grad(loss)({other: own for other, own in players.items() if other != name})


def influence_product(game: Game, name: str, players: Players, batch: Batch, cotangents: Players) -> Players:
    """Returns Σ_j J_jiᵀ u_j for i = `name` and j in u: how ⟨v_j, u_j⟩ changes as one player moves, u being held.

    Args:
      game: the game.
      name: the player who moves.
      players: where J is taken.
      batch: the sample on which J is taken.
      cotangents: u_j for some of the players, each a tree like `players[j]`.
    """

    def gradients(own: Players) -> Players:
        return {other: own_gradient(game, other, {**players, name: own}, batch)[1] for other in cotangents}

    return jax.vjp(gradients, players[name])[1](cotangents)[0]


def shaping_term(game: Game, players: Players, batch: Batch, steps: Callable[[Players], Players]) -> Players:
    """Returns χ of opponent shaping, χ_i = Σ_{j≠i} J_jiᵀ α_j ∇_j ℓ_i: what a player gains as it turns others' steps.

    Args:
      game: the game.
      players: where derivatives are taken.
      batch: the sample on which they are taken.
      steps: from a tree u with entries for some players to (α_j u_j)_j, the others' assumed steps along u.
    """
    return {
        name: influence_product(game, name, players, batch, steps(others_gradients(game, name, players, batch)))
        for name in players
    }


def is_zero_sum(game: Game, players: Players, batch: Batch) -> bool:
    """Returns whether two players' losses are written as one value and its negative, as `zero_sum` writes them.

    Read off the program of the losses, without evaluating it. Losses that sum to zero in another way are not noticed,
    so the answer is safe to rely on when it is true only.
    """
    program = jax.make_jaxpr(game.losses)(players, batch).jaxpr
    while [(each.primitive.name, list(each.outvars)) for each in program.eqns] == [("jit", list(program.outvars))]:
        program = program.eqns[0].params["jaxpr"].jaxpr  # losses that are jitted are read as they stand inside
    if len(program.outvars) != 2:
        return False
    return any(
        equation.primitive.name == "neg" and [*equation.outvars, *equation.invars] in (pair, pair[::-1])
        for equation in program.eqns
        for pair in [list(program.outvars)]
    )


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
