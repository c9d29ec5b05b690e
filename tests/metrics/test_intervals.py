import numpy as np
import pytest
from scipy.stats import multinomial

from gangame.metrics import difference_of_rates, mean_and_error, mean_interval, wilson


@pytest.mark.parametrize(("successes", "trials"), [(0, 16), (3, 16), (8, 16), (16, 16), (1, 2), (700, 1000)])
def test_wilson_bounds_are_the_roots_of_the_score_equation(successes, trials):
    rate, z = successes / trials, 1.959963984540054
    for bound in wilson(successes, trials):
        assert (rate - bound) ** 2 == pytest.approx(z**2 * bound * (1 - bound) / trials, abs=1e-12)
    low, high = wilson(successes, trials)
    assert 0 <= low <= rate <= high <= 1


def test_wilson_covers_the_true_rate_as_often_as_it_says():
    rng, trials, rate = np.random.default_rng(0), 32, 0.8
    bounds = {count: wilson(count, trials) for count in range(trials + 1)}
    counts = rng.binomial(trials, rate, 20_000)
    covered = np.mean([bounds[count][0] <= rate <= bounds[count][1] for count in counts])
    assert 0.92 < covered < 0.98  # the Wilson interval keeps its level on average, not at each rate


def test_nothing_tried_says_nothing():
    assert wilson(0, 0) == (0.0, 1.0)


def test_mean_and_error_leave_out_what_is_not_finite():
    mean, error = mean_and_error(np.array([1.0, 3.0, np.nan, np.inf]))
    assert mean == 2.0
    assert error == pytest.approx(np.sqrt(2) / np.sqrt(2))
    assert np.isnan(mean_and_error(np.array([np.nan]))[0])
    assert np.isnan(mean_and_error(np.array([1.0]))[1])


def test_the_interval_of_a_mean_is_students():
    # With one degree of freedom the distribution is Cauchy's, whose 97.5 % quantile is tan(0.475 π).
    mean, low, high = mean_interval(np.array([1.0, 3.0, np.nan]))
    half = np.tan(0.475 * np.pi)
    assert (mean, low, high) == pytest.approx((2.0, 2.0 - half, 2.0 + half), rel=1e-12)
    assert mean_interval(np.full(4, 5.0)) == (5.0, 5.0, 5.0)
    assert np.isnan(mean_interval(np.array([1.0]))[1:]).all()


def test_the_difference_of_rates_is_that_of_bonett_and_price():
    # The example in the documentation of `ci.prop.ps` of the R package statpsych, by one of the authors.
    one = np.array([1] * 26 + [0] * 4 + [1] * 6 + [0] * 12, bool)
    other = np.array([0] * 26 + [1] * 4 + [1] * 6 + [0] * 12, bool)
    assert difference_of_rates(one, other) == pytest.approx((22 / 48, 0.2548067, 0.6251933), abs=1e-7)
    mirrored = difference_of_rates(other, one)
    assert mirrored == pytest.approx((-22 / 48, -0.6251933, -0.2548067), abs=1e-7)
    assert max(map(abs, difference_of_rates([True], [False]))) <= 1
    with pytest.raises(ValueError, match="same ones"):
        difference_of_rates([True], [True, False])


@pytest.mark.parametrize(("p", "q"), [(0.05, 0.05), (0.3, 0.1), (0.02, 0.0), (0.5, 0.3)])
def test_the_difference_of_rates_covers_as_often_as_it_says(p, q):
    number, covered = 16, 0.0
    for only_first in range(number + 1):
        for only_second in range(number + 1 - only_first):
            both = number - only_first - only_second
            one = np.array([1] * only_first + [0] * only_second + [1] * both, bool)
            other = np.array([0] * only_first + [1] * only_second + [1] * both, bool)
            _, low, high = difference_of_rates(one, other)
            probability = multinomial.pmf([only_first, only_second, both], number, [p, q, 1 - p - q])
            covered += probability * (low <= p - q <= high)
    assert covered > 0.94  # an adjusted normal approximation: near its level, rather above than below
