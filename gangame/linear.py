"""Matrix-free solves of linear systems over trees of players, by Krylov methods.

A matrix is a linear function from a tree to a tree of the same structure, such as `u ↦ J_o u` from `jax.linearize`.

A solve stops when ‖b − Ax‖ ≤ tol · ‖b‖, or after `maxiter` iterations, whichever comes first; nothing tells which, and
x is then the best that these iterations give. `b = 0` has the answer 0 without an iteration; what is not finite gives
NaN. All of it can be vmapped, and differentiates in both modes by the implicit function theorem, at the price of one
more solve with the same tolerance (relative to the new right-hand side): derivatives are no better than the solves are.

The methods are those of the textbook, and not of `jax.scipy.sparse.linalg`: there a program has its product two or
three times and compiles for as long, a solve begins with a product of zero, and GMRES solves for derivatives to the
absolute tolerance of the first solve, which is zero where b is.

Source: Saad, "Iterative Methods for Sparse Linear Systems", 2003, https://doi.org/10.1137/1.9780898718003.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax.numpy as jnp
from jax import lax
from jax.core import Tracer
from jax.flatten_util import ravel_pytree
from jax.scipy.linalg import solve_triangular

from gangame.core import Array, PyTree
from gangame.ranges import is_number, is_whole

LinearMap = Callable[[PyTree], PyTree]

RESTART = 20
"""How many directions GMRES keeps before it starts again from where it is; its memory is this many copies of b."""


_dot = partial(jnp.dot, precision=lax.Precision.HIGHEST)


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
      maxiter: largest number of iterations; each has one product.

    Example:
      >>> import jax.numpy as jnp
      >>> print(cg(lambda u: {"x": 4.0 * u["x"]}, {"x": jnp.array([2.0, 8.0])}, tol=1e-6, maxiter=5)["x"])
      [0.5 2. ]
    """
    flat, product, tree = _in_one_array(matrix, b)

    def solve(product: LinearMap, b: Array) -> Array:
        start = _dot(b, b)

        def unsolved(carry: tuple) -> Array:
            _, _, _, square, count = carry
            return (square > tol**2 * start) & (count < maxiter)

        def iterate(carry: tuple) -> tuple:
            x, residual, direction, square, count = carry
            image = product(direction)
            length = square / _dot(direction, image)
            residual = residual - length * image
            left = _dot(residual, residual)
            return x + length * direction, residual, residual + left / square * direction, left, count + 1

        return _of_finite(start, lax.while_loop(unsolved, iterate, (jnp.zeros_like(b), b, b, start, 0))[0])

    return tree(lax.custom_linear_solve(product, flat, solve=solve, symmetric=True))


def gmres(matrix: LinearMap, b: PyTree, *, tol: float | Array, maxiter: int) -> PyTree:
    """Returns x with Ax = b by generalised minimal residuals, for any invertible A.

    Also for a singular A with b in its range; elsewhere it may break down into NaN.

    Args:
      matrix: u ↦ Au.
      b: the right-hand side.
      tol: tolerance relative to ‖b‖.
      maxiter: largest number of iterations, rounded up to whole restarts beyond `RESTART`; each has one product, and
        there is one more for each restart.

    Example:
      >>> import jax.numpy as jnp
      >>> x = gmres(lambda u: jnp.array([[1.0, 1.0], [-1.0, 1.0]]) @ u, jnp.array([2.0, 0.0]), tol=1e-6, maxiter=5)
      >>> print(x.round(5))
      [1. 1.]
    """
    flat, product, tree = _in_one_array(matrix, b)

    def solve(product: LinearMap, b: Array) -> Array:
        size = jnp.linalg.norm(b)
        bound, length = tol * size, min(maxiter, RESTART)
        if maxiter <= length:
            return _of_finite(size, _cycle(product, b, bound, length))

        def unsolved(carry: tuple) -> Array:
            _, residual, count = carry
            return (jnp.linalg.norm(residual) > bound) & (count < maxiter)

        def restart(carry: tuple) -> tuple:
            x, residual, count = carry
            x = x + _cycle(product, residual, bound, length)
            return x, b - product(x), count + length

        return _of_finite(size, lax.while_loop(unsolved, restart, (jnp.zeros_like(b), b, 0))[0])

    return tree(lax.custom_linear_solve(product, flat, solve=solve, transpose_solve=solve))


def _cycle(product: LinearMap, b: Array, bound: Array, length: int) -> Array:
    """Returns the x in the span of b, Ab, A²b, ... that has the smallest ‖b − Ax‖, once that is within the bound.

    Arnoldi's process: A Vᵀ = Vᵀ H for the orthonormal rows of V, the first of which is b / ‖b‖; and Q H = R is made
    triangular by one rotation for each new column of H, so that ‖b‖ |Q_{k+1,1}| is the residual after k iterations.

    Args:
      product: u ↦ Au.
      b: the right-hand side, `[n]`.
      bound: the residual at which it ends.
      length: the largest number of iterations.
    """
    size = jnp.linalg.norm(b)

    def unsolved(carry: tuple) -> Array:
        k, _, Q, _ = carry
        return (k < length) & (size * jnp.abs(Q[k, 0]) > bound)

    def iterate(carry: tuple) -> tuple:
        k, V, Q, R = carry
        u = product(V[k])
        rounding = jnp.finfo(u.dtype).eps * jnp.linalg.norm(u)
        h = _dot(V, u)
        u = u - _dot(h, V)
        again = _dot(V, u)  # what rounding has left: twice is enough
        u = u - _dot(again, V)
        left = jnp.linalg.norm(u)
        left = jnp.where(left > rounding, left, 0)  # none, where x is in the span already
        column = _dot(Q, (h + again).at[k + 1].set(left))
        cosine, sine = column[k], column[k + 1]
        radius = jnp.hypot(cosine, sine)
        turn = jnp.array([[cosine, sine], [-sine, cosine]]) / radius
        V = V.at[k + 1].set(_ratio(u, left))
        rows = lax.dynamic_slice(Q, (k, 0), (2, length + 1))
        Q = lax.dynamic_update_slice(Q, _dot(turn, rows), (k, 0))
        # Below its diagonal R keeps what the rotation has made zero: nobody looks there.
        return k + 1, V, Q, R.at[:, k].set(column[:-1].at[k].set(radius))

    V = jnp.zeros((length + 1, b.size), b.dtype).at[0].set(_ratio(b, size))
    carry = 0, V, jnp.eye(length + 1, dtype=b.dtype), jnp.eye(length, dtype=b.dtype)
    k, V, Q, R = lax.while_loop(unsolved, iterate, carry)
    return _dot(solve_triangular(R, jnp.where(jnp.arange(length) < k, size * Q[:-1, 0], 0)), V[:-1])


def _ratio(vector: Array, size: Array) -> Array:
    """Returns a vector through its size, and zeros for zeros."""
    return jnp.where(size == 0, 0, vector / size)


def _of_finite(size: Array, x: Array) -> Array:
    """Returns x where the right-hand side has a finite size, and NaN elsewhere, where no iteration began."""
    return jnp.where(jnp.isfinite(size), x, jnp.nan)


def _in_one_array(matrix: LinearMap, b: PyTree) -> tuple[Array, LinearMap, Callable[[Array], PyTree]]:
    """Returns b as one vector, the matrix for such vectors, and the way back.

    A program has each operation once for every leaf, and jax 0.10 does not vmap a solver over leaves whose batches lie
    along different axes, as those of convolutions do.
    """
    flat, tree = ravel_pytree(b)
    return flat, lambda u: ravel_pytree(matrix(tree(u)))[0], tree
