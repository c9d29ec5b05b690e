import json

import numpy as np
import pytest

from gangame.lab import experiment


def test_shares_of_the_images_to_which_a_rule_comes_nearest(script):
    errors = np.array([[[1.0, 2.0, 3.0, 4.0]], [[2.0, 1.0, 4.0, 5.0]], [[3.0, 3.0, 5.0, np.inf]]])
    np.testing.assert_array_equal(script.nearest_shares(errors), [[0.75], [0.25], [0.0]])


@pytest.mark.slow
def test_summary_and_files(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path), "--parts", str(tmp_path / "parts")])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert set(measured) == {"cpu_seconds_of_all_gans", "real images for training", *script.TINY.rules}
    _, arrays = experiment.load(tmp_path, script.Config)
    errors = np.stack([arrays[f"{rule}/error"] for rule in script.TINY.rules])
    setting = script.SETTINGS["tiny"]
    assert errors.shape == (2, script.TINY.num_seeds, 2 * setting.num_inverted)
    # No image in [−1, 1] is farther than 4 from another; nothing learned in five steps comes close.
    assert np.all((errors > 0.01) & (errors < 4))
    assert arrays["real/fid"] < min(arrays[f"{rule}/fid"].min() for rule in script.TINY.rules)
    assert len(list((tmp_path / "parts").iterdir())) == 4
    assert (tmp_path / "inversion.png").exists()


@pytest.mark.parametrize("settings", [{"setting": "huge"}, {"rules": ("none",)}, {"num_seeds": 1}, {"rules": ()}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
