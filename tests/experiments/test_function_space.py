import json

import numpy as np
import pytest

from gangame.lab import experiment


def test_a_run_has_converged_if_it_stays_near_to_its_end(script):
    gaps = np.full((4, script.NUM_RECORDS), 0.5)
    gaps[0, 5:] = 0.019
    gaps[1, -1] = 0.001  # there only at the end
    gaps[2, :5] = 0.001  # there only once
    gaps[3] = np.nan
    config = script.Config(rows=("networks, 0.001",), num_seeds=4)
    found = script.summarize(config, {"networks, 0.001/total_variation": gaps})["networks, 0.001"]
    assert found["converged"] == 1
    assert found["share_converged_wilson_95"][0] == 0.25


def test_every_row_is_a_game_with_a_density(script):
    for name, row in script.ROWS.items():
        game, _, density = script.setup(script.TINY, row)
        assert callable(density), name
        assert (game.equilibrium is not None) == (
            row.discriminator == "logits" and row.generator in ("softmax", "affine")
        )


@pytest.mark.slow
def test_in_the_tiny_run_tables_converge_and_the_files_say_so(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert measured["tables, softmax"]["converged"] == 2
    assert (tmp_path / "convergence.png").exists()
    config, arrays = experiment.load(tmp_path, script.Config)
    assert config == script.TINY
    np.testing.assert_allclose(arrays["tables, softmax/density"].sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize(
    "settings", [{"rows": ()}, {"rows": ("chess",)}, {"num_seeds": 0}, {"num_steps": 70}, {"width": 0}]
)
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be"):
        script.Config(**settings)
