import json

import pytest

from gangame.lab import experiment


def test_reinforce_is_within_its_floor_and_straight_through_is_not(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    _, arrays = experiment.load(tmp_path, script.Config)
    names = list(script.estimators(script.TINY))
    bias, floor = (dict(zip(names, arrays[name], strict=True)) for name in ("bias", "floor"))
    for name in names[:2]:
        # ‖mean − ∇‖² over its expectation has a spread of at most √2 for a single direction.
        assert all(bias[name] < 3 * floor[name])
    assert all(bias["straight-through, τ = 0.1"] > 3 * floor["straight-through, τ = 0.1"])
    assert set(json.loads((tmp_path / "results.json").read_text())["measured"]) == set(names)
    assert (tmp_path / "bias_and_variance.png").is_file()


@pytest.mark.parametrize("settings", [{"num_problems": 1}, {"batch_size": 1}, {"temperatures": (0.0,)}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"have to be|give one or more"):
        script.Config(**settings)
