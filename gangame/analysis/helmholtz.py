"""The two parts of a game: the potential one, which players descend, and the Hamiltonian one, which rotates them."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from gangame.analysis.freeze import sample_of
from gangame.calculus import antisymmetric_product, jacobian, symmetric_product
from gangame.core import Array, Batch, Game, Key, Players


class Parts(NamedTuple):
    """J = S + A at a point, for small games.

    Attributes:
      potential: S = (J + Jᵀ)/2, `[n, n]`; a game with A = 0 everywhere is a potential game.
      hamiltonian: A = (J − Jᵀ)/2, `[n, n]`; a game with S = 0 everywhere is Hamiltonian: its flow conserves ½‖v‖².
    """

    potential: Array
    hamiltonian: Array


class Rotation(NamedTuple):
    """How much of J rotates.

    Attributes:
      potential: ‖S‖_F², or an estimate.
      hamiltonian: ‖A‖_F², or an estimate.
      share: ‖A‖_F² / ‖J‖_F², 0 for a potential game, 1 for a Hamiltonian one; NaN where J = 0.
      error: standard error of the share; 0 where it is exact.
    """

    potential: Array
    hamiltonian: Array
    share: Array
    error: Array


def helmholtz(game: Game, players: Players, batch: Batch = None) -> Parts:
    """Returns the symmetric and the antisymmetric part of the Jacobian, dense; for small games.

    Args:
      game: the game.
      players: where J is taken.
      batch: the sample on which J is taken; by default one drawn with key 0.

    Source: Letcher et al., "Differentiable Game Mechanics", 2019, https://arxiv.org/abs/1905.04926, the generalised
    Helmholtz decomposition.

    Example:
      >>> from gangame import games
      >>> game = games.bilinear()
      >>> print(helmholtz(game, game.equilibrium).hamiltonian + 0.0)
      [[ 0.  1.]
       [-1.  0.]]
    """
    J = jacobian(game, jax.tree.map(jnp.asarray, players), sample_of(game, batch))
    return Parts((J + J.T) / 2, (J - J.T) / 2)


def rotation(
    game: Game, players: Players, batch: Batch = None, *, num_probes: int | None = None, key: Key | None = None
) -> Rotation:
    """Returns the share of rotation in a game, ‖A‖_F² / ‖J‖_F² with ‖J‖_F² = ‖S‖_F² + ‖A‖_F².

    Exact from the dense J, or for large games Hutchinson's estimate from products with random signs z:
    E‖A z‖² = ‖A‖_F².

    Args:
      game: the game.
      players: where J is taken.
      batch: the sample on which J is taken; by default one drawn with key 0.
      num_probes: how many z, 2 or more; `None` forms J.
      key: from which z is drawn; key 0 by default.

    Raises:
      ValueError: `num_probes` is below 2.

    Source: Letcher et al. 2019, https://arxiv.org/abs/1905.04926; Hutchinson, "A Stochastic Estimator of the Trace of
    the Influence Matrix for Laplacian Smoothing Splines", 1990, https://doi.org/10.1080/03610919008812866.

    Example:
      >>> from gangame import games
      >>> game = games.quadratic([[1.0, 1.0], [-1.0, 1.0]])
      >>> print(rotation(game, game.equilibrium).share)
      0.5
    """
    if num_probes is None:
        parts = helmholtz(game, players, batch)
        potential, hamiltonian = (jnp.sum(part**2) for part in parts)
        return Rotation(potential, hamiltonian, hamiltonian / (potential + hamiltonian), jnp.zeros_like(potential))
    if num_probes < 2:
        raise ValueError(f"num_probes is {num_probes}; it has to be 2 or more, lest there be no standard error.")
    players, batch = jax.tree.map(jnp.asarray, players), sample_of(game, batch)
    flat, unravel = ravel_pytree(players)
    probes = jax.random.rademacher(jax.random.key(0) if key is None else key, (num_probes, flat.size), flat.dtype)

    def squares(probe: Array) -> Array:
        tangent = unravel(probe)
        images = [product(game, players, batch, tangent) for product in (symmetric_product, antisymmetric_product)]
        return jnp.stack([jnp.sum(ravel_pytree(image)[0] ** 2) for image in images])

    samples = jax.lax.map(squares, probes)
    potential, hamiltonian = jnp.mean(samples, axis=0)
    share = hamiltonian / (potential + hamiltonian)
    # The variance of a ratio of means, to first order (delta method).
    slack = samples[:, 1] - share * jnp.sum(samples, axis=1)
    error = jnp.sqrt(jnp.sum(slack**2) / (num_probes - 1) / num_probes) / (potential + hamiltonian)
    return Rotation(potential, hamiltonian, share, error)
