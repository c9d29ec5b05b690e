"""Independent bits: their probability, and how they are drawn."""

import jax
import jax.numpy as jnp

from gangame.core import Array, Key


def log_bernoulli(logits: Array, points: Array) -> Array:
    """Returns the log probability in nats `[...]` of zeros and ones `[..., num_pixels]`, each with its logit.

    Example:
      >>> round(float(log_bernoulli(jnp.zeros(3), jnp.ones(3))), 4)  # three fair coins
      -2.0794
    """
    return jnp.sum(points * logits - jax.nn.softplus(logits), axis=-1)


def draw_bits(key: Key, logits: Array) -> Array:
    """Returns zeros and ones of the shape of the logits, and of their type."""
    return jax.random.bernoulli(key, jax.nn.sigmoid(logits)).astype(logits.dtype)


def coins(key: Key, num_samples: int, num_pixels: int) -> Array:
    """Returns fair coins `[num_samples, num_pixels]`, where Markov chains start."""
    return draw_bits(key, jnp.zeros((num_samples, num_pixels)))
