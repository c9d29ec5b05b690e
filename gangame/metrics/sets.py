"""What the sets of samples of a metric have to look like."""

from typing import Any

import jax.numpy as jnp

from gangame.core import Array


def sample_sets(*sets: Any, at_least: int = 1) -> tuple[Array, ...]:
    """Returns sets of samples `[num_samples, features]` as arrays.

    Args:
      *sets: matrices of floats with the same number of columns.
      at_least: number of samples that each has to have.

    Raises:
      ValueError: another shape, another type, too few samples, or different features.
    """
    arrays = tuple(jnp.asarray(each) for each in sets)
    for each in arrays:
        if each.ndim != 2:
            raise ValueError(
                f"A set of samples has the shape {each.shape}; it has to be [samples, features]: flatten images, or "
                "extract features from them."
            )
        if not jnp.issubdtype(each.dtype, jnp.floating):
            raise ValueError(f"A set of samples holds {each.dtype}; it has to hold floats: scale pixels first.")
        if len(each) < at_least:
            raise ValueError(f"A set has {len(each)} samples; this metric needs {at_least} or more of each.")
    if len({each.shape[1] for each in arrays}) > 1:
        sizes = " and ".join(str(each.shape[1]) for each in arrays)
        raise ValueError(f"The sets have {sizes} features; all of them need the same ones.")
    return arrays


def check_labels(samples: Array, labels: Any) -> None:
    """Raises a ValueError where there is not one label for each sample; indexing would not notice."""
    if jnp.shape(labels) != (len(samples),):
        raise ValueError(
            f"There are {len(samples)} samples, and labels of shape {jnp.shape(labels)}; give one label to each."
        )


def nan_unless_finite(value: Array, *sets: Array) -> Array:
    """Returns the value, or NaN where a set holds what is not finite: comparisons would take that for far away."""
    finite = jnp.all(jnp.stack([jnp.all(jnp.isfinite(each)) for each in sets]))
    return jnp.where(finite, value, jnp.nan)
