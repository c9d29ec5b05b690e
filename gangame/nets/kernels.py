"""Which parameters of a network are kernels, for what is done to all of them."""

from typing import Any

from gangame.core import Array

OTHERS = ("scale", "bias", "directions")
"""Names of arrays of two axes which are none: those of conditional norms, and what minibatch features look along, whose
columns have lengths of their own already."""


def is_kernel(name: Any, leaf: Array) -> bool:
    """Returns whether a parameter is a kernel: of two axes or more, as a matrix `[inputs, outputs]`, the last axis.

    Args:
      name: of the parameter in its layer, or `None`.
      leaf: its value.
    """
    return leaf.ndim > 1 and name not in OTHERS
