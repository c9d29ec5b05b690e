import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import gangame as gg
from gangame import games, rules
from gangame.rules.averaged import outcome

RATE = 0.1
START = {"x": jnp.array(1.0), "y": jnp.array(1.0)}


def played(num_steps, decay):
    """The points of alternating steps `[num_steps, 2]`, and their average `[2]`."""

    @jax.jit
    def play():
        rule = rules.averaged(rules.alternating(RATE), decay=decay)
        run = gg.play(
            games.bilinear(),
            rule,
            jax.random.key(0),
            num_steps,
            lambda players, key: ravel_pytree(players)[0],
            players=START,
        )
        return run.records, ravel_pytree(rules.average(run.state))[0]

    return map(np.asarray, play())


def test_the_uniform_average_is_the_mean_of_the_points_and_converges_like_one_over_their_number():
    points, average = played(2000, None)
    np.testing.assert_allclose(average, points.mean(axis=0), rtol=0, atol=1e-13)  # 2000 terms of size 1
    sums = np.hypot(*np.cumsum(points, axis=0).T)
    # A sum over a rotation by φ stays below |w| / sin(φ/2) = 2 |w| / η, on an ellipse of axes √(1 ± η/2).
    assert sums.max() < 2 / RATE * np.sqrt(2) * (1 + RATE)
    assert np.hypot(*points[-1]) > 1


def test_the_exponential_average_shrinks_a_rotation_by_the_factor_of_its_filter():
    decay, angle = 0.9, 2 * np.arcsin(RATE / 2)
    points, average = played(400, decay)  # 0.9⁴⁰⁰, what is left of the start, is 1e-18

    def invariant(x, y):
        return x**2 + y**2 - RATE * x * y

    factor = (1 - decay) / np.sqrt(1 - 2 * decay * np.cos(angle) + decay**2)
    assert invariant(*average) / invariant(*points[-1]) == pytest.approx(factor**2, rel=1e-12)


@pytest.mark.parametrize("rule", [rules.simultaneous(0.1), rules.anchored(rules.simultaneous(0.1))])
def test_the_state_of_another_rule_has_no_average_and_its_run_stands_for_its_players(rule):
    with pytest.raises(ValueError, match=r"holds no average; the outermost rule has to be averaged\(rule\)"):
        rules.average(rule.init(START))
    assert outcome(START, rule.init(START)) is START


def test_a_run_of_averages_stands_for_its_average():
    state = rules.averaged(rules.simultaneous(0.1)).init(START)
    assert outcome({}, state) is rules.average(state)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match=r"decay is 1\.5; it has to be from 0 to 1"):
        rules.averaged(rules.simultaneous(0.1), decay=1.5)
