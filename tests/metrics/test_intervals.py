import numpy as np
import pytest

from gangame.metrics import mean_and_error, wilson


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
