"""Ranges of the numbers that factories take."""

import math
from typing import Any

import jax
import numpy as np


def is_number(value: Any) -> bool:
    """Returns whether a concrete value is one real number: neither a flag or a text, nor an array of several."""
    return (
        not isinstance(value, (bool, str))
        and np.shape(value) == ()
        and bool(np.issubdtype(np.asarray(value).dtype, np.number))
        and not np.iscomplexobj(value)
    )


def check_number(value: Any, name: str, least: float = 0.0, most: float = math.inf) -> None:
    """Raises a ValueError for what is no finite real number from `least` to `most`; a traced number passes unseen."""
    if isinstance(value, jax.core.Tracer):
        return
    allowed = "finite" if math.isinf(least) else f"finite and {least:g} or more"
    if math.isfinite(most):
        allowed = f"from {least:g} to {most:g}"
    if not is_number(value):
        raise ValueError(f"The {name} is {value!r}; it has to be one real number, {allowed}.")
    if not (np.isfinite(value) and least <= value <= most):
        raise ValueError(f"The {name} is {value}; it has to be {allowed}.")
