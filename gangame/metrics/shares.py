"""How evenly samples are spread over classes."""

from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array


def class_shares(labels: Array, num_classes: int, dtype: Any = float) -> Array:
    """Returns the share `[num_classes]` of each class among labels `[num_samples]` from 0 to num_classes − 1."""
    return jnp.bincount(labels, length=num_classes).astype(dtype) / len(labels)


def relative_entropy(shares: Array, reference: Array) -> Array:
    """Returns KL(shares ‖ reference) = Σ s log(s/r) in nats along the last axis.

    It is infinite where something has share 0 in the reference, and NaN where a share is.
    """
    terms = jax.scipy.special.rel_entr(shares, reference)
    return jnp.sum(jnp.where(jnp.isnan(shares), jnp.nan, terms), axis=-1)
