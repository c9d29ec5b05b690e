"""Near-duplicates in a batch: how closely the samples of a generator lie together."""

import jax.numpy as jnp

from gangame.core import Array
from gangame.metrics.distances import squared_radii
from gangame.metrics.sets import nan_unless_finite, sample_sets


def duplicates(samples: Array, references: Array) -> dict[str, Array]:
    """Returns how many samples have a near-duplicate among the others, and by how much that is too many.

    A near-duplicate is nearer than the median distance from a reference to the nearest other one, so among references
    half have one. Where points of density p lie as those of a Poisson process, none is within r of a given one with
    probability exp(−c r^d p), whatever the dimension d. A generator that puts all its mass on a k-th of the support
    multiplies p by k, and the ratio of both logarithms is k.

    Args:
      samples: `[num_samples, features]`, 2 or more.
      references: `[num_samples, features]`, data, as many of them.

    Returns:
      A dict of `duplicates`, the share of samples with one, in [0, 1], and `concentration`, log(1 − duplicates) over
      log ½: 1 for samples like data, k where they lie on a k-th of it, at most log₂(2 num_samples), below 1 where they
      are further apart than data. Both are NaN where a sample is not finite.

    Raises:
      ValueError: sets of other shapes, or of a single sample.

    Source: Clark, Evans, "Distance to nearest neighbor as a measure of spatial relationships in populations", 1954,
    https://doi.org/10.2307/1931034, for the distribution of the distances.

    Example:
      >>> import jax
      >>> plane = jax.random.uniform(jax.random.key(0), (2, 512, 2))
      >>> quarter = plane[1] / 2
      >>> found = duplicates(quarter, plane[0])
      >>> print(round(float(found["concentration"])))
      4
    """
    samples, references = sample_sets(samples, references, at_least=2)
    if samples.shape != references.shape:
        raise ValueError(
            f"The samples have the shape {samples.shape} and the references {references.shape}; a density is compared "
            "between sets of one size."
        )
    share = jnp.mean(squared_radii(samples, 1) < jnp.median(squared_radii(references, 1)), dtype=samples.dtype)
    missing = jnp.maximum(1 - share, 0.5 / len(samples))
    found = {"duplicates": share, "concentration": -jnp.log2(missing)}
    return {name: nan_unless_finite(value, samples) for name, value in found.items()}
