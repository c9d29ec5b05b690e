"""Eigenvalues of the game Jacobian J = ∇v, of the whole game and of each player alone."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jax.tree_util import Partial

from gangame.analysis.freeze import sample_of
from gangame.analysis.krylov import PARTS, Eigenpairs, dense_eigenpairs, eigenpairs
from gangame.calculus import block_product, jacobian, jacobian_product, transposed_product
from gangame.core import Array, Batch, Game, Key, Players, portable


def spectrum(
    game: Game,
    players: Players,
    batch: Batch = None,
    *,
    num: int = 6,
    parts: Sequence[str] = tuple(PARTS),
    left: bool = False,
    dense_below: int | None = None,
    key: Key | None = None,
    **budget: Any,
) -> Eigenpairs:
    """Eigenvalues of J = ∇v at any players of any game, without ever forming J where it is large.

    Players flow along −v, so near an equilibrium the flow converges where all real parts are positive, and it rotates
    where there are imaginary parts. At most `dense_below` parameters: the whole spectrum, from the dense J. More: the
    parts that are asked for, by Arnoldi on products J u. No pair is silently wrong: look at `residuals`, `converged`
    and `settled`.

    The outer parts of a spectrum converge first, at any size. Those nearest to the imaginary axis lie inside, and in a
    GAN they crowd at 0 over many orders of magnitude. There a Krylov space tells them apart only when it is nearly as
    large as J, and so does the inner solve of a shift-and-invert iteration; hence J is formed for this part up to
    5,000 parameters, which takes minutes there. Beyond that the pairs of this part are as good as their residuals say.
    They get better with `max_size`, in memory and time that grow with it; with a larger `dense_below`, for 40 n²
    bytes and a time that grows with n³; or in a narrower game of the same kind.

    Args:
      game: the game.
      players: where J is taken.
      batch: the sample on which J is taken; by default one drawn with key 0.
      num: how many eigenvalues of each part, 1 or more (one more where a conjugate pair would be cut).
      parts: names of parts: "largest_modulus", "largest_real", "smallest_real", "nearest_axis" (the imaginary one).
      left: whether the vectors are left eigenvectors, uᵀJ = λuᵀ, from products Jᵀ u; the values are the same.
      dense_below: the largest number of parameters for which J is formed, 0 or more; 0 never forms it. By default
        5,000 where "nearest_axis" is among the parts, else 500.
      key: chooses the first vector of the Krylov space; key 0 by default.
      **budget: `tolerance` and `max_size` of `krylov.eigenpairs`.

    Returns:
      The eigenpairs, in the order of falling real parts; vectors in the order of `ravel_pytree(players)`.

    Raises:
      ValueError: an unknown part, a number outside its range, or a J that is not finite.
      ImportError: J is large and matfree is not installed.

    Source: Berard et al., "A Closer Look at the Optimization Landscapes of Generative Adversarial Networks", 2020,
    https://arxiv.org/abs/1906.04848, for the spectra; Arnoldi 1951, by way of https://github.com/pnkraemer/matfree.

    Example:
      >>> from gangame import games
      >>> game = games.dirac(penalty="r1", strength=0.6)
      >>> print(spectrum(game, game.equilibrium).values.round(3))  # γ/2 ± i√(¼ − γ²/4)
      [0.3+0.4j 0.3-0.4j]
    """
    players, batch = jax.tree.map(jnp.asarray, players), sample_of(game, batch)
    flat, _ = ravel_pytree(players)
    if flat.size <= _formed_up_to(dense_below, parts):
        matrix = jax.jit(jacobian)(portable(game), players, batch)
        return dense_eigenpairs(matrix.T if left else matrix)
    start = jax.random.normal(jax.random.key(0) if key is None else key, flat.shape, flat.dtype)
    product = Partial(_transposed if left else _forward, portable(game), players, batch)
    return eigenpairs(product, start, num, parts, **budget)


def block_spectra(
    game: Game,
    players: Players,
    batch: Batch = None,
    *,
    num: int = 6,
    parts: Sequence[str] = ("largest_real", "smallest_real"),
    dense_below: int | None = None,
    key: Key | None = None,
    **budget: Any,
) -> dict[str, Eigenpairs]:
    """Eigenvalues of each diagonal block J_ii = ∇²_i ℓ_i, the Hessian of a player's loss in its own parameters.

    A player is at a local minimum of its own loss where they are all positive, and at a saddle where some are negative;
    a stable point of the game can be either (Berard et al. 2020).

    Args:
      game: the game.
      players: where the Hessians are taken.
      batch: the sample on which they are taken; by default one drawn with key 0.
      num: how many eigenvalues of each part, 1 or more.
      parts: names of parts, as in `spectrum`; real parts are the eigenvalues themselves.
      dense_below: up to how many parameters of a player its Hessian is formed; larger ones go through Lanczos. By
        default as in `spectrum`.
      key: chooses the first vectors of the Krylov spaces; key 0 by default.
      **budget: `tolerance` and `max_size` of `krylov.eigenpairs`.

    Returns:
      The eigenpairs by player, with real values.

    Raises:
      ValueError: an unknown part, a number outside its range, or a Hessian that is not finite.
      ImportError: a player is large and matfree is not installed.

    Source: Berard et al. 2020, https://arxiv.org/abs/1906.04848.

    Example:
      >>> from gangame import games
      >>> game = games.dirac(penalty="r1", strength=0.6)
      >>> blocks = block_spectra(game, game.equilibrium)
      >>> print({name: pairs.values.round(3) + 0 for name, pairs in blocks.items()})
      {'discriminator': array([0.6], dtype=float32), 'generator': array([0.], dtype=float32)}
    """
    players, batch = jax.tree.map(jnp.asarray, players), sample_of(game, batch)
    key = jax.random.key(0) if key is None else key
    spectra = {}
    for name, own in players.items():
        flat, _ = ravel_pytree(own)
        product = Partial(_block, portable(game), players, batch, {name: own})
        if flat.size <= _formed_up_to(dense_below, parts):
            spectra[name] = dense_eigenpairs(_symmetric(product, flat), symmetric=True)
        else:
            start = jax.random.normal(key, flat.shape, flat.dtype)
            spectra[name] = eigenpairs(product, start, num, parts, symmetric=True, **budget)
    return spectra


def _formed_up_to(dense_below: int | None, parts: Sequence[str]) -> int:
    if dense_below is not None:
        return dense_below
    return 5_000 if "nearest_axis" in parts else 500


def _forward(game: Game, players: Players, batch: Batch, vector: Array) -> Array:
    return ravel_pytree(jacobian_product(game, players, batch, ravel_pytree(players)[1](vector)))[0]


def _transposed(game: Game, players: Players, batch: Batch, vector: Array) -> Array:
    return ravel_pytree(transposed_product(game, players, batch, ravel_pytree(players)[1](vector)))[0]


def _block(game: Game, players: Players, batch: Batch, alone: Players, vector: Array) -> Array:
    ((name, own),) = alone.items()  # as the key of a dict the name is part of a structure, which compiles as a constant
    tangent = ravel_pytree(own)[1](vector)
    return ravel_pytree(block_product(game, players, batch, name, name, tangent))[0]


@jax.jit
def _symmetric(product: Partial, like: Array) -> Array:
    """Returns the images of all unit vectors as rows, which is B where B is symmetric."""
    return jax.vmap(product)(jnp.eye(like.size, dtype=like.dtype))
