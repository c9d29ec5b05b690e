import json

import jax
import numpy as np
import pytest

from gangame import data
from gangame.lab import experiment

KEY = jax.random.key(0)


def test_each_row_changes_what_it_says(script):
    fields = {
        "all": set(),
        "virtual → batch norm": {"norm"},
        "− labels, + historical averaging": {"labels", "spring"},
        "− label smoothing": {"real_label"},
        "− labels": {"labels"},
        "− minibatch discrimination": {"minibatch"},
        "+ historical averaging": {"spring"},
        "+ feature matching": {"match_features"},
        "none of them": {"norm", "labels", "real_label", "minibatch"},
    }
    assert set(fields) == set(script.ROWS)
    for name, changed in fields.items():
        row = script.ROWS[name]._asdict()
        assert {field for field, value in script.ALL._asdict().items() if row[field] != value} == changed


def test_the_games_have_the_tricks(script):
    found, setting = data.images("digits"), script.SETTINGS["tiny"]
    made = {name: script.setup(setting, row, found, KEY) for name, row in script.ROWS.items()}
    shapes = {name: jax.eval_shape(game.init, KEY) for name, (game, _) in made.items()}
    outputs = {name: each["discriminator"]["Dense_0"]["kernel"].shape for name, each in shapes.items()}
    assert outputs["all"] == (4 * 4 * 2 + 100, 10)
    assert outputs["− labels"] == (4 * 4 * 2 + 100, 1)
    assert outputs["− minibatch discrimination"] == (4 * 4 * 2, 10)
    assert outputs["none of them"] == (4 * 4 * 2, 1)
    # With a virtual norm a sample does not depend on those beside it; with batch norm it does.
    for name, alone in (("all", True), ("virtual → batch norm", False)):
        game, _ = made[name]
        z = jax.random.normal(KEY, (4, setting.latent_dim))
        generator = game.losses.generator
        parameters = generator.init(KEY)
        together = generator.apply(parameters, z)[:2]
        assert np.allclose(together, generator.apply(parameters, z[:2]), atol=1e-9) == alone


def test_summary_and_files(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path), "--parts", str(tmp_path / "parts")])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    real = measured["real images for training, in place of samples"]
    assert real["inception_score"] > 8
    assert measured["all"]["fid_minus_that_of_the_first_row"] == "0.00 (0.00 to 0.00)"
    _, arrays = experiment.load(tmp_path, script.Config)
    for name in script.TINY.rows:
        scores = arrays[f"{name}/fid"]
        error = np.sqrt(np.mean((scores - scores.mean()) ** 2))  # of two seeds: |a − b|/2
        assert measured[name]["fid"] == f"{scores.mean():.2f} ± {error:.2f}"
        assert np.all(scores > 5 * real["fid"])
    assert (tmp_path / "tricks.png").exists()


@pytest.mark.parametrize(
    "settings", [{"setting": "huge"}, {"rows": ("none",)}, {"num_seeds": 1}, {"setting": "cifar10"}]
)
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
