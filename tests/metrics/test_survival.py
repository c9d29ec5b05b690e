import numpy as np
import pytest
from scipy.stats import CensoredData, binom, ecdf

from gangame.metrics import median_time


@pytest.mark.parametrize("seed", range(5))
def test_the_median_is_that_of_kaplan_and_meier(seed):
    times = np.random.default_rng(seed).integers(1, 60, 33).astype(float)
    end = 40.0
    late = times > end
    reference = ecdf(CensoredData.right_censored(np.where(late, end, times), late)).sf
    below = reference.quantiles[reference.probabilities <= 0.5 + 1e-12]
    median, low, high = median_time(np.where(late, np.inf, times))
    assert median == (below[0] if len(below) else np.inf)
    assert low <= median <= high


@pytest.mark.parametrize("number", [6, 7, 16, 32, 101])
def test_the_interval_lies_between_the_order_statistics_that_cover(number):
    _, low, high = median_time(np.arange(1.0, number + 1))
    rank = int(low)
    assert high == number + 1 - rank
    # X_(l) > median exactly where fewer than l of the n fair coins fall below it.
    assert 1 - 2 * binom.cdf(rank - 1, number, 0.5) >= 0.95 > 1 - 2 * binom.cdf(rank, number, 0.5)


def test_what_has_not_happened_by_the_end_is_beyond_it():
    assert median_time(np.full(32, np.inf))[0] == np.inf
    median, low, high = median_time(np.array([1.0] * 15 + [np.inf] * 17))
    assert (median, low, high) == (np.inf, 1.0, np.inf)
    assert median_time(np.array([1.0] * 16 + [np.inf] * 16))[0] == 1.0
    assert median_time(np.array([3.0, 1.0])) == (1.0, -np.inf, np.inf)  # too few for any interval
    assert np.isnan(median_time(np.array([]))).all()
