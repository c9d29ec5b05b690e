"""Hamiltonian games, in which simultaneous play goes round for ever."""

from collections.abc import Sequence

import jax
import numpy as np

from gangame.core import Array, Game
from gangame.games.quadratic import quadratic


def hamiltonian_game(
    matrix: Array | np.ndarray | Sequence | None = None,
    *,
    offset: Array | np.ndarray | Sequence | None = None,
    players: int = 2,
    size: int = 1,
    seed: int = 0,
    start: Sequence | None = None,
) -> Game:
    """Hamiltonian game: the field is v = Aw + b with an antisymmetric A, so the flow conserves H = ½‖v‖².

    No player has a curvature of its own, and Jᵀv is orthogonal to v. A field whose Jacobian is antisymmetric everywhere
    is affine, so apart from terms which move nobody these are all Hamiltonian games.

    Args:
      matrix: A, `[n, n]` for n = players · size, antisymmetric with zero diagonal blocks; `None` draws one.
      offset: b, `[n]`; `None` is 0.
      players: number of players, 2 or more; their names are "p1", "p2", ...
      size: number of parameters of each player, 1 or more.
      seed: chooses the matrix where none is given, 0 or more.
      start: one list of `size` numbers for each player, where every run starts; `None` draws standard normals.

    Returns:
      The game; its equilibrium is Aw = −b, the solution of smallest norm, or `None` where there is none or A or b is
      traced.

    Raises:
      ValueError: a matrix that is not antisymmetric, or shapes that do not fit together.

    Source: Letcher et al., "Differentiable Game Mechanics", 2019, https://arxiv.org/abs/1905.04926.

    Example:
      >>> game = hamiltonian_game([[0.0, 2.0], [-2.0, 0.0]], offset=[2.0, 0.0])
      >>> print(game.equilibrium["p2"])
      [-1.]
    """
    if matrix is None:
        return quadratic("rotational", offset=offset, players=players, size=size, seed=seed, start=start)
    if not isinstance(matrix, jax.core.Tracer):
        given = np.asarray(matrix, float)
        if given.ndim != 2 or given.shape[0] != given.shape[1] or not np.allclose(given, -given.T):
            raise ValueError("matrix is not antisymmetric; a Hamiltonian game needs Aᵀ = −A. Take (A − Aᵀ)/2.")
        blocks = np.kron(np.eye(len(given) // max(size, 1)), np.ones((size, size)))
        if blocks.shape == given.shape and np.any(given[blocks > 0] != 0):
            raise ValueError("A diagonal block of the matrix is not zero, so it is the Hessian of no loss; clear it.")
    return quadratic(matrix, offset=offset, players=players, size=size, start=start)
