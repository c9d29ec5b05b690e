import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.lab import experiment

KEY = jax.random.key(0)


def test_data_are_right_and_halves_that_do_not_belong_are_not(script):
    for name, task in script.TASKS.items():
        images = jax.jit(task.images, static_argnums=1)(KEY, 200)
        assert images.shape == (200, 16, 16, 1)
        assert float(script.share(task, images)) > 0.97, name
        assert float(script.share(task, script.other_halves(images))) < 0.7, name


def test_halves_are_those_of_different_images(script):
    images = jnp.arange(3.0)[:, None, None, None] * jnp.ones((3, 2, 4, 1))
    np.testing.assert_array_equal(script.other_halves(images)[:, 0, :, 0], [[0, 0, 2, 2], [1, 1, 0, 0], [2, 2, 1, 1]])


def test_stripes_run_as_they_are_told(script):
    """Along its own direction a grating does not change, so all it has is one pair of opposite frequencies."""
    images = np.asarray(script.gratings(KEY, 50))[..., 0]
    power = np.abs(np.fft.fft2(np.pad(images, ((0, 0), (0, 48), (0, 48))))) ** 2
    peaks = [np.unravel_index(each.argmax(), each.shape) for each in power]
    frequency = np.hypot(*np.fft.fftfreq(64)[np.array(peaks).T])
    assert np.all((frequency > 1 / 6 - 1 / 64) & (frequency < 1 / 4 + 1 / 64))


@pytest.mark.slow
def test_summary_and_files(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path), "--parts", str(tmp_path / "parts")])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert set(measured) == {"cpu_seconds", *script.TINY.tasks}
    _, arrays = experiment.load(tmp_path, script.Config)
    for name in script.TINY.tasks:
        assert arrays[f"{name}/share"].shape == (2, script.NUM_RECORDS)
        assert measured[name]["data"].startswith(f"{arrays[f'{name}/real'].mean():.3f}")
    assert (tmp_path / "shares.png").exists()


@pytest.mark.parametrize("settings", [{"setting": "huge"}, {"num_seeds": 1}, {"tasks": ("seven",)}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
