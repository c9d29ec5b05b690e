"""The birthday test: how many different images does a generator make?"""

import jax
import jax.numpy as jnp

from gangame.core import Array
from gangame.metrics.distances import map_distances
from gangame.metrics.sets import nan_unless_finite, sample_sets


def duplicate_threshold(images: Array, varied: Array, *, share: float = 0.95) -> Array:
    """Returns the distance within which two images count as the same.

    Args:
      images: `[num_images, features]`.
      varied: `[num_images, features]`, the same images under a change that leaves them the same to the eye.
      share: how many of these pairs are to lie within the distance, in [0, 1].

    Raises:
      ValueError: sets of different sizes, or a share outside its range.

    Example:
      >>> import jax.numpy as jnp
      >>> round(float(duplicate_threshold(jnp.zeros((3, 1)), jnp.array([[1.0], [2.0], [3.0]]), share=0.5)), 5)
      2.0
    """
    images, varied = sample_sets(images, varied)
    if len(images) != len(varied) or not 0 <= share <= 1:
        raise ValueError(
            f"There are {len(images)} and {len(varied)} images, and share is {share}; the images come in pairs, and "
            "share lies between 0 and 1."
        )
    return jnp.quantile(jnp.linalg.norm(images - varied, axis=1), share)


def birthday_test(samples: Array, *, batch_size: int, threshold: float | Array) -> dict[str, Array]:
    """Returns how often a batch of samples holds two that are the same, and what that says about their number.

    Two samples of a distribution p over images are the same with probability Σp², so the share of such pairs estimates
    the number 1/Σp² of images that are as likely as the generator makes them: all of them if uniform, else fewer. In a
    batch of s from N that are equally likely two are the same with probability 1 − Π_{i<s} (1 − i/N), which is about ½
    for N = s²/(2 log 2).

    Args:
      samples: `[num_samples, features]`; what does not fill a batch is left out.
      batch_size: s, 2 or more, no more than there are samples.
      threshold: distance up to which two samples count as the same, 0 or more; see `duplicate_threshold`.

    Returns:
      A dict of `duplicates` (share of the batches that hold a pair; `metrics.wilson` gives its interval),
      `num_batches`, and `support` (pairs over pairs that are the same, within batches; infinite if none are).

    Raises:
      ValueError: a batch size outside its range.

    Source: Arora, Zhang, "Do GANs actually learn the distribution? An empirical study", 2017,
    https://arxiv.org/abs/1706.08224.

    Example:
      >>> import jax.numpy as jnp
      >>> found = birthday_test(jnp.tile(jnp.eye(2), (4, 1)), batch_size=4, threshold=0.0)
      >>> float(found["duplicates"]), float(found["support"])
      (1.0, 3.0)
    """
    (samples,) = sample_sets(samples)
    if not 2 <= batch_size <= len(samples):
        raise ValueError(f"batch_size is {batch_size}; it has to be 2 to {len(samples)}, the number of samples.")
    num_batches = len(samples) // batch_size
    batches = samples[: num_batches * batch_size].reshape(num_batches, batch_size, -1)
    squared_threshold = jnp.asarray(threshold, samples.dtype) ** 2

    def num_pairs(batch: Array) -> Array:
        same = map_distances(lambda distances: jnp.sum(distances <= squared_threshold), batch, batch)
        return (jnp.sum(same) - batch_size) // 2  # each is the same as itself, and each pair is counted twice

    pairs = jax.lax.map(num_pairs, batches).astype(samples.dtype)
    total = num_batches * batch_size * (batch_size - 1) / 2
    return {
        "duplicates": nan_unless_finite(jnp.mean((pairs > 0).astype(samples.dtype)), samples),
        "num_batches": jnp.asarray(num_batches),
        "support": nan_unless_finite(total / jnp.sum(pairs), samples),
    }
