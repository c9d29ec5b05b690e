"""What the explorer shows is right, and a slider that moves compiles nothing."""

import jax
import numpy as np
import pytest

from gangame.games import GAMES
from gangame.lab import exploration, panels
from gangame.lab.closed_forms import RADII
from gangame.lab.spec import UserError
from gangame.rules import RULES


@pytest.fixture(scope="module", params=exploration.PLANES)
def game(request):
    return exploration.game_of(request.param)


def test_the_games_are_of_two_scalars_and_have_rules_and_arrows(game):
    assert set(exploration.names_of(game)) == set(jax.eval_shape(game.init, jax.random.key(0)))
    assert "simultaneous" in exploration.rules_for(game)
    points, downhill = exploration.arrows(game)
    assert points.shape == downhill.shape == (exploration.NUM_ARROWS, exploration.NUM_ARROWS, 2)
    assert np.isfinite(downhill).all()


def test_a_game_of_other_players_is_refused():
    with pytest.raises(UserError, match="two scalars"):
        exploration.game_of("quadratic:size=2")


def test_a_moving_slider_compiles_nothing(counted, num_compiled):
    game, traces = counted(exploration.game_of("bilinear"))
    subject = exploration.subject(game, "simultaneous")
    first = exploration.look(subject, 0.1, (1.0, 0.5))
    once = len(traces), num_compiled()
    assert min(once) > 0
    second = exploration.look(subject, 0.2, (1.0, 0.5))
    third = exploration.look(subject, 0.2, (-1.0, 2.0))
    assert (len(traces), num_compiled()) == once
    assert first.radius == pytest.approx(np.sqrt(1 + 0.1**2), rel=1e-12)
    assert second.radius == third.radius == pytest.approx(np.sqrt(1 + 0.2**2), rel=1e-12)
    np.testing.assert_array_equal(third.path[0], [-1.0, 2.0])
    np.testing.assert_allclose(third.path[1], [-1.0 - 0.2 * 2.0, 2.0 + 0.2 * -1.0], rtol=1e-12)
    assert second.measured == pytest.approx(second.radius, rel=1e-9)  # a pure rotation, scaled


@pytest.mark.parametrize("rule", [rule for rule in RADII if rule in RULES])
@pytest.mark.parametrize("name", ["bilinear", "dirac"])  # σ = 1 and σ = ½
def test_the_closed_form_is_the_radius_of_the_matrix(rule, name):
    subject = exploration.subject(exploration.game_of(name), rule)
    assert subject.frequency is not None
    for rate in (0.05, 0.3, 0.9):
        look = exploration.look(subject, rate, (0.6, 0.4))
        # At a double root eigenvalues move by the root of eps.
        assert look.closed_form == pytest.approx(look.radius, abs=1e-7)


def test_closed_forms_are_of_rules():
    assert set(RADII) <= set(RULES)


def test_a_step_that_blows_up_is_shown_as_such():
    subject = exploration.subject(exploration.game_of("quadratic:matrix=[[0.3,1.0],[-1.0,0.3]]"), "simultaneous")
    look = exploration.look(subject, 1e30, (1.0, 0.5))
    assert ("measured", "none") in [(label, value) for label, value, _ in exploration.words(subject, look)]
    assert panels.panels(subject, exploration.arrows(subject.game), look).axes


def test_every_game_of_two_scalars_is_offered():
    offered = {text.partition(":")[0] for text in exploration.PLANES}
    small = [name for name in GAMES if name not in ("mixture", "digits")]
    assert {name for name in small if exploration.is_plane(GAMES[name]())} <= offered
