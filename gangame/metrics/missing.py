"""How much of the data a generator leaves out, seen by distances alone."""

import jax.numpy as jnp

from gangame.core import Array
from gangame.metrics.distances import nearest
from gangame.metrics.sets import nan_unless_finite, sample_sets


def missing_share(samples: Array, references: Array) -> Array:
    """Returns the share of references that are further from all samples than samples are from references.

    Further is more than twice the distance within which nine in ten samples find a reference. So samples that lie
    beside the data, but all along them, leave nothing out, while a generator that is at k of K modes of equal mass, at
    the very points or near them, leaves out 1 − k/K. Of samples like data next to nothing is missing: of a uniform
    density in d dimensions 10^(−2^d), somewhat more where it has tails. In many dimensions all distances are alike, and
    little seems to be missing ever: use it on features, or beside `duplicates`.

    Args:
      samples: `[num_samples, features]`.
      references: `[num_references, features]`, data.

    Returns:
      A number in [0, 1]; NaN where a sample is not finite.

    Raises:
      ValueError: no sets of samples, or of different features.

    Source: gangame's own; a relative of the recall of Kynkäänniemi et al., "Improved precision and recall metric for
    assessing generative models", 2019, https://arxiv.org/abs/1904.06991, with one radius in place of one per sample.

    Example:
      >>> import jax
      >>> noise = 0.1 * jax.random.normal(jax.random.key(0), (2, 100, 2))
      >>> modes = jnp.array([[0.0, 0.0], [0.0, 4.0], [4.0, 0.0], [4.0, 4.0]])
      >>> print(missing_share(noise[0], modes[jnp.arange(100) % 4] + noise[1]))
      0.75
    """
    samples, references = sample_sets(samples, references)
    _, beside = nearest(samples, references)
    _, away = nearest(references, samples)
    share = jnp.mean(away > 2 * jnp.quantile(beside, 0.9), dtype=samples.dtype)
    return nan_unless_finite(share, samples)
