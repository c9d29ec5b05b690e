"""How much of one set lies where the other is, each point standing for a ball that reaches its k-th neighbour.

All balls are closed, and the radius is the distance to the k-th nearest of the *other* points of the set. The code that
accompanies one of the two papers has open balls; on continuous data that is the same.
"""

import jax.numpy as jnp

from gangame.core import Array
from gangame.metrics.distances import map_distances, squared_radii
from gangame.metrics.sets import nan_unless_finite, sample_sets


def _checked(real: Array, fake: Array, k: int) -> tuple[Array, ...]:
    real, fake = sample_sets(real, fake)
    if not 1 <= k < min(len(real), len(fake)):
        raise ValueError(
            f"k is {k}; it has to be 1 to {min(len(real), len(fake)) - 1}, as a sample has no more neighbours."
        )
    return real, fake


def precision_recall(real: Array, fake: Array, *, k: int = 3) -> dict[str, Array]:
    """Returns improved precision and recall: what share of the one set lies in the balls of the other.

    Precision is the share of the fakes that lie in the ball of any real sample, recall the share of the real samples
    that lie in the ball of any fake.

    Args:
      real: `[num_real, features]`.
      fake: `[num_fake, features]`; equal numbers make the two comparable.
      k: the balls reach the k-th nearest neighbour; 1 or more, fewer than there are samples.

    Returns:
      A dict of `precision` and `recall`, in [0, 1]; NaN for samples that are not finite.

    Raises:
      ValueError: k outside its range.

    Source: Kynkäänniemi, Karras, Laine, Lehtinen, Aila, "Improved Precision and Recall Metric for Assessing Generative
    Models", 2019, https://arxiv.org/abs/1904.06991.

    Example:
      >>> import jax.numpy as jnp
      >>> real = jnp.arange(10.0)[:, None]
      >>> found = precision_recall(real, real[:5], k=1)
      >>> float(found["precision"]), round(float(found["recall"]), 3)
      (1.0, 0.6)
    """
    real, fake = _checked(real, fake, k)

    def covered(points: Array, centers: Array) -> Array:
        radii = squared_radii(centers, k)
        inside = map_distances(lambda distances: jnp.any(distances <= radii), points, centers)
        return nan_unless_finite(jnp.mean(inside.astype(points.dtype)), real, fake)

    return {"precision": covered(fake, real), "recall": covered(real, fake)}


def density_coverage(real: Array, fake: Array, *, k: int = 5) -> dict[str, Array]:
    """Returns density and coverage: how many real balls a fake lies in, and how many real balls hold a fake.

        density = (1/kM) Σⱼ #{i : fakeⱼ ∈ ball of realᵢ},    coverage = (1/N) #{i : the ball of realᵢ holds a fake}

    For two sets of one distribution and equal size, density is near 1 and coverage near 1 − 2⁻ᵏ.

    Args:
      real: `[num_real, features]`, N of them.
      fake: `[num_fake, features]`, M of them.
      k: the balls reach the k-th nearest neighbour; 1 or more, fewer than there are samples.

    Returns:
      A dict of `density`, 0 or more and not bounded by 1, and `coverage`, in [0, 1]; NaN for samples that are not
      finite.

    Raises:
      ValueError: k outside its range.

    Source: Naeem, Oh, Uh, Choi, Yoo, "Reliable Fidelity and Diversity Metrics for Generative Models", 2020,
    https://arxiv.org/abs/2002.09797.

    Example:
      >>> import jax.numpy as jnp
      >>> real = jnp.arange(10.0)[:, None]
      >>> found = density_coverage(real, real[:5], k=1)
      >>> round(float(found["coverage"]), 3)
      0.6
    """
    real, fake = _checked(real, fake, k)
    radii = squared_radii(real, k)
    counts = map_distances(lambda distances: jnp.sum(distances <= radii), fake, real)
    held = map_distances(jnp.min, real, fake) <= radii
    return {
        "density": nan_unless_finite(jnp.mean(counts.astype(real.dtype)) / k, real, fake),
        "coverage": nan_unless_finite(jnp.mean(held.astype(real.dtype)), real, fake),
    }
