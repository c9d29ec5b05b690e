"""Bilinear zero-sum games, the tutorial's exercise 2 and its matrix form."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Players, zero_sum
from gangame.games.starts import initial

ArrayLike = Array | np.ndarray | Sequence | float


def bilinear(
    matrix: ArrayLike | None = None,
    *,
    b: ArrayLike | None = None,
    c: ArrayLike | None = None,
    start: Sequence | None = None,
) -> Game:
    """V(x, y) = xᵀAy + bᵀx + cᵀy, x minimises, y maximises; without arguments V = xy over two scalars.

    Its Jacobian [[0, A], [−Aᵀ, 0]] is antisymmetric: the field rotates and never points to the equilibrium. Each
    singular value σ of A behaves as V = xy with every step size multiplied by σ.

    Args:
      matrix: A, `[n, m]`; `None` is the scalar 1, and then x, y, b and c are scalars.
      b: `[n]`; `None` is 0.
      c: `[m]`; `None` is 0.
      start: the pair (x, y) at which every run starts; `None` draws both from a standard normal.

    Returns:
      The game. Its equilibrium is Aᵀx = −c, Ay = −b, the solution of smallest norm, or `None` where there is none
      or A, b or c is traced.

    Raises:
      ValueError: shapes that do not fit together.

    Source: slides 49 to 52 of the tutorial, https://arxiv.org/abs/1701.00160.

    Example:
      >>> game = bilinear([[2.0, 0.0], [0.0, 1.0]], b=[1.0, 1.0])
      >>> print(game.equilibrium["y"])
      [-0.5 -1. ]
    """
    scalar = matrix is None
    # While JAX traces, every array that it makes is traced too; what was given decides what is known here.
    concrete = not any(isinstance(given, jax.core.Tracer) for given in (matrix, b, c))
    number, dtype = np if concrete else jnp, jnp.result_type(float)
    coupling = number.asarray(1.0 if scalar else matrix, dtype)
    if not scalar and coupling.ndim != 2:
        raise ValueError(f"matrix has the shape {coupling.shape}; it has to be [n, m], or None for scalars.")
    shapes = {"x": () if scalar else coupling.shape[:1], "y": () if scalar else coupling.shape[1:]}
    linear = {
        name: number.asarray(np.zeros(shapes[name]) if term is None else term, dtype)
        for name, term in {"x": b, "y": c}.items()
    }
    for name, vector in linear.items():
        if vector.shape != shapes[name]:
            raise ValueError(f"b, c for {name} has the shape {vector.shape}; it has to be {shapes[name]}.")

    return zero_sum(
        Partial(_value, *jax.tree.map(jnp.asarray, (coupling, linear))),
        init=initial(shapes, start),
        equilibrium=_saddle(coupling.reshape(1, 1) if scalar else coupling, linear, shapes) if concrete else None,
    )


def _value(coupling: Array, linear: Players, players: Players, batch: Batch) -> Array:
    del batch
    x, y = players["x"], players["y"]
    return jnp.sum(x * jnp.dot(coupling, y)) + jnp.sum(linear["x"] * x) + jnp.sum(linear["y"] * y)


def _saddle(coupling: np.ndarray, linear: Players, shapes: dict[str, tuple[int, ...]]) -> Players | None:
    point = {}
    for name, matrix, offset in (("x", coupling.T, linear["y"]), ("y", coupling, linear["x"])):
        solution, *_ = np.linalg.lstsq(matrix, -np.ravel(offset), rcond=None)
        if not np.allclose(matrix @ solution, -np.ravel(offset)):
            return None
        point[name] = jnp.asarray(solution.reshape(shapes[name]), float)
    return point
