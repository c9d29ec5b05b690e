"""A mixture of Gaussians on a subspace of a larger space, as images lie on something thin."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, Key
from gangame.data.mixtures import Mixture


def _product(points: Array, matrix: Array) -> Array:
    return jnp.matmul(points, matrix, precision="highest")  # the default of a GPU keeps three digits


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Embedded:
    """A mixture of which each point y becomes x = Q y, with orthonormal columns in Q.

    Attributes:
      mixture: of y, in the subspace.
      basis: Q, `[features, intrinsic]`.
    """

    mixture: Mixture
    basis: Array

    def __call__(self, key: Key, num_samples: int) -> Array:
        """Returns samples `[num_samples, features]`."""
        return _product(self.mixture(key, num_samples), self.basis.T)

    def coordinates(self, points: Array) -> Array:
        """Returns y = Qᵀ x, `[..., intrinsic]`, of points `[..., features]`: what the mixture's modes are in."""
        return _product(points, self.basis)

    def distance(self, points: Array) -> Array:
        """Returns how far points `[..., features]` are from the subspace, `[...]`; 0 for data."""
        left = points - _product(self.coordinates(points), self.basis.T)
        return jnp.sqrt(jnp.sum(left**2, axis=-1))


def embedded(
    modes: int = 10, intrinsic: int = 700, features: int = 1200, radius: float = 2.0, std: float = 0.02, seed: int = 0
) -> Embedded:
    """Returns Gaussians of `intrinsic` dimensions, embedded in a space of `features` dimensions.

    VEEGAN's third synthetic set is of this kind and size. Its centres and standard deviations are not published; here
    the centres are in orthogonal directions at distance `radius` from the origin, so that they are all equally far from
    each other. Mind the dimension: a sample is √intrinsic · std from its centre, 26.5 standard deviations of a
    coordinate at 700, so no true sample is within 10 of these, VEEGAN's bound for a good one.

    Args:
      modes: how many, 1 to `intrinsic`.
      intrinsic: dimensions of the Gaussians, 1 to `features`.
      features: dimensions of the space.
      radius: distance of each centre from the origin, positive.
      std: standard deviation of each mode in each of its dimensions, positive.
      seed: chooses directions and subspace, 0 or more.

    Raises:
      ValueError: a number outside its range.

    Source: Srivastava et al., "VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning", 2017,
      https://arxiv.org/abs/1705.07761, section 4.

    Example:
      >>> import jax
      >>> embedded(modes=3, intrinsic=4, features=6)(jax.random.key(0), 5).shape
      (5, 6)
    """
    if not 1 <= modes <= intrinsic <= features:
        raise ValueError(
            f"modes is {modes}, intrinsic {intrinsic}, features {features}; each has to be 1 or more, and none "
            "above the next."
        )
    if not (radius > 0 and std > 0 and seed >= 0):
        raise ValueError(f"radius is {radius}, std {std}, seed {seed}; these are positive, positive, 0 or more.")
    random = np.random.default_rng(seed)
    directions, _ = np.linalg.qr(random.normal(size=(intrinsic, modes)))
    basis, _ = np.linalg.qr(random.normal(size=(features, intrinsic)))
    weights = jnp.ones(modes) / modes
    mixture = Mixture(jnp.asarray(radius * directions.T, float), jnp.asarray(std, float), weights)
    return Embedded(mixture, jnp.asarray(basis, float))
