"""Ranges of the numbers that factories take: one sentence for what lies outside. What is traced passes unseen."""

import math
from numbers import Integral
from typing import Any

import jax
import numpy as np


def is_number(value: Any) -> bool:
    """Returns whether a concrete value is one real number: neither a flag or a text, nor an array of several."""
    if isinstance(value, (bool, str)):
        return False
    try:
        return np.shape(value) == () and np.asarray(value).dtype.kind in "iuf"
    except ValueError:  # lists of different lengths
        return False


def is_whole(value: Any) -> bool:
    """Returns whether a value is a whole number and no flag."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def check_number(value: Any, name: str, least: float = 0.0, most: float = math.inf) -> None:
    """Complains of what is no finite real number from `least` to `most`.

    Args:
      value: the number.
      name: what it is, in words.
      least: the smallest that is allowed.
      most: the largest that is allowed.

    Raises:
      ValueError: another value.
    """
    _check(value, f"The {name}", least, most, "finite" if math.isinf(least) else f"finite and {least:g} or more")


def check_numbers(least: float = 0.0, most: float = math.inf, **numbers: Any) -> None:
    """Complains of arguments of which one is no finite real number from `least` to `most`.

    Args:
      least: the smallest that is allowed.
      most: the largest that is allowed.
      **numbers: the arguments by their names.

    Raises:
      ValueError: another value.
    """
    for name, value in numbers.items():
        _check(value, name, least, most, f"{least:g} or more")


def _check(value: Any, name: str, least: float, most: float, allowed: str) -> None:
    if isinstance(value, jax.core.Tracer):
        return
    if math.isfinite(most):
        allowed = f"from {least:g} to {most:g}"
    if not is_number(value):
        raise ValueError(f"{name} is {value!r}; it has to be one real number, {allowed}.")
    known = np.asarray(value)  # of an array that JAX holds a comparison would be traced
    if known == math.inf == most and "finite" not in allowed:
        allowed = f"finite, {allowed}"
    if not (np.isfinite(known) and least <= known <= most):
        raise ValueError(f"{name} is {value}; it has to be {allowed}.")


def check_positive(**numbers: Any) -> None:
    """Complains of arguments of which one is no finite real number above 0.

    Raises:
      ValueError: another value.
    """
    for name, value in numbers.items():
        if not isinstance(value, jax.core.Tracer) and not (is_number(value) and 0 < value < math.inf):
            raise ValueError(f"{name} is {value!r}; it has to be positive and finite.")


def check_whole(value: Any, name: str, least: int = 1) -> None:
    """Complains of what is no whole number, `least` or more.

    Raises:
      ValueError: another value.
    """
    if not is_whole(value) or value < least:
        raise ValueError(f"{name} is {value!r}; it has to be a whole number, {least} or more.")


def check_sizes(**sizes: Any) -> None:
    """Complains of arguments of which one is no whole number, 1 or more.

    Raises:
      ValueError: another value.
    """
    for name, size in sizes.items():
        if not is_whole(size):
            raise ValueError(f"{name} is {size!r}; it has to be a whole number, 1 or more.")
        if size < 1:
            raise ValueError(f"{name} is {size}; it has to be 1 or more.")
