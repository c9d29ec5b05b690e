"""Ranges of the numbers that factories take."""

from typing import Any

import jax
import numpy as np


def is_number(value: Any) -> bool:
    """Returns whether a concrete value is one real number: neither a flag or a text, nor an array of several."""
    return (
        not isinstance(value, (bool, str))
        and np.shape(value) == ()
        and bool(np.issubdtype(np.asarray(value).dtype, np.number))
    )


def check_number(value: Any, name: str, least: float, most: float) -> None:
    """Raises a ValueError for what is no real number from `least` to `most`; a traced number passes unseen."""
    if isinstance(value, jax.core.Tracer):
        return
    allowed = "one finite real number" if np.isinf(most) else f"one real number from {least:g} to {most:g}"
    if not is_number(value):
        raise ValueError(f"{name} is {value!r}; it has to be {allowed}.")
    if not (np.isfinite(value) and least <= value <= most):
        raise ValueError(f"{name} is {value}; it has to be {allowed}.")
