import json

import jax.numpy as jnp
import numpy as np
import pytest

from gangame.lab import experiment


def test_with_the_true_logit_nothing_is_off(script):
    points, log_p, log_q, area = script.grid(script.TINY)
    # The densities integrate to 1 up to what lies beyond the grid, seven standard deviations away.
    for log_density in (log_p, log_q):
        assert area * np.sum(np.exp(log_density)) == pytest.approx(1, abs=1e-9)
    truth = script.compared(log_p - log_q, log_p, log_q, area)
    assert (truth["rms_error"], truth["r_squared"], truth["rms_error_nowhere"]) == (0, 1, 0)
    p, q = np.exp(log_p), np.exp(log_q)
    middle = (p + q) / 2
    js = area * np.sum(p * np.log(p / middle) + q * np.log(q / middle)) / 2
    assert truth["js"] == pytest.approx(float(js), rel=1e-9)
    assert truth["kl"] == pytest.approx(float(area * np.sum(p * (log_p - log_q))), rel=1e-12)
    assert truth["reverse_kl"] == pytest.approx(float(area * np.sum(q * (log_q - log_p))), rel=1e-12)
    assert len(points) == script.TINY.nodes**2


def test_a_constant_logit_explains_nothing_and_says_that_both_are_the_same(script):
    _, log_p, log_q, area = script.grid(script.TINY)
    blind = script.compared(jnp.zeros_like(log_p), log_p, log_q, area)
    assert blind["r_squared"] <= 0
    assert blind["js"] == pytest.approx(0, abs=1e-9)


def test_training_comes_closer_to_the_truth_and_the_files_say_so(script, tmp_path, capsys):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    _, arrays = experiment.load(tmp_path, script.Config)
    assert np.all(arrays["rms_error"][:, -1] < arrays["rms_error"][:, 0])
    js = measured["divergences"]["js"]
    assert 0 < js["lowest"] <= js["mean"] <= js["highest"] < js["true"]  # a lower bound, for any logit
    assert {path.name for path in tmp_path.glob("*.png")} == {"plane.png", "training.png"}
    assert "r_squared" in capsys.readouterr().out


@pytest.mark.parametrize(
    "settings", [{"num_steps": 10}, {"num_seeds": 1}, {"nodes": 10}, {"width": 0}, {"learning_rate": 0.0}]
)
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
