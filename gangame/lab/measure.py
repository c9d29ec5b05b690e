"""One number that is measured along a run."""

import math
from typing import NamedTuple

import numpy as np

from gangame.metrics import mean_interval


class Measure(NamedTuple):
    """One number that is measured along a run, for each seed.

    Attributes:
      key: its name in the records.
      label: what a reader calls it, with unit or range.
      form: how it is written in tables, a format specification.
      reference: value of a perfect result, drawn as a line, or `None`.
      meaning: one sentence for the report.
      most: the largest value that it can have; the smallest is 0.
    """

    key: str
    label: str
    form: str
    reference: float | None
    meaning: str
    most: float = math.inf

    def interval(self, values: np.ndarray) -> tuple[float, float, float]:
        """Returns the mean over seeds and its interval, which ends where the values of the measure do.

        Args:
          values: `[seeds]`; those that are not finite are left out.
        """
        mean, *ends = mean_interval(values)
        low, high = np.clip(ends, 0, self.most)
        return mean, float(low), float(high)
