import jax
import numpy as np
import pytest
from theory.linear import LINEAR, XY

import gangame as gg
from gangame import games, rules


def test_without_momentum_and_coupled_by_the_rate_it_is_optimistic_on_xy(trajectory):
    points = [
        trajectory(XY.game(), rule, 30, XY.players())
        for rule in (rules.lead(0.3, momentum=0.0, coupling=0.3), rules.optimistic(0.3))
    ]
    np.testing.assert_allclose(*points, rtol=1e-13)


@pytest.mark.parametrize("order", [None, ("p2", "p1")])
def test_uncoupled_it_is_heavy_ball(order, trajectory):
    game = LINEAR["two players"]
    points = [
        trajectory(game.game(), rule, 30, game.players())
        for rule in (
            rules.lead(0.1, momentum=0.4, coupling=0.0, order=order),
            rules.heavy_ball(0.1, momentum=0.4, order=order),
        )
    ]
    np.testing.assert_allclose(*points, rtol=0, atol=1e-14)  # of coordinates of size 1


def test_momentum_is_alive_when_the_players_move_in_turn(trajectory):
    """A published script overwrites the last points of both in each half-step: its β changes nothing (.0683)."""
    start = np.sqrt(2) / 2
    distances = {}
    for momentum in (0.0, 0.5):
        rule = rules.lead(0.1, momentum=momentum, coupling=0.51, order=("x", "y"))
        distances[momentum] = np.hypot(*trajectory(games.bilinear(start=(start, start)), rule, 60)[-1])
    assert distances[0.0] == pytest.approx(0.0683, abs=5e-5)
    assert distances[0.5] == pytest.approx(0.00059, abs=5e-6)


def test_where_nothing_moved_a_step_is_the_plain_gradient_s():
    """A published matrix of the method puts α∇v into the block of the last point and loses η − α: at rest it shows."""
    game = LINEAR["two players"]
    rule = rules.lead(0.1, momentum=0.3, coupling=0.7)
    moved = gg.play(game.game(), rule, jax.random.key(0), 1, players=game.players()).players
    expected = game.start - 0.1 * game.field(game.start)
    np.testing.assert_allclose(np.concatenate([moved["p1"], moved["p2"]]), expected, rtol=1e-14)


def test_two_is_the_number_of_players():
    with pytest.raises(ValueError, match="lead is defined for two players; this game has 3: p1, p2, p3"):
        gg.start(LINEAR["three players"].game(), rules.lead(0.1), jax.random.key(0))


@pytest.mark.parametrize(("name", "allowed"), [("momentum", "from -1 to 1"), ("coupling", "finite")])
def test_wrong_arguments_are_refused(name, allowed):
    with pytest.raises(ValueError, match=f"The {name} is nan; it has to be {allowed}"):
        rules.lead(0.1, **{name: float("nan")})
    with pytest.raises(ValueError, match="order leaves out y"):
        gg.start(games.bilinear(), rules.lead(0.1, order=("x",)), jax.random.key(0))
