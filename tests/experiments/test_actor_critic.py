import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import rules
from gangame.lab import experiment


@pytest.mark.slow
def test_the_tiny_setting_leaves_numbers_and_a_picture(script, tmp_path):
    with jax.enable_x64(False):
        experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert set(measured) == {f"alternating, {trick}" for trick in ("plain", "target 0.9", "replay", "both")}
    assert measured["alternating, plain"]["less_than_plain_paired"][0] == 0
    assert (tmp_path / "covering.png").is_file()


def test_only_the_discriminator_is_slow_and_only_the_generator_remembered(script):
    config = script.Config(capacity=3)
    players = {"discriminator": jnp.zeros(2), "generator": jnp.zeros(5)}
    states = {
        name: wrap(rules.simultaneous(0.1)).init(players) for name, wrap in script.tricks(config).items()
    }  # fmt: skip
    assert set(states["target 0.99"].mean) == {"discriminator"}
    assert {name: leaf.shape for name, leaf in states["replay"].past.items()} == {"generator": (3, 5)}
    assert set(states["both"].mean) == {"discriminator"}
    assert set(states["both"].inner.past) == {"generator"}


def test_rows_are_held_against_the_plain_one_of_their_own_rule(script):
    config, arrays = script.Config(num_seeds=4), {}
    for base in config.bases:
        for place, trick in enumerate(script.tricks(config)):
            modes = np.full((4, script.NUM_RECORDS), 8)
            modes[: 4 - place] = 5
            arrays |= {f"{base}, {trick}/{measure}": modes for measure in script.MEASURES}
            arrays[f"{base}, {trick}/cpu_seconds"] = 1.0
    measured = script.summarize(config, arrays)
    assert [row["collapsed"] for row in measured.values()] == [4, 3, 2, 1, 0] * 2
    assert [row["less_than_plain_paired"][0] for row in measured.values()] == [0, 0.25, 0.5, 0.75, 1] * 2


def test_a_seed_lacks_a_mode_at_the_end_or_at_any_record_of_the_last_fifth(script):
    modes = np.full((3, script.NUM_RECORDS), 8)
    modes[0, : -script.NUM_RECORDS // 5] = 1
    modes[1, -3] = 7
    modes[2, -1] = 0
    at_end, ever = script.missing(modes)
    np.testing.assert_array_equal(at_end, [False, False, True])
    np.testing.assert_array_equal(ever, [False, True, True])


@pytest.mark.parametrize("settings", [{"bases": ("unrolled",)}, {"decays": (1.5,)}, {"capacity": 0}, {"num_steps": 30}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
