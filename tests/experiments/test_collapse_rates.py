import json

import jax
import numpy as np
import pytest

from gangame.lab import experiment


def test_every_row_makes_its_game_and_its_rule(script):
    assert len(script.METHODS) >= 12
    key = jax.random.key(0)
    for method in script.METHODS.values():
        game, rule = script.setup(script.TINY, method)
        players, batch = jax.eval_shape(game.init, key), jax.eval_shape(game.sample, key)
        assert set(jax.eval_shape(game.losses, players, batch)) == {"discriminator", "generator"}
        jax.eval_shape(rule.init, players)


def test_a_run_counts_as_collapsed_by_its_end_and_by_its_last_fifth(script):
    modes = np.full((4, script.NUM_RECORDS), 8)
    modes[0, :15] = 1  # finds all modes in time
    modes[1, -2] = 7  # loses one, and finds it again
    modes[2, -1] = 7
    at_end, ever = script.missing({"any/modes": modes}, "any")
    np.testing.assert_array_equal(at_end, [False, False, True, False])
    np.testing.assert_array_equal(ever, [False, True, True, False])


def test_the_chart_and_the_intervals_come_out(script, tmp_path):
    with jax.enable_x64(False):
        experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    for name in script.TINY.methods:
        share, low, high = measured[name]["share_collapsed_wilson_95"]
        assert 0 <= low <= share <= high <= 1
        # Wilson 1927: the ends are the roots p of (share − p)² = z² p(1 − p)/n
        for root in (low, high):
            assert (share - root) ** 2 == pytest.approx(1.959964**2 * root * (1 - root) / 2, abs=1e-6)
    assert (tmp_path / "collapse.png").exists()


@pytest.mark.parametrize("settings", [{"methods": ("none",)}, {"num_seeds": 0}, {"num_steps": 30}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be"):
        script.Config(**settings)
