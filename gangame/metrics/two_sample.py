"""Can a classifier tell two sets apart?"""

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.metrics.classifiers import Classifier, k_nearest
from gangame.metrics.distances import map_distances
from gangame.metrics.sets import nan_unless_finite, sample_sets
from gangame.ranges import check_sizes


def classifier_two_sample_test(
    real: Array, fake: Array, key: Key, *, classifier: Classifier | None = None
) -> dict[str, Array]:
    """Returns how well a classifier tells held-out real samples from fakes, and the p-value of that.

    The union is shuffled, one half trains and the other half, of n samples, is asked. If both sets come from one
    distribution the accuracy is about N(½, 1/4n).

    Args:
      real: `[num_real, features]`, 2 samples or more; the larger set loses what the smaller one does not have.
      fake: `[num_fake, features]`, likewise.
      key: shuffles, and goes to the classifier.
      classifier: of two classes; `None` is `k_nearest(2)`, with k the root of the number of training samples.

    Returns:
      A dict of `accuracy` and `p_value`, one-sided: large accuracies speak against one distribution.

    Source: Lopez-Paz, Oquab, "Revisiting Classifier Two-Sample Tests", 2017, https://arxiv.org/abs/1610.06545.

    Example:
      >>> import jax
      >>> points = jax.random.normal(jax.random.key(0), (40, 2))
      >>> found = classifier_two_sample_test(points, points + 10, jax.random.key(1))
      >>> float(found["accuracy"])
      1.0
    """
    real, fake = sample_sets(real, fake, at_least=2)
    classifier = k_nearest(2) if classifier is None else classifier
    key_order, key_classifier = jax.random.split(key)
    number = min(len(real), len(fake))
    pool, is_real = jnp.concatenate([real[:number], fake[:number]]), jnp.arange(2 * number) < number
    order = jax.random.permutation(key_order, 2 * number)
    inputs, labels = pool[order], is_real[order].astype(jnp.int32)
    predicted = classifier(key_classifier, inputs[:number], labels[:number], inputs[number:])
    accuracy = nan_unless_finite(jnp.mean((predicted == labels[number:]).astype(real.dtype)), real, fake)
    return {"accuracy": accuracy, "p_value": jax.scipy.stats.norm.sf(2 * number**0.5 * (accuracy - 0.5))}


def nearest_neighbour_test(real: Array, fake: Array, key: Key, *, num_permutations: int = 500) -> dict[str, Array]:
    """Returns how often the nearest of all other samples is of the same set, and the p-value of that.

    For two sets of one distribution and of n samples each the accuracy is (n − 1)/(2n − 1) on average. Far above ½ the
    sets lie apart; far below ½ each sample has one of the other set right beside it, as copies of the real set have.

    Args:
      real: `[num_real, features]`, 2 samples or more.
      fake: `[num_fake, features]`, likewise; usually as many.
      key: draws the permutations of the test.
      num_permutations: 1 or more.

    Returns:
      A dict of `accuracy`, its two parts `real_accuracy` and `fake_accuracy`, and `p_value`, two-sided, of the
      permutation test.

    Raises:
      ValueError: no permutations.

    Source: Xu, Huang, Yuan, Guo, Sun, Wu, Weinberger, "An empirical study on evaluation metrics of generative
    adversarial networks", 2018, https://arxiv.org/abs/1806.07755; the test is that of Schilling, "Multivariate
    Two-Sample Tests Based on Nearest Neighbors", 1986, https://doi.org/10.1080/01621459.1986.10478337.

    Example:
      >>> import jax
      >>> points = jax.random.normal(jax.random.key(0), (40, 2))
      >>> float(nearest_neighbour_test(points, points + 10, jax.random.key(1))["accuracy"])
      1.0
      >>> float(nearest_neighbour_test(points, points + 1e-4, jax.random.key(1))["accuracy"])
      0.0
    """
    check_sizes(num_permutations=num_permutations)
    real, fake = sample_sets(real, fake, at_least=2)
    # In any order: among neighbours as near as each other the first is taken, and none may be it for being real.
    key_order, key = jax.random.split(key)
    order = jax.random.permutation(key_order, len(real) + len(fake))
    pool, is_real = jnp.concatenate([real, fake])[order], order < len(real)
    # The nearest of all is the sample itself, or a copy of it, which is as good a neighbour.
    both = map_distances(lambda distances: jax.lax.top_k(-distances, 2)[1], pool, pool)
    neighbour = jnp.where(both[:, 0] == jnp.arange(len(pool), dtype=both.dtype), both[:, 1], both[:, 0])

    def accuracies(marks: Array) -> Array:
        return (marks == marks[neighbour]).astype(real.dtype)

    same = accuracies(is_real)[jnp.argsort(order)]
    shuffled = jax.vmap(lambda key: jnp.mean(accuracies(jax.random.permutation(key, is_real))))(
        jax.random.split(key, num_permutations)
    )
    accuracy, tolerance = jnp.mean(same), 0.5 / len(pool)  # means of the same count may differ in their rounding
    above = 1 + jnp.sum((shuffled > accuracy - tolerance).astype(real.dtype))
    below = 1 + jnp.sum((shuffled < accuracy + tolerance).astype(real.dtype))
    parts = {
        "accuracy": accuracy,
        "real_accuracy": jnp.mean(same[: len(real)]),
        "fake_accuracy": jnp.mean(same[len(real) :]),
        "p_value": jnp.minimum(2 * jnp.minimum(above, below) / (num_permutations + 1), 1),
    }
    return {name: nan_unless_finite(value, real, fake) for name, value in parts.items()}
