import json
import math

import jax.numpy as jnp
import numpy as np
import pytest

from gangame.lab import experiment


def test_accuracy_and_bound_are_measured_and_the_files_say_so(script, tmp_path, capsys):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    _, arrays = experiment.load(tmp_path, script.Config)
    for name in ("λ = 1", "λ = 0"):
        assert arrays[f"{name}/accuracy"].shape == arrays[f"{name}/bound"].shape == (2, 2)
        assert np.all((arrays[f"{name}/accuracy"] > 0) & (arrays[f"{name}/accuracy"] < 1))
        assert np.all(arrays[f"{name}/bound"] < math.log(10))
    assert arrays["λ = 1/samples"].shape == (2, 10, script.NUM_SHOWN, 64)
    # Who is paid for it reads more of the code, after so few steps as well.
    assert np.all(arrays["λ = 1/bound"][:, -1] > arrays["λ = 0/bound"][:, -1])
    assert np.all(arrays["k-means"] > 0.5)
    assert np.all(np.abs(arrays["λ = 1/rank"]) <= 1)
    assert arrays["λ = 1/swing"].shape == (2, script.NUM_CONTINUOUS)
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert measured["λ = 1"]["by_seed"] == pytest.approx(arrays["λ = 1/accuracy"][:, -1], abs=1e-4)
    assert (tmp_path / "codes.png").exists()
    assert "entropy_of_the_code" in capsys.readouterr().out


def test_the_slant_of_a_sheared_bar_is_its_shear_and_a_code_that_shears_is_monotone(script):
    places = np.arange(9.0)
    shears = np.array([-0.5, 0.0, 0.25])
    # A bar one pixel wide, spread over two neighbours where it falls between them: its mean is exact in each row.
    bars = np.clip(1 - np.abs(places - 4 - shears[:, None, None] * (places[:, None] - 4)), 0, None)
    np.testing.assert_allclose(script.slants(jnp.asarray(2 * bars - 1)), shears, atol=1e-12)
    sweeps = np.stack([shears, -shears, shears[[1, 0, 2]]], axis=1)
    np.testing.assert_allclose(script.rank_correlation(jnp.asarray(sweeps)), [1, -1, 0.5])


def test_names_are_matched_on_one_part_and_counted_on_the_other(script):
    labels = np.arange(10).repeat(2), np.arange(10)
    train, test = (labels[0] + 3) % 10, (labels[1] + 3) % 10
    assert script.accuracy(train, test, labels) == 1
    assert script.accuracy(train, labels[1], labels) == 0


@pytest.mark.parametrize(
    "settings",
    [
        {"setting": "cifar"},
        {"num_seeds": 1},
        {"num_steps": 30},
        {"discriminator_rate": 0.0},
        {"strengths": ()},
        {"strengths": (-1.0,)},
        {"strengths": (1.0, 1.0)},
    ],
)
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"ha(s|ve) to be"):
        script.Config(**settings)
