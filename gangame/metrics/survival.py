"""How long until something happens, where it may not have happened by the time one stops looking."""

import numpy as np


def median_time(times: np.ndarray, confidence: float = 0.95) -> tuple[float, float, float]:
    """Returns the median of times and its interval; infinity stands for "not by the end".

    All are watched equally long, so the estimate of Kaplan and Meier is the share that has not happened yet, and its
    median is the middle of the ordered times (the lower one of two). The interval lies between the order statistics
    x_(l) and x_(u) whose ranks a binomial number of n fair coins reaches with the confidence asked for; it assumes
    nothing about the times. Where fewer than half have happened the median is infinite, which means: beyond the end.

    Args:
      times: `[n]`, infinite where it has not happened by the end.
      confidence: coverage of the interval, which is at least as large.

    Returns:
      The median, and the ends of its interval.

    Source: Kaplan, Meier, "Nonparametric Estimation from Incomplete Observations", 1958; Conover, "Practical
    Nonparametric Statistics", for the interval.

    Example:
      >>> import numpy as np
      >>> median_time(np.array([3.0, 1.0, 2.0, np.inf, np.inf, 4.0, 5.0]))
      (4.0, 1.0, inf)
    """
    from scipy.stats import binom  # takes a second to import

    ordered, number = np.sort(np.asarray(times, float)), len(times)
    if number == 0:
        return float("nan"), float("nan"), float("nan")
    # P(X_(l) > median) = P(fewer than l of n lie below it), which may be at most half of what is left to chance.
    below = int(binom.ppf((1 - confidence) / 2, number, 0.5))
    low = ordered[below - 1] if below >= 1 else -np.inf
    high = ordered[number - below] if below >= 1 else np.inf
    return float(ordered[(number - 1) // 2]), float(low), float(high)
