"""What the nearest real images say about generated ones."""

import jax
import jax.numpy as jnp

from gangame.core import Array


def nearest_classes(samples: Array, references: Array, labels: Array, num_classes: int) -> dict[str, Array]:
    """Returns which classes a set of samples covers, each sample taking the class of its nearest reference.

    A one-nearest-neighbour classifier in pixel space. A class is covered if at least a tenth of its fair share of the
    samples falls on it.

    Args:
      samples: `[num_samples, features]`.
      references: `[num_references, features]`, real images.
      labels: `[num_references]`, their classes, 0 to num_classes − 1.
      num_classes: number of classes.

    Returns:
      A dict of `classes` (number covered, int32), `class_kl` (KL of the histogram of the samples over classes from that
      of the references, in nats), and `nearest` (mean Euclidean distance from a sample to its nearest reference).
    """
    squared = (
        jnp.sum(samples**2, axis=1)[:, None] - 2 * samples @ references.T + jnp.sum(references**2, axis=1)[None, :]
    )
    nearest = jnp.argmin(squared, axis=1)
    share = jnp.mean(jax.nn.one_hot(labels[nearest], num_classes, dtype=samples.dtype), axis=0)
    fair = jnp.mean(jax.nn.one_hot(labels, num_classes, dtype=samples.dtype), axis=0)
    finite = jnp.all(jnp.isfinite(samples))
    return {
        "classes": jnp.where(finite, jnp.sum(share >= fair / 10, dtype=jnp.int32), 0),
        "class_kl": jnp.where(finite, jnp.sum(jax.scipy.special.xlogy(share, share / fair)), jnp.nan),
        "nearest": jnp.mean(jnp.sqrt(jnp.maximum(jnp.min(squared, axis=1), 0))),
    }
