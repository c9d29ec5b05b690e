import dataclasses

import jax
import numpy as np
import pytest

from gangame.games import GAMES
from gangame.lab import spec
from gangame.lab.spec import UserError
from gangame.lab.tournament import Arena, Protocol, contender
from gangame.lab.tournament.choose import rank
from gangame.lab.tournament.protocol import REPORTING, TUNING
from gangame.lab.tournament.standings import goal_in


def test_every_rule_has_the_same_number_of_candidates_or_is_told(tasks):
    protocol = Protocol(num_candidates=12, ratios=(1.0, 3.0), rates=(1e-3, 1e-2))
    for text, num_rates in (("simultaneous", 6), ("consensus:strength=0.1|1|10", 2)):
        candidates = protocol.candidates(contender(text, "adam"))
        assert len(candidates) == len({tuple(each.items()) for each in candidates}) == 12
        rates = sorted({each["rate"] for each in candidates})
        np.testing.assert_allclose(rates, 10 ** np.linspace(-3, -2, num_rates), rtol=1e-12)
    with pytest.raises(UserError, match="6 combinations of ratios and swept numbers, which does not divide 16"):
        Protocol().candidates(contender("consensus:strength=0.1|1|10", "adam"))


def test_steps_are_what_the_budget_pays_at_equal_fractions(small):
    protocol = dataclasses.replace(small, num_records=5)
    assert protocol.steps(1.0, 100).tolist() == [20, 40, 60, 80, 100]
    assert protocol.steps(3.0, 100).tolist() == [6, 13, 20, 26, 33]
    assert protocol.steps(64.0, 100).tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize("key", [0, 1, 7])
def test_no_seed_is_both_for_tuning_and_for_the_report(key):
    protocol = Protocol(key=key)
    both = [
        tuple(each)
        for phase, number in ((TUNING, 500), (REPORTING, 500))
        for each in np.asarray(jax.random.key_data(protocol.keys(phase, number))).tolist()
    ]
    assert len(set(both)) == 1000
    few, many = (jax.random.key_data(protocol.keys(REPORTING, number)) for number in (3, 5))
    np.testing.assert_array_equal(few, many[:3])  # more seeds leave the others as they are


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"num_seeds": 0}, "num_seeds is 0; it has to be 1 or more"),
        ({"budget": 3.0}, "budget is 3; it has to be at least 40"),
        ({"rates": (1.0, 0.1)}, "rates are 1 to 0.1; they have to be positive, the lower one first"),
        ({"ratios": ()}, "there has to be one at least"),
    ],
)
def test_a_protocol_out_of_range_is_told(values, sentence):
    with pytest.raises(UserError, match=sentence):
        Protocol(**values)


def test_the_best_candidate_is_the_one_that_the_criterion_names(small):
    goal = goal_in(Arena("ring", spec.parse("mixture", GAMES, "game"), small))

    def candidate(*seeds, kl=0.0):
        return [([0, *modes], kl) for modes in seeds]

    lanes = [
        *candidate([8, 8, 8, 8, 0], [8, 8, 8, 8, 7]),  # never there at the end
        *candidate([1, 1, 1, 1, 8], [1, 1, 1, 1, 8], kl=0.2),  # there at the end, late
        *candidate([1, 1, 8, 1, 8], [1, 1, 8, 1, 8], kl=0.9),  # earlier
        *candidate([1, 1, 8, 1, 8], [1, 1, 8, 1, 8], kl=0.1),  # as early, and more even
        *candidate([8, 8, 8, 8, 8], [8, 8, 8, 8, 7]),  # one seed of two
    ]
    modes = np.array([each for each, _ in lanes])
    records = {"modes": modes, "reverse_kl": np.array([[kl] * 6 for _, kl in lanes])}
    assert rank(records, goal, 5) == [3, 2, 1, 4, 0]
