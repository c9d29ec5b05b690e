import json

import jax
import numpy as np
import pytest

from gangame import data
from gangame.lab import experiment


def test_all_methods_have_the_same_labels_and_the_files_say_how_they_do(script, tmp_path, capsys):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    _, arrays = experiment.load(tmp_path, script.Config)
    for name in script.METHODS:
        assert arrays[f"{name}/error"].shape == (2, 2)
        assert np.all((arrays[f"{name}/error"] > 0) & (arrays[f"{name}/error"] < 1))
    # More labels help the nearest neighbour, since the first of them are those that it had: so says the mean.
    neighbour = arrays["nearest neighbour/error"]
    assert neighbour[1].mean() < neighbour[0].mean()
    assert np.any(arrays["GAN/curve"][..., 0] != arrays["GAN/curve"][..., -1])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert measured["50 labels"]["GAN"]["by_seed"] == pytest.approx(100 * arrays["GAN/error"][1], abs=0.01)
    assert (tmp_path / "errors.png").exists()
    assert "20 labels" in capsys.readouterr().out


def test_the_network_alone_is_the_discriminator_without_what_needs_no_labels(script):
    game = script.make_game(script.TINY, script.flat(data.images("digits")))
    lonely, key = script.alone(game), jax.random.key(0)
    players, batch = jax.jit(lambda key: (game.init(key), game.sample(key)))(key)
    assert set(jax.eval_shape(lonely.init, key)) == {"discriminator"}
    own = lonely.losses({"discriminator": players["discriminator"]}, batch)
    assert own["discriminator"] == game.losses.supervised(players, batch)


@pytest.mark.parametrize(
    "settings",
    [{"setting": "cifar"}, {"num_labels": (5,)}, {"num_seeds": 1}, {"num_steps": 15}, {"learning_rate": 0.0}],
)
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
