import json

import numpy as np
import pytest

from gangame.lab import experiment


def test_the_ends_of_the_cycle_are_the_closed_form_to_the_grid(script):
    for capacity in (0.3, 0.5, 0.8):
        found = script.extremes(capacity, 300)
        told = [float(end) for end in script.bounds(np.array(capacity))]
        np.testing.assert_allclose(found, told, atol=3 / 600)


def test_where_the_market_begins_to_clear_the_cycle_has_no_width(script):
    low, high = script.bounds(np.array([1 / 3, 1 / 3 + 1e-9]))
    np.testing.assert_allclose(low, 1 / 3, atol=1e-8)
    np.testing.assert_allclose(high, 1 / 3, atol=1e-8)


def test_a_swing_is_measured_in_widths_of_the_cycle(script):
    low, high = script.bounds(np.array(script.CAPACITY))
    price = np.full((2, script.NUM_RECORDS), low)
    price[0, : script.NUM_RECORDS // 2] = high  # long ago
    price[1, -1] = high
    np.testing.assert_allclose(script.swing(price), [0, 1])


@pytest.mark.slow
def test_the_tiny_run_has_the_radii_of_the_closed_forms(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)], x64=True)
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    for rule in ("simultaneous", "alternating"):
        assert measured["cobweb"][rule]["from_closed_form"] < 1e-12
        assert measured["cobweb"][rule]["converges_at"] == [0.5]
    assert (tmp_path / "prices.png").exists()


@pytest.mark.parametrize(
    "settings",
    [
        {"ratios": (0.0,)},
        {"capacities": (0.2,)},
        {"num_prices": 1},
        {"learning_rate": 0.0},
        {"num_seeds": 0},
        {"num_steps": 70},
    ],
)
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"ha(s|ve) to be"):
        script.Config(**settings)
