import json

import jax
import numpy as np
import pytest

from gangame import data
from gangame.lab import experiment


def test_all_bases_are_orthonormal_and_all_games_have_the_same_parameters(script):
    real, shapes = data.images("digits").train, set()
    for name in script.BASES:
        np.testing.assert_allclose(script.basis_of(name) @ script.basis_of(name).T, np.eye(8), atol=1e-12)
        players = jax.eval_shape(script.make_game(script.SETTINGS["tiny"], name, real).init, jax.random.key(0))
        shapes.add(str(jax.tree.map(lambda leaf: leaf.shape, players)))
    assert len(shapes) == 1


@pytest.mark.slow
def test_summary_and_files(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path), "--parts", str(tmp_path / "parts")])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    _, arrays = experiment.load(tmp_path, script.Config)
    for name in script.BASES:
        mean = arrays[f"{name}/fid"][:, -1].mean()
        assert measured[name]["fid after all of the steps"].startswith(f"{mean:.1f}")
    assert measured["pixels"]["less that of pixels, after all"] == "0.0 (0.0 to 0.0)"
    assert (tmp_path / "bases.png").exists()


@pytest.mark.parametrize("settings", [{"setting": "huge"}, {"num_seeds": 1}, {"bases": ("words",)}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
