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


def mean_interval(values: np.ndarray, confidence: float = 0.95) -> tuple[float, float, float]:
    """Returns the mean of the finite values and its Student t interval; NaN where there are too few (none, or one).

    Example:
      >>> import numpy as np
      >>> [round(each, 3) for each in mean_interval(np.array([1.0, 2.0, 3.0]))]
      [2.0, -0.484, 4.484]
    """
    from scipy.stats import t  # takes a second to import

    mean, error = mean_and_error(values)
    number = int(np.sum(np.isfinite(np.asarray(values, float))))
    half = error * float(t.ppf((1 + confidence) / 2, number - 1)) if number > 1 else float("nan")
    return mean, mean - half, mean + half


def difference_of_rates(one: np.ndarray, other: np.ndarray, confidence: float = 0.95) -> tuple[float, float, float]:
    """Returns the difference of two rates over the same seeds, and its interval.

    With f₁₂ seeds where only the first succeeds, f₂₁ where only the second does, and n seeds in all,

        (f₁₂ − f₂₁) / n,    and around p₁₂ − p₂₁ the interval ± z √((p₁₂ + p₂₁ − (p₁₂ − p₂₁)²) / (n + 2)),

    where p = (f + 1) / (n + 2): the adjusted Wald interval, which keeps its coverage for few seeds and for rates of 0
    and 1.

    Args:
      one: `[n]`, which seeds succeed under the first.
      other: `[n]`, which do under the second.
      confidence: coverage of the interval.

    Returns:
      The difference, first minus second, and the ends of its interval, which lie within [−1, 1].

    Source: Bonett, Price, "Adjusted Wald Confidence Interval for a Difference of Binomial Proportions Based on Paired
    Data", 2012, https://doi.org/10.3102/1076998611411915.

    Example:
      >>> import numpy as np
      >>> [round(each, 3) for each in difference_of_rates(np.ones(32), np.ones(32))]
      [0.0, -0.082, 0.082]
    """
    from scipy.stats import norm  # takes a second to import

    first, second = np.asarray(one, bool), np.asarray(other, bool)
    if first.shape != second.shape or not len(first):
        raise ValueError(f"There are {first.shape} and {second.shape} seeds; both need the same ones, one at least.")
    only_first, only_second, number = np.sum(first & ~second), np.sum(~first & second), len(first)
    p, q = (only_first + 1) / (number + 2), (only_second + 1) / (number + 2)
    half = norm.ppf((1 + confidence) / 2) * np.sqrt((p + q - (p - q) ** 2) / (number + 2))
    return float((only_first - only_second) / number), float(max(p - q - half, -1)), float(min(p - q + half, 1))
