"""Eigenpairs of a linear map that is known by its products alone: Arnoldi, and Lanczos where the map is symmetric."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gangame.analysis.extra import extra
from gangame.core import Array

PARTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "largest_modulus": lambda values: -np.abs(values),
    "largest_real": lambda values: -np.real(values),
    "smallest_real": np.real,
    "nearest_axis": lambda values: np.abs(np.real(values)),
}
"""Parts of a spectrum, each with what is smallest for the eigenvalues that belong to it first."""


class Eigenpairs(NamedTuple):
    """Eigenvalues of a matrix B, and how far each of them is to be trusted.

    An eigenvalue of condition number κ (1 for a normal matrix) lies within about κ · residual of a true one.

    Attributes:
      values: λ, complex, or real where B is symmetric, `[k]`; in the order of falling real parts.
      vectors: u of length 1, `[n, k]`.
      residuals: ‖B u − λ u‖ from fresh products with B, `[k]`.
      converged: whether the residual is below the tolerance, `[k]`.
      settled: whether all of B was seen, or else half as large a Krylov space chose the same eigenvalues. Where it is
        false, eigenvalues may be missing that belong to the part, however well those that are here converged.
      num_products: number of products with B, those for the residuals included.
    """

    values: np.ndarray
    vectors: np.ndarray
    residuals: np.ndarray
    converged: np.ndarray
    settled: bool
    num_products: int


def select(values: np.ndarray, part: str, num: int) -> np.ndarray:
    """Returns the indices of the `num` eigenvalues of a part, and of one more where a conjugate pair would be cut.

    Raises:
      ValueError: an unknown part, or `num` is below 1.

    Example:
      >>> values = np.array([1.0, 2 + 3j, 2 - 3j, -0.1])
      >>> print(values[select(values, "largest_real", 1)])
      [2.+3.j 2.-3.j]
    """
    if part not in PARTS:
        raise ValueError(f"The part is {part!r}; it has to be one of {', '.join(PARTS)}.")
    if num < 1:
        raise ValueError(f"num is {num}; it has to be 1 or more, the number of eigenvalues of each part.")
    order = np.lexsort((-np.imag(values), np.abs(np.imag(values)), PARTS[part](values)))
    first, rest = order[:num], order[num:]
    last = values[first[-1]]
    cut = np.imag(last) > 0 and len(rest) > 0 and values[rest[0]] == np.conj(last)
    return order[: num + 1] if cut else first


def dense_eigenpairs(matrix: Array | np.ndarray, symmetric: bool = False) -> Eigenpairs:
    """Returns all eigenpairs of a matrix `[n, n]`, by LAPACK on the host."""
    B = check_finite(np.asarray(matrix))
    values, vectors = np.linalg.eigh(B) if symmetric else np.linalg.eig(B)
    order = np.argsort(-values.real, kind="stable")
    values, vectors = values[order], vectors[:, order]
    residuals = np.linalg.norm(B @ vectors - values * vectors, axis=0)
    bound = tolerance_of(B.dtype) * np.abs(values).max()
    return Eigenpairs(values, vectors, residuals, residuals <= bound, True, len(B))


def eigenpairs(
    product: Callable[[Array], Array],
    start: Array,
    num: int,
    parts: Sequence[str] = tuple(PARTS),
    *,
    symmetric: bool = False,
    tolerance: float | None = None,
    max_size: int = 512,
) -> Eigenpairs:
    """Returns the eigenpairs of some parts of a spectrum from products with vectors.

    The Krylov space is built on the device by matfree; its small projected matrix is solved on the host. The space is
    doubled until all chosen pairs converge and the doubling chooses the same ones again, or until it is `max_size`.

    Args:
      product: u ↦ B u, `[n] -> [n]`, a pytree of the arrays it holds (`jax.tree_util.Partial`).
      start: first vector of the Krylov space, `[n]`; a random one has a share in every eigenvector.
      num: how many eigenvalues of each part, 1 or more.
      parts: names in `PARTS`.
      symmetric: whether B is symmetric; then Lanczos takes the place of Arnoldi.
      tolerance: residuals of converged pairs, relative to the largest modulus that was found; by default eps^(2/3).
      max_size: largest dimension of the Krylov space, which holds as many vectors `[n]`.

    Raises:
      ValueError: an unknown part, a number below 1, or products that are not finite.
      ImportError: matfree is not installed.
    """
    if max_size < 1:
        raise ValueError(f"max_size is {max_size}; it has to be 1 or more, the largest dimension of the Krylov space.")
    tolerance = tolerance_of(start.dtype) if tolerance is None else tolerance
    size, largest = min(start.size, max_size, max(64, 4 * num)), min(start.size, max_size)
    before, num_products = None, 0
    while True:
        basis, small = (np.asarray(part) for part in _decomposition(product, start, size, symmetric))
        basis, small, whole = _up_to_breakdown(basis, check_finite(small))
        values, coordinates = np.linalg.eigh(small) if symmetric else np.linalg.eig(small)
        chosen = np.unique(np.concatenate([select(values, part, num) for part in parts]))
        chosen = chosen[np.argsort(-values[chosen].real, kind="stable")]
        vectors = basis.T @ coordinates[:, chosen]
        vectors = vectors / np.linalg.norm(vectors, axis=0)
        residuals = np.linalg.norm(_times(product, vectors) - values[chosen] * vectors, axis=0)
        num_products += size + 2 * len(chosen)
        scale = np.abs(values).max()
        converged = residuals <= tolerance * scale
        settled = whole or (before is not None and _same(before, values[chosen], 100 * tolerance * scale))
        if (settled and converged.all()) or whole or size == largest:
            return Eigenpairs(values[chosen], vectors, residuals, converged, settled, num_products)
        before, size = values[chosen], min(2 * size, largest)


def tolerance_of(dtype: np.dtype) -> float:
    """Returns eps^(2/3), which leaves room for the rounding of a few hundred products."""
    return float(np.finfo(dtype).eps) ** (2 / 3)


def check_finite(matrix: np.ndarray) -> np.ndarray:
    """Returns the matrix, or says that it has no eigenvalues."""
    if not np.isfinite(matrix).all():
        raise ValueError("The matrix is not finite, so it has no eigenvalues; look at the losses at these players.")
    return matrix


# Compiled here, unlike in most of the library, since what surrounds it runs on the host. The product is an argument,
# so a second call with other players compiles nothing.
@partial(jax.jit, static_argnames=("size", "symmetric"))
def _decomposition(product: Callable, start: Array, size: int, symmetric: bool) -> tuple[Array, Array]:
    """Returns an orthonormal basis `[size, n]` of the Krylov space and the matrix `[size, size]` projected onto it."""
    decomposition = extra("matfree.decomp")
    decompose = decomposition.tridiag_sym if symmetric else decomposition.hessenberg
    result = decompose(size, reortho="full", custom_vjp=False)(product, start)
    return result.Q_tall, result.J_small


def _times(product: Callable, vectors: np.ndarray) -> np.ndarray:
    """Returns B u for complex columns u, `[n, k]`."""
    num = vectors.shape[1]
    padded = np.pad(vectors, ((0, 0), (0, -num % 8)))  # few different shapes, hence few compilations
    images = np.asarray(_images(product, jnp.asarray(np.stack([padded.real, padded.imag]))))
    return (images[0] + 1j * images[1])[:, :num]


@jax.jit
def _images(product: Callable, vectors: Array) -> Array:
    return jax.vmap(jax.vmap(product, in_axes=1, out_axes=1))(vectors)


def _up_to_breakdown(basis: np.ndarray, small: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """Returns both up to where the Krylov space is invariant, and whether it is: then all eigenvalues were seen.

    What the iteration does after this point is noise.
    """
    below = np.abs(np.diagonal(small, -1))
    done = np.flatnonzero(below <= 100 * np.finfo(small.dtype).eps * np.linalg.norm(small, 2))
    size = done[0] + 1 if len(done) else len(small)
    return basis[:size], small[:size, :size], bool(len(done)) or len(small) == basis.shape[1]


def _same(before: np.ndarray, values: np.ndarray, distance: float) -> bool:
    """Returns whether each eigenvalue was there before, up to a distance."""
    return bool(np.all(np.abs(values[:, None] - before[None]).min(axis=1) <= distance))
