import json

import jax
import numpy as np
import pytest

import gangame as gg
from gangame import data, rules
from gangame.lab import experiment


@pytest.mark.parametrize("setting", ["cpu", "paper"])
def test_all_have_as_many_parameters(script, setting):
    own, found = script.SETTINGS[setting], data.images("mnist_5000")
    pyramid = script.pyramid_gan(own, found)
    plain = [script.plain_gan(own, found, pyramid, convolutions) for convolutions in (True, False)]
    sizes = [
        {name: script.num_parameters(each) for name, each in jax.eval_shape(game.init, jax.random.key(0)).items()}
        for game in (pyramid, *plain)
    ]
    for name, size in sizes[0].items():
        for other in sizes[1:]:
            assert other[name] == pytest.approx(size, rel=0.03)  # widths are whole numbers
    players = jax.eval_shape(pyramid.init, jax.random.key(0))
    latents = jax.eval_shape(lambda key: pyramid.sample.latents(key, 2), jax.random.key(0))
    assert jax.eval_shape(pyramid.losses.generate, players, latents).shape == (2, 28, 28, 1)


def test_flops_are_those_of_a_step(script):
    """Of the sum of x y, for 30×30 matrices: each gradient is a product, and what is left is small."""
    game = gg.Game(
        init=lambda key: {"x": jax.numpy.ones((30, 30)), "y": jax.numpy.ones((30, 30))},
        sample=lambda key: None,
        losses=lambda players, batch: dict.fromkeys("xy", jax.numpy.sum(players["x"] @ players["y"])),
    )
    flops = script.flops_of_a_step(game, rules.simultaneous(0.1))
    assert 2 < flops / (2 * 30**3) < 2.5


@pytest.mark.slow
def test_summary_and_files(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert measured["pyramid and back, largest error"] < 1e-6
    assert measured["real images for training, in place of samples"]["fid"] < 50
    losing = measured["fid of real images without the finer levels"]
    assert 50 < losing["from real 14×14"] < losing["from real 7×7"]
    assert set(measured["costs"]["dcgan"]) == set(measured["costs"]["lapgan"])
    assert (tmp_path / "samples.png").exists()
    arrays = np.load(tmp_path / "arrays.npz")
    spent = [float(arrays[f"{name}/flops"] * arrays[f"{name}/num_steps"]) for name in script.SYSTEMS]
    for steps, other in zip((arrays[f"{name}/num_steps"] for name in script.SYSTEMS), spent, strict=True):
        assert other == pytest.approx(spent[0], rel=0.5 / (int(steps) - 0.5))  # whole numbers of steps


@pytest.mark.parametrize("settings", [{"setting": "huge"}, {"num_seeds": 1}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
