import json

import numpy as np
import pytest

from gangame import data
from gangame.lab import experiment


def test_the_tiny_setting_leaves_numbers_and_a_picture(script, tmp_path, capsys):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]["oracle"]
    assert set(measured) == {"reinforce", "embedding", "floor"}
    mean, low, high = measured["reinforce"]["pairs"]
    assert low <= mean <= high
    assert mean > measured["floor"]["pairs"]  # nothing has been learnt in 20 steps
    assert (tmp_path / "pairs.png").is_file()
    assert "excess" in capsys.readouterr().out


def test_shares_of_samples_are_counted(script):
    found = data.surnames(4)
    held, trained = (np.asarray(part.symbols[:2]) for part in (found.test, found.train))
    samples = np.concatenate([held, trained, held[:1], np.full((1, 4), 26, np.uint8)])
    assert script.share_within(samples, found) == pytest.approx(3 / 6)
    assert script.single_share(samples) == pytest.approx(4 / 6)


@pytest.mark.parametrize(
    "settings", [{"tasks": ("poems",)}, {"ways": ("none",)}, {"num_steps": 7}, {"num_seeds": 1}, {"temperature": 0.0}]
)
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
