import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data, metrics
from gangame.lab import experiment

KEY = jax.random.key(0)


def test_every_row_makes_its_game_and_its_rule(script):
    stacks = data.stacked(data.images("digits").train)
    for setting in script.SETTINGS.values():
        assert setting.num_steps % script.NUM_RECORDS == 0
    for row in script.ROWS.values():
        game, rule = script.setup(script.SETTINGS["tiny"], row, stacks)
        players, batch = jax.eval_shape(game.init, KEY), jax.eval_shape(game.sample, KEY)
        assert set(jax.eval_shape(game.losses, players, batch)) == {"discriminator", "generator"}
        jax.eval_shape(rule.init, players)


def test_modes_are_counted_and_weighed_by_what_the_colours_show(script):
    """Of 40 stacks of the same two modes, half each, KL = Σ ½ log(½/w) with the weights w of the data."""
    found, judge = data.images("digits"), metrics.feature_network("digits")
    stacks, test = data.stacked(found.train), found.test
    named = judge.classes(test.scaled(test.pixels))
    right = np.flatnonzero(np.asarray(named == test.labels))
    first = {c: right[np.asarray(test.labels)[right] == c][0] for c in (3, 1, 4)}
    pixels = np.asarray(test.scaled(test.pixels))
    one = np.concatenate([pixels[first[c]] for c in (3, 1, 4)], axis=-1)
    other = np.concatenate([pixels[first[c]] for c in (4, 4, 1)], axis=-1)
    images = jnp.asarray(np.stack([one] * 20 + [other] * 20))
    got = script.found_modes(judge, stacks, images)
    assert got["modes"] == 2
    weights = np.asarray(stacks.weights)[[314, 441]]
    assert got["kl"] == pytest.approx(np.mean(np.log(0.5 / weights)), rel=1e-9)


def test_summary_and_files(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path), "--parts", str(tmp_path / "parts")])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    known = {"cpu_seconds_of_all_gans", "kl of a perfect sampler, about", "real test images"}
    assert set(measured) == {*known, *script.TINY.rows}
    assert measured["real test images"]["modes"] > 150  # of 200 stacks
    assert len(measured["packing 2"]["modes_by_seed"]) == 2
    assert len(list((tmp_path / "parts").iterdir())) == 4
    assert (tmp_path / "modes.png").exists()


@pytest.mark.parametrize("settings", [{"setting": "huge"}, {"rows": ("none",)}, {"num_seeds": 1}, {"rows": ()}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
