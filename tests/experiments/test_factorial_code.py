import json

import jax
import numpy as np
import pytest

from gangame.lab import experiment


def test_a_code_succeeds_if_its_units_share_nothing_and_tell_everything(script):
    arrays = {
        "linear, fair/PCA/largest_shared": np.array([0.0, 0.02, 0.0]),
        "linear, fair/PCA/told": np.array([1.0, 1.0, 0.9]),
    }
    np.testing.assert_array_equal(script.succeeded(arrays, "linear, fair", "PCA"), [True, False, False])


def test_the_bits_themselves_succeed_and_independent_components_are_these(script):
    game = script.mixed(script.TINY, "linear, fair", 0.0)
    at = game.losses
    judged = jax.jit(script.judged)
    for seed in range(script.TINY.num_seeds):
        weights = at.weights[seed]
        themselves = judged(at.factors[seed] > 0, weights)
        assert float(themselves["total_correlation"]) < 1e-9
        assert float(themselves["told"]) == pytest.approx(1)
        found = script.components(np.asarray(at.patterns[seed]), np.asarray(weights), "ICA", seed)
        factors = np.asarray(at.factors[seed]) > 0
        # Up to order and sign every component is one of the bits that were mixed.
        agrees = np.abs(np.mean(found[:, :, None] == factors[:, None, :], axis=0) - 0.5) == 0.5
        np.testing.assert_array_equal(agrees.sum(axis=0), 1)
        np.testing.assert_array_equal(agrees.sum(axis=1), 1)


@pytest.mark.slow
def test_the_tiny_run_saves_what_it_measured(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]["linear, fair"]
    assert set(measured) == {*script.METHODS, "spectrum"}
    assert measured["ICA"]["succeeded"] == 2
    assert (tmp_path / "codes.png").exists()


@pytest.mark.parametrize(
    "settings", [{"tasks": ()}, {"tasks": ("cubic",)}, {"num_seeds": 0}, {"num_steps": 30}, {"width": 0}]
)
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be"):
        script.Config(**settings)
