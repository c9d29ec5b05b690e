import numpy as np
import pytest
from theory.linear import LINEAR

from gangame import rules


def test_it_follows_the_flow_to_second_order_and_simultaneous_steps_to_first(order_of_accuracy):
    assert order_of_accuracy(rules.simultaneous, slow=0.5) == pytest.approx(1, abs=0.1)
    assert order_of_accuracy(rules.drift_corrected, slow=0.5) == pytest.approx(2, abs=0.1)


def test_the_drift_of_the_players_own_terms_may_stay(order_of_accuracy):
    assert order_of_accuracy(lambda rate: rules.drift_corrected(rate, terms="interaction")) == pytest.approx(1, abs=0.1)


def test_on_a_linear_game_it_is_heun_s_method(trajectory):
    game = LINEAR["three players"]
    points = [
        trajectory(game.game(), rule, 30, game.players())
        for rule in (rules.drift_corrected(0.1), rules.runge_kutta(0.1, stages=2))
    ]
    np.testing.assert_allclose(*points, rtol=1e-12)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="terms is 'self'; it has to be 'all' or 'interaction'"):
        rules.drift_corrected(0.1, terms="self")
