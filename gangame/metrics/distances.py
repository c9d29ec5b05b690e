"""Distances between all pairs of two sets, a block of rows at a time."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from gangame.core import Array, PyTree

FEW = 16
"""Number of features up to which differences are taken one by one."""


def squared_distances(x: Array, y: Array) -> Array:
    """Returns the squared Euclidean distances `[n, m]` between `x` `[n, features]` and `y` `[m, features]`.

    Few features are subtracted one by one, which is exact to rounding however tight a cluster is. Many go by
    ‖x‖² + ‖y‖² − 2xᵀy, one matrix product, around the mean of `y`, which keeps the cancellation small; what is left
    below the rounding of that sum is zero, so a copy has the distance 0.
    """
    if x.shape[1] <= FEW:
        return jnp.sum((x[:, None] - y) ** 2, axis=-1)
    center = jnp.mean(y, axis=0)
    x, y = x - center, y - center
    size = jnp.sum(x**2, axis=1)[:, None] + jnp.sum(y**2, axis=1)
    squared = size - 2 * jnp.matmul(x, y.T, precision="highest")  # the default of a GPU keeps three digits
    return jnp.where(squared < 8 * float(jnp.finfo(squared.dtype).eps) * size, 0, squared)


def map_distances(function: Callable[[Array], PyTree], x: Array, y: Array, block: int = 1024) -> PyTree:
    """Returns `function(squared distances [m] from one row of x to all of y)` for each of the rows of `x`, stacked.

    Args:
      function: applied to the distances of one row.
      x: `[n, features]`.
      y: `[m, features]`.
      block: number of rows at a time, which bounds the memory by `block · m` distances.
    """

    def of_row(row: Array) -> PyTree:
        return function(squared_distances(row[None], y)[0])

    return jax.vmap(of_row)(x) if len(x) <= block else jax.lax.map(of_row, x, batch_size=block)


def nearest(x: Array, y: Array) -> tuple[Array, Array]:
    """Returns the index of the nearest row of `y` for each row of `x`, and their distance, exact to rounding."""
    index = map_distances(jnp.argmin, x, y)
    return index, jnp.linalg.norm(x - y[index], axis=1)


def smallest(distances: Array, k: int) -> Array:
    """Returns the k smallest of the distances along the last axis, in their order."""
    return -jax.lax.top_k(-distances, k)[0]


def squared_radii(x: Array, k: int) -> Array:
    """Returns the squared distance `[n]` from each row of `x` to its k-th nearest neighbour among the others."""
    return map_distances(lambda row: smallest(row, k + 1)[k], x, x)  # the nearest of all is the row itself
