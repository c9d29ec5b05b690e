import json

import jax
import numpy as np
import pytest

from gangame.lab import experiment


def test_the_tiny_setting_leaves_numbers_and_a_picture(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    _, arrays = experiment.load(tmp_path, script.Config)
    for values in arrays.values():
        assert np.all(values[:, 3] <= values[:, 2])  # more attacks leave less
        assert np.all((values >= 0) & (values <= 1))
    assert set(json.loads((tmp_path / "results.json").read_text())["measured"]) == set(script.TINY.ways)
    assert (tmp_path / "robustness.png").is_file()


def test_each_way_has_its_adversary(script):
    for name, way in script.WAYS.items():
        game, _ = script.contest(script.Config(images="digits", width=2, hidden=4), way)
        assert (game.losses.attacker is not None) == (name == "network")
        assert game.losses.num_ascents == (7 if name.startswith("ascent") else 0)
        assert float(game.losses.epsilon) == pytest.approx(0 if name == "natural" else 0.4)


def test_the_adversary_is_given_room_step_by_step(script):
    config = script.Config(images="digits", hidden=4, batch_size=4, num_steps=20, warm_up=0.5)
    way = script.Way("network", 0, perceptron=True)
    game, rule = script.contest(config, way)
    room = []

    def update(game, players, state, key):
        jax.debug.callback(lambda epsilon: room.append(float(epsilon)), game.losses.epsilon, ordered=True)
        return rule.update(game, players, state, key)

    script.trained(config, way, game, rule._replace(update=update), jax.random.key(0))
    np.testing.assert_allclose(room, 0.4 * np.minimum(np.arange(20) / 10, 1), rtol=1e-6)
    room.clear()
    script.trained(config, way._replace(grows=False), game, rule._replace(update=update), jax.random.key(0))
    np.testing.assert_allclose(room, 0.4, rtol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [{"ways": ("none",)}, {"num_steps": 30}, {"num_seeds": 1}, {"epsilon": -1.0}, {"warm_up": 0.0}],
)
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
