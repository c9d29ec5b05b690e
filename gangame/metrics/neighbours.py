"""What the nearest real images say about generated ones."""

import jax.numpy as jnp

from gangame.core import Array
from gangame.metrics.distances import nearest
from gangame.metrics.sets import check_labels
from gangame.metrics.shares import class_shares, relative_entropy


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

    Raises:
      ValueError: not one label for each reference.

    Source: Cover, Hart, "Nearest neighbor pattern classification", 1967, https://doi.org/10.1109/TIT.1967.1053964.
    """
    check_labels(references, labels)
    index, distance = nearest(samples, references)
    share, fair = (class_shares(each, num_classes, samples.dtype) for each in (labels[index], labels))
    finite = jnp.all(jnp.isfinite(samples))
    return {
        "classes": jnp.where(finite, jnp.sum(share >= fair / 10, dtype=jnp.int32), 0),
        "class_kl": jnp.where(finite, relative_entropy(share, fair), jnp.nan),
        "nearest": jnp.mean(distance),
    }
