"""A cycle of players, each of whom chases one neighbour and flees the other."""

from collections.abc import Sequence

import numpy as np

from gangame.core import Game
from gangame.games.quadratic import quadratic


def cyclic(players: int = 3, *, size: int = 1, start: Sequence | None = None) -> Game:
    """Cyclic losses ℓ_i = w_i · (w_{i+1} − w_{i−1}) of three players or more, a pure rotation.

    The Jacobian is circulant, its eigenvalues 2i·sin(2πk/n) for k = 0..n−1 (each `size` times). One of them is zero:
    where all players are the same, nobody wants to move.

    Args:
      players: number of players n, 3 or more; two would have nothing to win. Their names are "p1", "p2", ...
      size: number of parameters of each player, 1 or more.
      start: one list of `size` numbers for each player, where every run starts; `None` draws standard normals.

    Returns:
      The game; its equilibrium is 0, one of many.

    Raises:
      ValueError: fewer than three players, or a start that does not fit.

    Source: Letcher et al., "Differentiable Game Mechanics", 2019, https://arxiv.org/abs/1905.04926, for games whose
      Jacobian is antisymmetric.

    Example:
      >>> from gangame import analysis
      >>> game = cyclic()
      >>> print(analysis.jacobian(game, game.equilibrium, None))
      [[ 0.  1. -1.]
       [-1.  0.  1.]
       [ 1. -1.  0.]]
    """
    if players < 3:
        raise ValueError(f"players is {players}; a cycle needs 3 or more, since with 2 both neighbours are the same.")
    following = np.roll(np.eye(players), 1, axis=1)
    matrix = np.kron(following - following.T, np.eye(size))
    return quadratic(matrix, players=players, size=size, start=start)
