import json

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from gangame.lab import experiment

LOG_4 = np.log(4)


def test_the_divergence_to_a_point_has_its_closed_form(script):
    data = script.target()
    assert data.sum() == pytest.approx(1)
    found = script.divergence(data, np.eye(data.size))
    told = (np.log(2 / (1 + data)) + data * np.log(2 * data / (1 + data)) + (1 - data) * np.log(2)) / 2
    np.testing.assert_allclose(found, told, rtol=1e-12)
    assert script.divergence(data, data) == pytest.approx(0, abs=1e-15)
    # One point alone is best where there is most of the data, and more points can only help.
    assert script.least_divergence(data, 1) == pytest.approx(told[np.argmax(data)])
    assert script.least_divergence(data, 2) < script.least_divergence(data, 1)


def test_max_min_is_minus_log_4_whatever_points_the_generator_has(script):
    data = np.array([0.5, 0.3, 0.2])

    def worst(logits):  # the generator puts all mass on the favourite
        return data @ np.log(expit(logits)) + np.log(expit(-logits)).min()

    assert worst(np.zeros(3)) == pytest.approx(-LOG_4)
    found = [minimize(lambda a: -worst(a), start, method="Nelder-Mead").fun for start in np.eye(3)]
    assert np.all(np.array(found) >= LOG_4 - 1e-9)
    rng = np.random.default_rng(0)
    assert max(worst(a) for a in rng.standard_normal((2000, 3))) < -LOG_4


def test_the_best_answer_is_the_favourite_point(script):
    data, logits = jnp.asarray(script.target()), jnp.asarray(np.random.default_rng(1).standard_normal(16))
    best = script.value(data, script.favourite(logits), logits)
    values = [float(script.value(data, each, logits)) for each in jnp.eye(16)]
    assert float(best) == min(values)
    assert np.argmin(values) == np.argmax(logits)


@pytest.mark.slow
def test_in_the_tiny_run_one_covers_and_the_other_sits_on_a_point(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    exact = json.loads((tmp_path / "results.json").read_text())["measured"]["exact"]
    assert exact["total_variation_with_D_inside"] < 1e-3
    assert exact["total_variation_with_G_inside"] > 1 - script.target().max() - 1e-6
    assert exact["total_variation_of_the_average_with_G_inside"] < 0.1
    assert (tmp_path / "inner_loop.png").exists()


@pytest.mark.parametrize(
    "settings",
    [{"rules": ()}, {"rules": ("chess",)}, {"num_seeds": 0}, {"num_steps": 30}, {"exact_steps": 9}, {"most_points": 9}],
)
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"ha(s|ve) to be"):
        script.Config(**settings)
