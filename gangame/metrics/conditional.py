"""What classifiers make of samples that come with labels."""

import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.metrics.classifiers import Classifier, k_nearest
from gangame.metrics.sets import check_labels, nan_unless_finite, sample_sets
from gangame.metrics.shares import class_shares, relative_entropy


def _scores(predicted: Array, labels: Array, shares: Array, reference: Array, *sets: Array) -> dict[str, Array]:
    """Returns accuracy, recall of each class, and how uneven the classes are."""
    right = (predicted == labels).astype(shares.dtype)
    totals = jnp.bincount(labels, length=len(shares)).astype(shares.dtype)
    scores = {
        "accuracy": jnp.mean(right),
        "recall": jnp.bincount(labels, weights=right, length=len(shares)) / totals,
        "class_kl": relative_entropy(shares, reference),
    }
    return {name: nan_unless_finite(value, *sets) for name, value in scores.items()}


def gan_train(
    real: Array,
    real_labels: Array,
    samples: Array,
    sample_labels: Array,
    key: Key,
    *,
    num_classes: int,
    classifier: Classifier | None = None,
) -> dict[str, Array]:
    """Returns how well a classifier that was trained on samples does on real data: are the samples diverse?

    It may do well though one class is generated far too often, so the balance of the classes stands beside it.

    Args:
      real: `[num_real, features]`, held out: the generator has not seen them.
      real_labels: `[num_real]`, 0 to num_classes − 1.
      samples: `[num_samples, features]`.
      sample_labels: `[num_samples]`, which the generator was asked for, or another classifier has given.
      key: goes to the classifier.
      num_classes: number of classes.
      classifier: `None` is the nearest neighbour, as in the first code that measured this, that of DCGAN.

    Returns:
      A dict of `accuracy`, `recall` (`[num_classes]`, NaN for a class that the real data lack), and `class_kl` (KL of
      the labels of the samples from those of the real data, in nats; infinite where the real data lack a class).

    Raises:
      ValueError: sets of another shape or type, or not one label for each sample.

    Source: Shmelkov, Schmid, Alahari, "How good is my GAN?", 2018, https://arxiv.org/abs/1807.09499; Ravuri, Vinyals,
    "Classification Accuracy Score for Conditional Generative Models", 2019, https://arxiv.org/abs/1905.10887.

    Example:
      >>> import jax, jax.numpy as jnp
      >>> real, labels = jnp.array([[0.0], [1.0]]), jnp.array([0, 1])
      >>> float(gan_train(real, labels, real + 0.1, labels, jax.random.key(0), num_classes=2)["accuracy"])
      1.0
    """
    real, samples = sample_sets(real, samples)
    check_labels(real, real_labels)
    check_labels(samples, sample_labels)
    classifier = k_nearest(num_classes, k=1) if classifier is None else classifier
    predicted = classifier(key, samples, sample_labels, real)
    shares, reference = (class_shares(each, num_classes, real.dtype) for each in (sample_labels, real_labels))
    return _scores(predicted, real_labels, shares, reference, real, samples)


def gan_test(
    real: Array,
    real_labels: Array,
    samples: Array,
    sample_labels: Array,
    key: Key,
    *,
    num_classes: int,
    classifier: Classifier | None = None,
) -> dict[str, Array]:
    """Returns how well a classifier that was trained on real data does on samples: are they of the class asked for?

    Args:
      real: `[num_real, features]`.
      real_labels: `[num_real]`, 0 to num_classes − 1.
      samples: `[num_samples, features]`.
      sample_labels: `[num_samples]`, which the generator was asked for.
      key: goes to the classifier.
      num_classes: number of classes.
      classifier: `None` is the nearest neighbour.

    Returns:
      A dict of `accuracy`, `recall` (`[num_classes]`, NaN for a class that was not asked for), and `class_kl` (KL of
      the classes that the classifier sees in the samples from the labels of the real data, in nats).

    Raises:
      ValueError: sets of another shape or type, or not one label for each sample.

    Source: Shmelkov, Schmid, Alahari, "How good is my GAN?", 2018, https://arxiv.org/abs/1807.09499.

    Example:
      >>> import jax, jax.numpy as jnp
      >>> real, labels = jnp.array([[0.0], [1.0]]), jnp.array([0, 1])
      >>> float(gan_test(real, labels, real * 0, labels, jax.random.key(0), num_classes=2)["accuracy"])
      0.5
    """
    real, samples = sample_sets(real, samples)
    check_labels(real, real_labels)
    check_labels(samples, sample_labels)
    classifier = k_nearest(num_classes, k=1) if classifier is None else classifier
    predicted = classifier(key, real, real_labels, samples)
    shares, reference = (class_shares(each, num_classes, real.dtype) for each in (predicted, real_labels))
    return _scores(predicted, sample_labels, shares, reference, real, samples)
