"""One Gaussian with any mean and covariance."""

import dataclasses
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, Key
from gangame.ranges import check_sizes


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Gaussian:
    """N(mean, factor factorᵀ).

    Attributes:
      mean: `[features]`.
      factor: `[features, features]`, lower triangular.
    """

    mean: Array
    factor: Array

    def __call__(self, key: Key, num_samples: int) -> Array:
        """Returns samples `[num_samples, features]`."""
        return self.at(jax.random.normal(key, (num_samples, self.mean.size), self.mean.dtype))

    def at(self, noise: Array) -> Array:
        """Returns the points `[..., features]` into which standard normal noise of that shape turns."""
        return self.mean + noise @ self.factor.T

    def with_latents(self, key: Key, num_samples: int, latent_dim: int) -> dict[str, Array]:
        """Returns samples "real", and as many "latents" `[num_samples, latent_dim]` ~ N(0, I): a batch of a GAN."""
        key_real, key_latents = jax.random.split(key)
        return {
            "real": self(key_real, num_samples),
            "latents": jax.random.normal(key_latents, (num_samples, latent_dim), self.mean.dtype),
        }

    @property
    def covariance(self) -> Array:
        """The covariance, `[features, features]`."""
        return self.factor @ self.factor.T


def gaussian(
    size: int | None = None,
    mean: Array | np.ndarray | Sequence | None = None,
    covariance: Array | np.ndarray | Sequence | None = None,
) -> Gaussian:
    """Returns a Gaussian.

    Args:
      size: number of features, 1 or more; `None` is that of the mean or the covariance, else 1.
      mean: `[size]`; `None` is 0.
      covariance: `[size, size]`, symmetric and positive definite; `None` is the identity.

    Raises:
      ValueError: shapes that do not fit together, or no covariance.
    """
    given = [len(np.shape(each)) and np.shape(each)[0] for each in (mean, covariance) if each is not None]
    features = size if size is not None else (given or [1])[0]
    check_sizes(size=features)
    center = jnp.zeros(features) if mean is None else jnp.asarray(mean, float)
    spread = jnp.eye(features) if covariance is None else jnp.asarray(covariance, float)
    if center.shape != (features,) or spread.shape != (features, features):
        raise ValueError(
            f"mean has the shape {center.shape} and covariance {spread.shape}; they have to be ({features},) and "
            f"({features}, {features})."
        )
    if covariance is not None and not isinstance(covariance, jax.core.Tracer):
        matrix = np.asarray(covariance, float)
        if not np.allclose(matrix, matrix.T) or np.linalg.eigvalsh(matrix).min() <= 0:
            raise ValueError(f"covariance is {matrix.tolist()}; it has to be symmetric and positive definite.")
    return Gaussian(center, jnp.linalg.cholesky(spread))
