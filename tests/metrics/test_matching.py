import itertools

import numpy as np
import pytest

from gangame import metrics

RNG = np.random.default_rng(0)


def test_the_matching_is_the_best_of_all_permutations():
    found, labels = RNG.integers(0, 4, 60), RNG.integers(0, 4, 60)
    shares = {each: np.mean(np.array(each)[found] == labels) for each in itertools.permutations(range(4))}
    assert metrics.matched_accuracy(found, labels, 4) == max(shares.values())
    assert shares[tuple(metrics.best_matching(found, labels, 4))] == max(shares.values())


def test_names_do_not_matter_and_a_matching_of_other_points_may_be_worse():
    labels = np.repeat(np.arange(3), 5)
    found = np.array([2, 0, 1])[labels]
    assert metrics.matched_accuracy(found, labels, 3) == 1
    np.testing.assert_array_equal(metrics.best_matching(found, labels, 3), [1, 2, 0])
    assert metrics.matched_accuracy(found, labels, 3, np.arange(3)) == 0
    # Merged classes: one found class for two labels stands for one of them, and an empty one for the other.
    assert metrics.matched_accuracy(np.minimum(labels, 1), labels, 3) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [([0, 1], "match points"), ([0, 1, 3], "Classes go from 0 to 3; they have to be from 0 to 2")],
)
def test_what_cannot_be_matched_is_refused(found, sentence):
    with pytest.raises(ValueError, match=sentence):
        metrics.best_matching(np.array(found), np.array([0, 1, 2]), 3)
