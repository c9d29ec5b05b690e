"""Quadratic games of any number of players, with any block matrix for Jacobian."""

import dataclasses
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Players, nothing
from gangame.games.starts import initial
from gangame.ranges import check_numbers, check_whole

KINDS = ("zero_sum", "potential", "rotational", "random", "spectrum")


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class QuadraticLosses:
    """`losses` of a quadratic game, whose field is Aw + b."""

    A: Array
    b: Array
    names: tuple[str, ...] = dataclasses.field(metadata={"static": True})

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns the loss of each player."""
        del batch
        field = self.A @ jnp.concatenate([players[name] for name in self.names]) + self.b
        size = len(self.b) // len(self.names)
        result = {}
        for i, name in enumerate(self.names):
            rows = slice(i * size, (i + 1) * size)
            own = players[name]
            result[name] = own @ (field[rows] - self.A[rows, rows] @ own / 2)
        return result


def quadratic(
    matrix: Array | np.ndarray | Sequence | str = "zero_sum",
    *,
    offset: Array | np.ndarray | Sequence | None = None,
    players: int = 2,
    size: int = 1,
    spectrum: Sequence[complex] | None = None,
    curvature: float = 0.5,
    seed: int = 0,
    start: Sequence | None = None,
) -> Game:
    """Quadratic losses ℓ_i = ½ w_iᵀ A_ii w_i + w_iᵀ (Σ_{j≠i} A_ij w_j + b_i): the field is v = Aw + b, its Jacobian A.

    Args:
      matrix: A, `[n, n]` for n = players · size with symmetric diagonal blocks, or the name of a kind to draw:
        "zero_sum": A_ij = −A_jiᵀ, and diagonal blocks with eigenvalues in [0, curvature]: for two players
          f = ½xᵀPx + xᵀBy − ½yᵀQy, up to terms of the other player alone, which move nobody;
        "potential": A symmetric and positive definite, all players descend one common function;
        "rotational": A antisymmetric, the field is a pure rotation;
        "random": no structure beyond symmetric diagonal blocks;
        "spectrum": A is normal with the eigenvalues `spectrum`.
      offset: b, `[n]`; `None` is 0.
      players: number of players, 2 or more; their names are "p1", "p2", ...
      size: number of parameters of each player, 1 or more.
      spectrum: n eigenvalues, for the kind "spectrum" only; those that are not real come with their conjugates.
      curvature: upper end of the eigenvalues of the diagonal blocks, 0 or more, for the kind "zero_sum".
      seed: chooses the matrix, 0 or more.
      start: one list of `size` numbers for each player, where every run starts; `None` draws standard normals.

    Returns:
      The game. Its equilibrium is Aw = −b, the solution of smallest norm, where there
      is one and no diagonal block has a negative eigenvalue (so that each player is at its best), else `None`; also
      `None` where the matrix is traced, since whether there is one is a question of values.

    Raises:
      ValueError: an unknown kind, a matrix that is no Jacobian of such a game, or a number outside its range.

    Source: Letcher et al., "Differentiable Game Mechanics", 2019, https://arxiv.org/abs/1905.04926, for the kinds.

    Example:
      >>> import jax
      >>> from gangame import analysis
      >>> game = quadratic([[1.0, 2.0], [-2.0, 1.0]])
      >>> print(analysis.jacobian(game, game.init(jax.random.key(0)), None))
      [[ 1.  2.]
       [-2.  1.]]
    """
    if players < 2 or size < 1:
        raise ValueError(
            f"players is {players} and size is {size}; there have to be 2 players or more, of size 1 or more."
        )
    if (spectrum is not None) != (isinstance(matrix, str) and matrix == "spectrum"):
        raise ValueError("spectrum and the kind 'spectrum' go together; give both or neither.")
    if spectrum is not None and np.ndim(spectrum) != 1:
        raise ValueError(f"spectrum is {spectrum!r}; it has to be a sequence of eigenvalues.")
    if isinstance(matrix, str):
        if matrix not in KINDS:
            raise ValueError(f"matrix is {matrix!r}; it has to be an array or one of {', '.join(KINDS)}.")
        check_numbers(curvature=curvature)
        check_whole(seed, "seed", 0)
        rng = np.random.default_rng(seed)
        matrix = _draw(matrix, players, size, spectrum, curvature, rng)
    total = players * size
    if offset is None:
        offset = np.zeros(total)
    # While JAX traces, every array that it makes is traced too; what was given is the question.
    concrete = not any(isinstance(given, jax.core.Tracer) for given in (matrix, offset))
    A, b = ((np if concrete else jnp).asarray(given, jnp.result_type(float)) for given in (matrix, offset))
    if A.shape != (total, total) or b.shape != (total,):
        raise ValueError(
            f"matrix has the shape {A.shape} and offset {b.shape}; {players} players of size {size} need "
            f"({total}, {total}) and ({total},)."
        )
    names = [f"p{i + 1}" for i in range(players)]
    if players > 9:
        names = [f"p{i + 1:0{len(str(players))}d}" for i in range(players)]  # sorted order is the order of the blocks
    diagonal = [A[i * size : (i + 1) * size, i * size : (i + 1) * size] for i in range(players)]
    if concrete and not all(np.allclose(block, block.T) for block in diagonal):
        raise ValueError(
            "A diagonal block of the matrix is not symmetric, so it is the Hessian of no loss; symmetrise it."
        )

    equilibrium = None
    if concrete and all(np.linalg.eigvalsh(block).min() >= -np.sqrt(np.finfo(A.dtype).eps) for block in diagonal):
        point, *_ = np.linalg.lstsq(A, -b, rcond=None)
        if np.allclose(A @ point, -b):
            equilibrium = dict(zip(names, jnp.asarray(point.reshape(players, size)), strict=True))
    init = initial(dict.fromkeys(names, (size,)), start)
    losses = QuadraticLosses(jnp.asarray(A), jnp.asarray(b), tuple(names))
    return Game(init, Partial(nothing), losses, equilibrium)


def _draw(
    kind: str, players: int, size: int, spectrum: Sequence[complex] | None, curvature: float, rng: np.random.Generator
) -> np.ndarray | Array:
    total = players * size
    M = rng.standard_normal((total, total)) / np.sqrt(total)
    on_diagonal = np.kron(np.eye(players), np.ones((size, size))) > 0
    if kind == "potential":
        return M @ M.T + 0.1 * np.eye(total)
    if kind == "rotational":
        return np.where(on_diagonal, 0, M - M.T)
    if kind == "random":
        return np.where(on_diagonal, (M + M.T) / 2, M)
    rotations = [np.linalg.qr(rng.standard_normal((size, size)))[0] for _ in range(players)]
    Q = np.zeros((total, total))
    for i, rotation in enumerate(rotations):
        Q[i * size : (i + 1) * size, i * size : (i + 1) * size] = rotation
    if kind == "zero_sum":
        own = Q @ np.diag(rng.uniform(0, 1, total)) @ Q.T
        return curvature * np.where(on_diagonal, own, 0) + np.where(on_diagonal, 0, M - M.T)
    return Q @ _normal_form([complex(z) for z in spectrum or ()], players, size) @ Q.T


def _normal_form(spectrum: list[complex], players: int, size: int) -> np.ndarray:
    """Returns a real normal matrix with the given eigenvalues and diagonal blocks that are diagonal.

    The two coordinates of a conjugate pair a ± ib, which carry [[a, b], [−b, a]], belong to different players.
    """
    upper = [z for z in spectrum if np.imag(z) > 0]
    real = [z for z in spectrum if np.imag(z) == 0]
    lower = [z for z in spectrum if np.imag(z) < 0]
    conjugate = sorted(np.conj(lower), key=lambda z: (z.real, z.imag)) == sorted(upper, key=lambda z: (z.real, z.imag))
    if len(spectrum) != players * size or not conjugate:
        raise ValueError(
            f"spectrum is {spectrum}; {players} players of size {size} need {players * size} eigenvalues, "
            "and those that are not real with their conjugates."
        )
    free = {i: list(range(i * size, (i + 1) * size)) for i in range(players)}
    A = np.zeros((players * size, players * size))
    for z in upper:
        first, second = sorted(free, key=lambda i: -len(free[i]))[:2]
        j, k = free[first].pop(), free[second].pop()
        A[j, j] = A[k, k] = np.real(z)
        A[j, k], A[k, j] = np.imag(z), -np.imag(z)
    for z, j in zip(real, [j for coordinates in free.values() for j in coordinates], strict=True):
        A[j, j] = np.real(z)
    return A
