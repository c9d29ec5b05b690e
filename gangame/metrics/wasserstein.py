"""Wasserstein-1 distances that sorting computes: on the line, and along random directions."""

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.metrics.sets import sample_sets
from gangame.ranges import check_sizes


def wasserstein_1d(x: Array, y: Array) -> Array:
    """Returns the Wasserstein-1 distance of two sets of numbers, ∫ |F(t) − G(t)| dt for their distribution functions.

    Args:
      x: `[n]`.
      y: `[m]`.

    Example:
      >>> import jax.numpy as jnp
      >>> float(wasserstein_1d(jnp.array([0.0, 1.0]), jnp.array([1.0, 1.0, 3.0, 3.0])))
      1.5
    """
    x, y = jnp.sort(x), jnp.sort(y)
    if len(x) == len(y):
        return jnp.mean(jnp.abs(x - y))
    pool = jnp.sort(jnp.concatenate([x, y]))
    below_x, below_y = (jnp.searchsorted(each, pool[:-1], side="right").astype(pool.dtype) for each in (x, y))
    return jnp.sum(jnp.abs(below_x / len(x) - below_y / len(y)) * jnp.diff(pool))


def sliced_wasserstein(real: Array, fake: Array, key: Key, *, num_projections: int = 512) -> Array:
    """Returns the Wasserstein-1 distance of two sets along a random direction, averaged over directions.

    Args:
      real: `[num_real, features]`.
      fake: `[num_fake, features]`.
      key: draws the directions, uniform on the sphere.
      num_projections: number of directions, 1 or more.

    Raises:
      ValueError: no directions.

    Source: Rabin, Peyré, Delon, Bernot, "Wasserstein Barycenter and Its Application to Texture Mixing", 2011,
    https://doi.org/10.1007/978-3-642-24785-9_37; Karras, Aila, Laine, Lehtinen, "Progressive Growing of GANs", 2018,
    https://arxiv.org/abs/1710.10196, for the first power.

    Example:
      >>> import jax, jax.numpy as jnp
      >>> round(float(sliced_wasserstein(jnp.zeros((4, 1)), jnp.ones((4, 1)), jax.random.key(0))), 4)
      1.0
    """
    check_sizes(num_projections=num_projections)
    real, fake = sample_sets(real, fake)
    directions = jax.random.normal(key, (num_projections, real.shape[1]), real.dtype)
    directions = directions / jnp.linalg.norm(directions, axis=1, keepdims=True)
    along_real, along_fake = (jnp.matmul(directions, each.T, precision="highest") for each in (real, fake))
    return jnp.mean(jax.vmap(wasserstein_1d)(along_real, along_fake))
