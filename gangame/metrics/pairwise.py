"""The distances between the samples of one set, as a picture of its variety."""

import jax.numpy as jnp

from gangame.core import Array
from gangame.metrics.distances import squared_distances
from gangame.metrics.sets import sample_sets
from gangame.metrics.wasserstein import wasserstein_1d


def pairwise_distances(samples: Array) -> Array:
    """Returns the distances `[n(n − 1)/2]` between all different samples `[n, features]`."""
    return jnp.sqrt(squared_distances(samples, samples)[jnp.triu_indices(len(samples), 1)])


def pairwise_distance_gap(real: Array, fake: Array) -> dict[str, Array]:
    """Returns how much the distances within the fakes differ from those within the real samples.

    Samples that lie closer together than real ones are a sign of lost variety, in whole or within modes.

    Args:
      real: `[num_real, features]`, 2 samples or more. All pairs are held in memory.
      fake: `[num_fake, features]`, likewise.

    Returns:
      A dict of `wasserstein` (Wasserstein-1 distance between the two distributions of distances) and `ratio` (mean
      distance between fakes over that between real samples, below 1 where variety is lost).

    Source: Metz, Poole, Pfau, Sohl-Dickstein, "Unrolled Generative Adversarial Networks", 2017,
    https://arxiv.org/abs/1611.02163, whose figures are histograms of these distances.

    Example:
      >>> import jax.numpy as jnp
      >>> found = pairwise_distance_gap(jnp.array([[0.0], [2.0]]), jnp.array([[0.0], [1.0]]))
      >>> float(found["wasserstein"]), float(found["ratio"])
      (1.0, 0.5)
    """
    within_real, within_fake = map(pairwise_distances, sample_sets(real, fake, at_least=2))
    return {
        "wasserstein": wasserstein_1d(within_real, within_fake),
        "ratio": jnp.mean(within_fake) / jnp.mean(within_real),
    }
