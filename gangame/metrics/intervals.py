"""Intervals for what was measured over seeds."""

import numpy as np


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Returns the Wilson score interval of a rate; (0, 1) without trials.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    Example:
      >>> low, high = wilson(16, 16)
      >>> round(low, 3), high
      (0.806, 1.0)
    """
    from scipy.stats import binomtest  # takes a second to import

    if trials == 0:
        return 0.0, 1.0
    interval = binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def mean_and_error(values: np.ndarray) -> tuple[float, float]:
    """Returns mean and standard error of the finite values; NaN where there are too few (none, or one)."""
    finite = np.asarray(values, float)
    finite = finite[np.isfinite(finite)]
    mean = float(finite.mean()) if len(finite) else float("nan")
    error = float(finite.std(ddof=1) / np.sqrt(len(finite))) if len(finite) > 1 else float("nan")
    return mean, error
