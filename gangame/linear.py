"""Matrix-free solves of linear systems over trees of players, by the Krylov methods of `jax.scipy.sparse.linalg`.

A matrix is a linear function from a tree to a tree of the same structure, such as `u ↦ J_o u` from `jax.linearize`.

A solve stops when ‖b − Ax‖ ≤ tol · ‖b‖, or after `maxiter` iterations, whichever comes first; nothing tells which, and
x is then the best that these iterations give. `b = 0` has the answer 0 without an iteration. All of it can be
vmapped, and differentiates in both modes by the implicit function theorem, at the price of one more solve with the same
tolerance (relative to the new right-hand side): derivatives are no better than the solves are.

Source: Saad, "Iterative Methods for Sparse Linear Systems", 2003, https://doi.org/10.1137/1.9780898718003.
"""

from collections.abc import Callable
from typing import Any

from jax import lax
from jax.core import Tracer
from jax.flatten_util import ravel_pytree
from jax.scipy.sparse import linalg

from gangame.core import Array, PyTree
from gangame.ranges import is_number, is_whole

LinearMap = Callable[[PyTree], PyTree]

RESTART = 20
"""How many directions GMRES keeps before it starts again from where it is; its memory is this many copies of b."""


def check_solver(tol: Any, maxiter: Any) -> None:
    """Raises a ValueError for a tolerance or a number of iterations out of range; a traced tolerance passes unseen."""
    if not is_whole(maxiter) or maxiter < 1:
        raise ValueError(f"maxiter is {maxiter!r}; it has to be a whole number of iterations, 1 or more.")
    if isinstance(tol, Tracer):
        return
    if not is_number(tol) or not 0 <= tol < 1:
        raise ValueError(f"tol is {tol!r}; it has to be a number from 0 up to, but not including, 1.")


def cg(matrix: LinearMap, b: PyTree, *, tol: float | Array, maxiter: int) -> PyTree:
    """Returns x with Ax = b by conjugate gradients, for a symmetric positive definite A.

    Also for a positive semi-definite A with b in its range; elsewhere it may break down into NaN.

    Args:
      matrix: u ↦ Au.
      b: the right-hand side.
      tol: tolerance relative to ‖b‖.
      maxiter: largest number of iterations; each has one product, and there is one more at the start.

    Example:
      >>> import jax.numpy as jnp
      >>> print(cg(lambda u: {"x": 4.0 * u["x"]}, {"x": jnp.array([2.0, 8.0])}, tol=1e-6, maxiter=5)["x"])
      [0.5 2. ]
    """
    flat, product, tree = _in_one_array(matrix, b)
    return tree(linalg.cg(product, flat, tol=tol, maxiter=maxiter)[0])


def gmres(matrix: LinearMap, b: PyTree, *, tol: float | Array, maxiter: int) -> PyTree:
    """Returns x with Ax = b by generalised minimal residuals, for any invertible A.

    Args:
      matrix: u ↦ Au.
      b: the right-hand side.
      tol: tolerance relative to ‖b‖.
      maxiter: largest number of iterations, rounded up to whole restarts beyond `RESTART`; each has one product, and
        there is one more at the start and for each restart.

    Example:
      >>> import jax.numpy as jnp
      >>> x = gmres(lambda u: jnp.array([[1.0, 1.0], [-1.0, 1.0]]) @ u, jnp.array([2.0, 0.0]), tol=1e-6, maxiter=5)
      >>> print(x.round(5))
      [1. 1.]
    """
    restart = min(maxiter, RESTART)

    # jax.scipy's own solve of a derivative takes the absolute tolerance of the first solve, which is zero where b is.
    def solve(matrix: LinearMap, b: PyTree) -> PyTree:
        flat, product, tree = _in_one_array(matrix, b)
        x, _ = linalg.gmres(
            product, flat, tol=tol, restart=restart, maxiter=-(-maxiter // restart), solve_method="incremental"
        )
        return tree(x)

    return lax.custom_linear_solve(matrix, b, solve=solve, transpose_solve=solve)


def _in_one_array(matrix: LinearMap, b: PyTree) -> tuple[Array, LinearMap, Callable[[Array], PyTree]]:
    """Returns b as one vector, the matrix for such vectors, and the way back.

    A program has each operation once for every leaf, and jax 0.10 does not vmap a solver over leaves whose batches lie
    along different axes, as those of convolutions do.
    """
    flat, tree = ravel_pytree(b)
    return flat, lambda u: ravel_pytree(matrix(tree(u)))[0], tree
