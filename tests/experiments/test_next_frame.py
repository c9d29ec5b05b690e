import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data, nets
from gangame.lab import experiment


@pytest.mark.slow
def test_the_tiny_setting_leaves_numbers_and_pictures(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert set(measured) == {"cpu_seconds_of_all_generators", "l2", "adversarial, R1"}
    assert set(measured["l2"]) == set(script.MEASURES)
    assert (tmp_path / "films.png").exists()


def test_true_endings_are_valid_and_their_mean_is_not(script):
    films = data.branching(8)
    inputs, _ = films(jax.random.key(0), 40)
    futures = films.futures(inputs)
    sides = (jnp.arange(5) < 2).astype(int)  # two of five answers to the left
    said = jnp.stack([futures[:, 1 - side] for side in sides])
    found = script.judged(films, inputs, said)
    assert {name: float(each) for name, each in found.items()} == pytest.approx(
        {"valid": 1, "covered": 1, "mean of both": 0, "to the left": 0.4}
    )
    found = script.judged(films, inputs, said.at[:, :, 0].add(0.6))  # one wrong pixel spoils a frame
    assert found["valid"] == found["covered"] == 0
    found = script.judged(films, inputs, jnp.broadcast_to(jnp.mean(futures, axis=1), said.shape))
    assert (found["mean of both"], found["valid"]) == (1, 0)
    assert script.judged(films, inputs, jnp.full(said.shape, jnp.nan))["valid"] == 0


def test_a_network_on_vectors_sees_frames_as_channels_and_numbers_everywhere(script):
    seen = {}

    def look(own, x):
        seen["x"] = np.asarray(x)
        return x[..., 0]

    inputs, _ = data.branching(6)(jax.random.key(0), 3)
    numbers = jnp.arange(6.0).reshape(3, 2)
    network = script.on_frames(nets.Network(lambda key: (), look), 6, 2)
    network.apply((), jnp.concatenate([inputs, numbers], axis=1))
    assert seen["x"].shape == (3, 6, 6, 4)
    np.testing.assert_array_equal(seen["x"][..., 1].reshape(3, -1), inputs[:, 36:])
    np.testing.assert_array_equal(seen["x"][..., 3], np.broadcast_to(numbers[:, 1, None, None], (3, 6, 6)))


@pytest.mark.parametrize("settings", [{"pays": ("l3",)}, {"num_seeds": 1}, {"num_steps": 0}, {"learning_rate": 0.0}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
