import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data
from gangame.lab import experiment


def test_the_tiny_setting_leaves_numbers_and_pictures(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert {task: set(rows) for task, rows in measured.items()} == {"answers": {"l2", "density"}, "branching": {"l2"}}
    assert {path.name for path in tmp_path.glob("*.png")} == {"valid.png", "films.png"}


def test_true_answers_are_valid_and_their_mean_is_not(script):
    for pairs, share in ((data.answers(), 1 - np.exp(-4.5)), (data.branching(), 1.0)):
        inputs, _ = pairs(jax.random.key(0), 400)
        known = pairs.answers(inputs) if share < 1 else pairs.futures(inputs)
        noise = 0.05 * jax.random.normal(jax.random.key(1), (64, 400, known.shape[-1])) if share < 1 else 0.0
        which = jnp.arange(64)[:, None] % known.shape[1]
        truth = jnp.take_along_axis(known[None], which[..., None, None], axis=2)[:, :, 0] + noise
        valid, miss, covered = script.judged(pairs, inputs, truth)
        assert float(valid) == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / (64 * 400)))
        assert covered == 1
        assert miss < 0.1
        mean = jnp.broadcast_to(jnp.mean(known, axis=1), truth.shape)
        np.testing.assert_allclose(script.judged(pairs, inputs, mean), [0, 1, 0], rtol=1e-6)


@pytest.mark.parametrize("settings", [{"tasks": ("none",)}, {"pays": ("l3",)}, {"num_seeds": 1}, {"hidden": 0}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
