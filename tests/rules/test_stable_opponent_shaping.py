import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import games, rules


def play(rule, game, num_steps=300):
    run = jax.jit(lambda: gg.play(game, rule, jax.random.key(0), num_steps))()
    return np.array([run.players["x"], run.players["y"]])


def test_it_comes_to_the_fixed_points_of_the_tandem_game_and_stays_while_lola_goes_past_them():
    game = games.tandem(start=(0.05, -0.1))
    # One step multiplies x + y − 1 by 1 − 4·0.05·(1 − 2·0.1) = 0.84, and near the line shaping fades out.
    assert play(rules.stable_opponent_shaping(0.05, rate=0.1), game).sum() == pytest.approx(1, abs=1e-6)
    # LOLA rests where its whole direction vanishes, 2(s − 1)(1 − 2α) = 2α · 2s: with α = 0.1 at s = 4/3 in exact form.
    assert abs(play(rules.lola(0.05, rate=0.1, exact=False), game).sum() - 1) > 0.1
    point = np.array([0.3, 0.7])
    np.testing.assert_allclose(
        play(rules.stable_opponent_shaping(0.05), games.tandem(start=point), 1), point, rtol=1e-15
    )


def weight(s, rate, a, b):
    """p of the paper on the tandem game at x + y = s, from its losses alone, and which of its three cases it is."""
    # v = 2(s − 1)(1, 1), H_o = 2(0 1; 1 0) and ∇_y ℓ_x = ∇_x ℓ_y = 2s, so that χ = α (2, 2) ∘ 2s.
    v, shaping = 2 * (s - 1) * np.ones(2), 4 * rate * s * np.ones(2)
    ahead = v - rate * 2 * v[::-1]
    against = -shaping @ ahead
    p_1 = 1.0 if against >= 0 else min(1.0, -a * ahead @ ahead / against)
    p_2 = v @ v if np.linalg.norm(v) < b else 1.0
    return min(p_1, p_2), "whole" if min(p_1, p_2) == 1 else "bounded" if p_1 < p_2 else "near"


@pytest.mark.parametrize(
    ("s", "a", "b", "case"),
    [(-3.0, 0.1, 0.1, "bounded"), (0.5, 0.5, 0.1, "whole"), (5.0, 1.0, 0.2, "whole"), (5.0, 0.1, 0.2, "bounded"),
     (1.04, 0.5, 0.05, "bounded"), (1.04, 0.5, 0.2, "near"), (0.96, 0.5, 0.2, "near"), (1.0, 0.5, 0.2, "near")],
)  # fmt: skip
def test_the_weight_of_shaping_is_that_of_the_paper(s, a, b, case):
    rate, game = 0.1, games.tandem()
    players = {"x": jnp.array(s / 2), "y": jnp.array(s / 2)}
    shaped, ahead, lola = (
        direction(game)(players, None)["x"]
        for direction in (
            rules.directions.stable_opponent_shaping(rate, a=a, b=b),
            rules.directions.opponent_lookahead(rate),
            rules.directions.lola(rate, exact=False),
        )
    )
    p, found = weight(s, rate, a, b)
    assert found == case
    # 1e-12: a difference of order one of numbers with rounding of 1e-16, over one as small as 0.2.
    assert (shaped - ahead) / (lola - ahead) == pytest.approx(p, rel=0, abs=1e-12)


def test_a_and_b_have_ranges():
    with pytest.raises(ValueError, match=r"The a is -0\.5; it has to be finite and 0 or more"):
        rules.stable_opponent_shaping(0.1, a=-0.5)
    with pytest.raises(ValueError, match=r"The b is nan; it has to be finite and 0 or more"):
        rules.stable_opponent_shaping(0.1, b=float("nan"))
