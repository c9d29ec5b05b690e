import json
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data
from gangame.lab import experiment


def test_the_judge_knows_what_it_has_seen_and_calls_a_third_of_it_bold(script):
    real = data.images("digits").train
    classes, bold = script.judge(real)(real.scaled(real.pixels))
    np.testing.assert_array_equal(classes, real.labels)
    for c in range(10):
        shares = [np.mean(np.asarray(bold)[real.labels == c] == each) for each in (-1, 1)]
        assert shares == pytest.approx([1 / 3, 1 / 3], abs=0.03)  # several images have the ink of the tercile


def test_with_pixels_as_latents_ways_and_sums_are_those_of_pixels(script):
    real = data.images("digits").train
    images, judged = real.scaled(real.pixels[:600]), script.judge(real)
    game = SimpleNamespace(losses=SimpleNamespace(generate=lambda players, z: jnp.clip(z, -1, 1).reshape(-1, 8, 8, 1)))
    pool = script.Pool(images.reshape(len(images), -1), images, *judged(images))
    key = jax.random.key(0)
    sums = jax.jit(lambda key: script.arithmetic(game, None, judged, pool, key, 100))(key)
    ways = jax.jit(lambda: script.interpolation(game, None, judged, pool, 50))()
    assert sums["tried"] > 90
    for what in ("both", "class", "bold"):
        assert sums[f"three_{what}"] == sums[f"pixels_{what}"]
    assert sums["three_both"] <= min(sums["three_class"], sums["three_bold"])
    np.testing.assert_array_equal(sums["shown_arithmetic"].shape, (4, 10, 8, 8, 1))
    assert ways["straight_off"] == pytest.approx(ways["cross_fade_off"])
    assert ways["cross_fade_step_ratio"] == pytest.approx(1)
    assert ways["arc_step_ratio"] > 1  # its chords are equal, and the corners of the cube cut some of them


def test_summary_and_files(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert measured["real_images_in_place_of_samples"] > 0.95
    assert set(measured["arithmetic"]) == set(script.SUMS)
    assert measured["interpolation"]["cross_fade"]["step_ratio"]["mean"] == pytest.approx(1, abs=1e-3)
    assert (tmp_path / "latents.png").exists()


@pytest.mark.parametrize("settings", [{"setting": "huge"}, {"num_seeds": 1}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
