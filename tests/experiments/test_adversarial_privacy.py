import json

import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from gangame.lab import experiment


def test_the_tiny_setting_leaves_numbers_and_a_picture(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    assert set(json.loads((tmp_path / "results.json").read_text())["measured"]) == {"β = 0", "β = 1"}
    assert (tmp_path / "frontier.png").is_file()


def test_the_area_under_the_curve_is_that_of_scikit_learn(script):
    rng = np.random.default_rng(0)
    scores, secret = np.round(rng.normal(size=200), 1), rng.integers(0, 2, 200)  # with ties
    found = script.area_under_curve(jnp.asarray(scores), jnp.asarray(secret))
    assert float(found) == pytest.approx(roc_auc_score(secret, scores), rel=1e-12)


@pytest.mark.parametrize("settings", [{"strengths": (-1.0,)}, {"num_steps": 0}, {"num_seeds": 1}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"have to be|give one or more"):
        script.Config(**settings)
