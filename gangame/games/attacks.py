"""Adversarial examples: the worst change of an input within a box, found by gradients."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.ranges import check_numbers, check_sizes

Logits = Callable[[Array], Array]
"""From images `[batch, ...]` to the logits of classes `[batch, classes]`."""


def cross_entropy(logits: Array, labels: Array) -> Array:
    """Returns −log p(label) of each, `[batch]`."""
    chosen = jnp.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
    return jax.nn.logsumexp(logits, axis=1) - chosen


def within(images: Array, changes: Array, epsilon: Array | float) -> Array:
    """Returns images + changes, each change at most ε, each pixel in [−1, 1]."""
    return jnp.clip(images + jnp.clip(changes, -epsilon, epsilon), -1, 1)


def fgsm(logits_fn: Logits, images: Array, labels: Array, epsilon: Array | float) -> Array:
    """Returns adversarial examples x + ε sign ∇_x cross-entropy, `[batch, ...]`, in [−1, 1].

    Args:
      logits_fn: the classifier.
      images: `[batch, ...]` in [−1, 1].
      labels: `[batch]`.
      epsilon: ε, 0 or more, in units of pixels from −1 to 1: twice the ε of pixels from 0 to 1.

    Source: Goodfellow, Shlens, Szegedy, "Explaining and Harnessing Adversarial Examples", 2015,
    https://arxiv.org/abs/1412.6572.
    """
    check_numbers(epsilon=epsilon)
    return within(images, epsilon * jnp.sign(_slope(logits_fn, images, labels)), epsilon)


def pgd(
    logits_fn: Logits,
    images: Array,
    labels: Array,
    epsilon: Array | float,
    key: Key,
    *,
    num_steps: int = 20,
    step_size: Array | float | None = None,
) -> Array:
    """Returns adversarial examples by projected gradient ascent from a random point of the box, `[batch, ...]`.

        x ← Π_{|x − x_0| ≤ ε}(x + α sign ∇_x cross-entropy)

    Args:
      logits_fn: the classifier.
      images: `[batch, ...]` in [−1, 1].
      labels: `[batch]`.
      epsilon: ε, 0 or more, in units of pixels from −1 to 1.
      key: of the random start.
      num_steps: 1 or more.
      step_size: α; `None` is 2.5 ε / num_steps, with which any point of the box is within reach.

    Source: Madry, Makelov, Schmidt, Tsipras, Vladu, "Towards Deep Learning Models Resistant to Adversarial Attacks",
    2018, https://arxiv.org/abs/1706.06083.
    """
    start = epsilon * jax.random.uniform(key, images.shape, images.dtype, -1, 1)
    return pgd_from(logits_fn, images, labels, epsilon, start, num_steps=num_steps, step_size=step_size)


def pgd_from(
    logits_fn: Logits,
    images: Array,
    labels: Array,
    epsilon: Array | float,
    start: Array,
    *,
    num_steps: int = 20,
    step_size: Array | float | None = None,
) -> Array:
    """Returns what `pgd` does from given changes `start`, `[batch, ...]`, each at most ε."""
    check_numbers(epsilon=epsilon)
    check_sizes(num_steps=num_steps)
    alpha = 2.5 * epsilon / num_steps if step_size is None else step_size

    def step(changes: Array, _: None) -> tuple[Array, None]:
        slope = _slope(logits_fn, within(images, changes, epsilon), labels)
        return jnp.clip(changes + alpha * jnp.sign(slope), -epsilon, epsilon), None

    changes, _ = jax.lax.scan(step, start, length=num_steps)
    return within(images, changes, epsilon)


def robust_accuracy(
    logits_fn: Logits,
    images: Array,
    labels: Array,
    epsilon: Array | float,
    key: Key,
    *,
    num_steps: int = 20,
    num_restarts: int = 1,
) -> Array:
    """Returns the share of images whose class is named right after each of so many attacks by `pgd`, from 0 to 1.

    Args:
      logits_fn: the classifier.
      images: `[batch, ...]` in [−1, 1].
      labels: `[batch]`.
      epsilon: ε, 0 or more, in units of pixels from −1 to 1.
      key: of the random starts.
      num_steps: of each attack, 1 or more.
      num_restarts: attacks on each image, 1 or more; an upper bound of the true number, lower with each.
    """
    check_sizes(num_restarts=num_restarts)

    def attack(key: Key) -> Array:
        worst = pgd(logits_fn, images, labels, epsilon, key, num_steps=num_steps)
        return jnp.argmax(logits_fn(worst), axis=1) == labels

    withstood = jax.lax.map(attack, jax.random.split(key, num_restarts))
    return jnp.mean(jnp.all(withstood, axis=0), dtype=images.dtype)


def _slope(logits_fn: Logits, images: Array, labels: Array) -> Array:
    return jax.grad(lambda images: jnp.sum(cross_entropy(logits_fn(images), labels)))(images)
