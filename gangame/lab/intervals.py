"""How a number over seeds is written, on the screen and in every report: with its 95 % interval."""

import math
from collections.abc import Sequence

import numpy as np

from gangame.metrics import mean_interval

ABOUT = (
    "In brackets are 95 % intervals over seeds: of a mean Student's t, without seeds that are not finite, as far as "
    "the measure can go; of a share of seeds Wilson's."
)


def written(found: Sequence[float], form: str) -> str:
    """Returns a number and its interval as text; one seed alone has none.

    Args:
      found: the number and the two ends of its interval.
      form: a format specification.

    Example:
      >>> written((7.75, 7.402, 8.098), ".2f"), written((7.0, float("nan"), float("nan")), ".2f")
      ('7.75 (7.40 to 8.10)', '7.00')
    """
    value, low, high = found
    return f"{value:{form}}" if math.isnan(low) else f"{value:{form}} ({low:{form}} to {high:{form}})"


def interval(values: np.ndarray, form: str) -> str:
    """Returns the mean over seeds and its 95 % interval as text, see `metrics.mean_interval`.

    Args:
      values: `[seeds]`.
      form: a format specification.

    Example:
      >>> interval(np.array([1.0, 2.0, 3.0]), ".1f")
      '2.0 (-0.5 to 4.5)'
    """
    return written(mean_interval(values), form)
