import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import rules


def tandem(players, batch):
    """The tandem game: everything on the line x + y = 1 is a fixed point, and LOLA leaves them all."""
    del batch
    x, y = players["x"], players["y"]
    return {"x": (x + y) ** 2 - 2 * x, "y": (x + y) ** 2 - 2 * y}


def tandem_from(x, y):
    return gg.Game(lambda key: {"x": jnp.array(x), "y": jnp.array(y)}, lambda key: None, tandem)


def play(rule, game, num_steps=300):
    run = jax.jit(lambda: gg.play(game, rule, jax.random.key(0), num_steps))()
    return np.array([run.players["x"], run.players["y"]])


def test_it_comes_to_the_fixed_points_of_the_tandem_game_and_stays_while_lola_goes_past_them():
    game = tandem_from(0.05, -0.1)
    # One step multiplies x + y − 1 by 1 − 4·0.05·(1 − 2·0.1) = 0.84, and near the line shaping fades out.
    assert play(rules.stable_opponent_shaping(0.05, rate=0.1), game).sum() == pytest.approx(1, abs=1e-6)
    # LOLA rests where its whole direction vanishes, 2(s − 1)(1 − 2α) = 2α · 2s: with α = 0.1 at s = 4/3 in exact form.
    assert abs(play(rules.lola(0.05, rate=0.1, exact=False), game).sum() - 1) > 0.1
    point = np.array([0.3, 0.7])
    np.testing.assert_allclose(play(rules.stable_opponent_shaping(0.05), tandem_from(*point), 1), point, rtol=1e-15)


@pytest.mark.parametrize(("position", "weight"), [(5.0, 1.0), (1.04, 0.0256)])
def test_it_is_lola_far_from_fixed_points_and_nearly_lookahead_close_to_them(position, weight):
    # Here v = (2(s − 1), 2(s − 1)), s = x + y: ‖v‖² = 8 (s − 1)².
    players = {"x": jnp.array(position / 2), "y": jnp.array(position / 2)}
    game = tandem_from(0.0, 0.0)
    shaped, ahead, lola = (
        direction(game)(players, None)["x"]
        for direction in (
            rules.directions.stable_opponent_shaping(0.1, a=1.0, b=0.2),
            rules.directions.opponent_lookahead(0.1),
            rules.directions.lola(0.1, exact=False),
        )
    )
    square = 8 * (position - 1) ** 2
    expected = 1.0 if square > 0.04 else square
    p = (shaped - ahead) / (lola - ahead)
    assert 0 <= p <= 1
    if weight == 1.0:
        assert p == pytest.approx(expected)
    else:
        assert p <= expected * (1 + 1e-12)


def test_a_and_b_have_ranges():
    with pytest.raises(ValueError, match=r"The a is -0\.5; it has to be finite and 0 or more"):
        rules.stable_opponent_shaping(0.1, a=-0.5)
    with pytest.raises(ValueError, match=r"The b is nan; it has to be finite and 0 or more"):
        rules.stable_opponent_shaping(0.1, b=float("nan"))
