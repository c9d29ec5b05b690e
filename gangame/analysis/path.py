"""What the field looks like along a straight line: path norm and path angle."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from gangame.analysis.freeze import sample_of
from gangame.calculus import field
from gangame.core import Array, Batch, Game, Players


class Path(NamedTuple):
    """The field on the line w_α = α w_2 + (1 − α) w_1.

    Attributes:
      alphas: α, `[num_points]`.
      norms: ‖v(w_α)‖, `[num_points]`.
      cosines: cos ∠(v(w_α), w_1 − w_2), `[num_points]`; NaN where v is 0.
      products: ⟨v(w_α), w_1 − w_2⟩, `[num_points]`.
    """

    alphas: Array
    norms: Array
    cosines: Array
    products: Array


def path(game: Game, first: Players, last: Players, batch: Batch = None, *, alphas: Array | None = None) -> Path:
    """Returns norm and angle of the field on the line from an early point w_1 to a late one w_2 and beyond.

    How to read it near α = 1, for w_2 near a point where v = 0. Attraction alone: the cosine falls from +1 before the
    point to −1 behind it, since the way downhill, −v, leads back to it from both sides. Rotation alone: the cosine
    keeps its sign, with a bump that is symmetric around where the line comes closest to the point, since
    ⟨A(w_α − w*), w_1 − w_2⟩ is constant on the line for an antisymmetric A, while the norm has its minimum there. Both
    together make a spiral: a bump and a change of sign.

    Args:
      game: the game.
      first: w_1, early players.
      last: w_2, late players.
      batch: the sample on which v is taken; by default one drawn with key 0.
      alphas: `[num_points]`; by default 100 from −0.1 to 1.1.

    Returns:
      The curves. Pure: jit and vmap go through.

    Raises:
      ValueError: both ends are the same point.

    Source: Berard et al., "A Closer Look at the Optimization Landscapes of Generative Adversarial Networks", 2020,
    https://arxiv.org/abs/1906.04848.

    Example:
      >>> from gangame import games
      >>> game = games.bilinear()
      >>> curves = path(game, {"x": 1.0, "y": 0.0}, {"x": 0.0, "y": 0.5}, alphas=jnp.array([0.0, 1.0, 2.0]))
      >>> print(curves.products)  # a pure rotation: no change of sign
      [0.5 0.5 0.5]
    """
    first, last = (jax.tree.map(jnp.asarray, players) for players in (first, last))
    batch = sample_of(game, batch)
    start, unravel = ravel_pytree(first)
    end, _ = ravel_pytree(last)
    back = start - end
    if not isinstance(back, jax.core.Tracer) and not np.any(np.asarray(back)):
        raise ValueError("first and last are the same players, so there is no line between them; give two points.")
    alphas = jnp.linspace(-0.1, 1.1, 100, dtype=start.dtype) if alphas is None else jnp.asarray(alphas, start.dtype)

    def at(alpha: Array) -> tuple[Array, Array]:
        v, _ = ravel_pytree(field(game)(unravel(alpha * end + (1 - alpha) * start), batch))
        return jnp.linalg.norm(v), v @ back

    norms, products = jax.lax.map(at, alphas)
    return Path(alphas, norms, products / (norms * jnp.linalg.norm(back)), products)
