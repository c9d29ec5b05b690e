"""The tandem game, in which looking ahead at the other makes both worse off."""

from collections.abc import Sequence

import jax.numpy as jnp
from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Players, nothing
from gangame.games.starts import initial


def tandem(*, start: Sequence[float] | None = None) -> Game:
    """Tandem game ℓ_x = (x + y)² − 2x, ℓ_y = (x + y)² − 2y: push too little, and the other has to push more.

    The field is v = 2(x + y − 1)·(1, 1), zero on the whole line x + y = 1, on which ℓ_x + ℓ_y = 0. Its Jacobian has
    the eigenvalues 4 across that line and 0 along it. Each player's loss depends on the other's parameter on the line
    too, which is what drives LOLA away from it ("arrogance").

    Args:
      start: the pair (x, y) at which every run starts; `None` draws both from a standard normal.

    Returns:
      The game; players "x" and "y", two scalars. Its equilibrium is (½, ½), one of many.

    Raises:
      ValueError: a start that is no pair of numbers.

    Source: Letcher et al., "Stable Opponent Shaping in Differentiable Games", 2019, https://arxiv.org/abs/1811.08469.

    Example:
      >>> from gangame import analysis
      >>> game = tandem()
      >>> print(analysis.field(game)({"x": 2.0, "y": -1.0}, None)["x"])
      0.0
    """
    halves = {"x": jnp.asarray(0.5, float), "y": jnp.asarray(0.5, float)}
    return Game(initial({"x": (), "y": ()}, start), Partial(nothing), Partial(_losses), halves)


def _losses(players: Players, batch: Batch) -> dict[str, Array]:
    del batch
    x, y = players["x"], players["y"]
    return {"x": (x + y) ** 2 - 2 * x, "y": (x + y) ** 2 - 2 * y}
