"""Does a generator repeat its training data?"""

import math
from collections.abc import Callable

import jax.numpy as jnp

from gangame.core import Array
from gangame.metrics.distances import nearest, squared_radii
from gangame.metrics.sets import sample_sets

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def memorisation(samples: Array, train: Array, test: Array) -> dict[str, Array]:
    """Returns how much closer samples lie to the training data than to data that were held out.

    Args:
      samples: `[num_samples, features]`.
      train: `[num_train, features]`, 2 or more, which the generator has seen.
      test: `[num_test, features]`, which it has not. Only `ratio` and `closer_to_train` need as many as there are in
        `train`; with fewer they look like memory.

    Returns:
      A dict of
      `gap`, mean distance from a sample to the nearest of `train`, over that from one of `test`: near 1 for fresh
      samples of the same distribution, 0 for copies;
      `ratio`, `[5]`, quantiles (at `QUANTILES`) over the samples of the distance to `train` over that to `test`;
      `closer_to_train`, share of the samples that are nearer to `train` than to `test`, ½ for fresh ones;
      `authenticity`, share of the samples that lie farther from their nearest training point than the nearest other
      training point does from that, 0 for copies.

    Source: Alaa, van Breugel, Saveliev, van der Schaar, "How Faithful is your Synthetic Data? Sample-level Metrics for
    Evaluating and Auditing Generative Models", 2022, https://arxiv.org/abs/2102.08921, for authenticity.

    Example:
      >>> import jax
      >>> train, test = jax.random.normal(jax.random.key(0), (2, 50, 3))
      >>> float(memorisation(train, train, test)["gap"]), float(memorisation(test, train, test)["gap"])
      (0.0, 1.0)
    """
    samples, train, test = sample_sets(samples, train, test)
    sample_sets(train, at_least=2)
    index, to_train = nearest(samples, train)
    _, to_test = nearest(samples, test)
    _, fresh = nearest(test, train)
    own = jnp.sqrt(squared_radii(train, 1))
    return {
        "gap": jnp.mean(to_train) / jnp.mean(fresh),
        "ratio": jnp.quantile(to_train / to_test, jnp.array(QUANTILES, to_train.dtype)),
        "closer_to_train": jnp.mean((to_train < to_test).astype(to_train.dtype)),
        "authenticity": jnp.mean((to_train > own[index]).astype(to_train.dtype)),
    }


def shifted(images: Array, shape: tuple[int, ...], *, down: int = 0, right: int = 0) -> Array:
    """Returns flat images moved by whole pixels; what comes in at an edge is the edge itself.

    Args:
      images: `[num_images, height · width · channels]`.
      shape: height and width, or height, width and channels, of one image.
      down: number of pixels downwards, negative for upwards.
      right: number of pixels to the right, negative for to the left.

    Raises:
      ValueError: a shape of another size.

    Example:
      >>> import jax.numpy as jnp
      >>> shifted(jnp.array([[1, 2, 3, 4]]), (2, 2), right=1).tolist()
      [[1, 1, 3, 3]]
    """
    if len(shape) not in (2, 3) or math.prod(shape) != images.shape[1]:
        raise ValueError(f"Images of {images.shape[1]} pixels do not have the shape {shape}.")
    rows = jnp.clip(jnp.arange(shape[0]) - down, 0, shape[0] - 1)
    columns = jnp.clip(jnp.arange(shape[1]) - right, 0, shape[1] - 1)
    return images.reshape(len(images), *shape)[:, rows][:, :, columns].reshape(images.shape)


def one_pixel_control(
    train: Array, test: Array, shape: tuple[int, ...], features: Callable[[Array], Array] = lambda images: images
) -> dict[str, dict[str, Array]]:
    """Returns what `memorisation` says of a generator that only copies, and of one that moves its copies by a pixel.

    The Euclidean distance between pixels is fooled by a shift that nobody sees. Where `shifted` looks like `fresh`, the
    metric cannot see memory, and says nothing about a generator; where it looks like `copies`, it can.

    Args:
      train: `[num_train, pixels]`, flat images.
      test: `[num_test, pixels]`.
      shape: of one image, see `shifted`.
      features: maps images to the features between which distances are taken; by default pixels.

    Returns:
      A dict of `copies`, `shifted` and `fresh` (the first half of the test set, against the second), each as from
      `memorisation`.

    Raises:
      ValueError: fewer than two test images, or images of another size.

    Source: Theis, van den Oord, Bethge, "A note on the evaluation of generative models", 2016,
    https://arxiv.org/abs/1511.01844, who show how few pixels it takes.

    Example:
      >>> import jax
      >>> train, test = jax.random.uniform(jax.random.key(0), (2, 20, 16))
      >>> control = one_pixel_control(train, test, (4, 4))
      >>> float(control["copies"]["gap"]), bool(control["shifted"]["gap"] > 0.5)
      (0.0, True)
    """
    train, test = sample_sets(train, test, at_least=2)
    seen, half = features(train), len(test) // 2
    held_out = features(test)
    return {
        "copies": memorisation(seen, seen, held_out),
        "shifted": memorisation(features(shifted(train, shape, right=1)), seen, held_out),
        "fresh": memorisation(held_out[:half], seen, held_out[half:]),
    }
