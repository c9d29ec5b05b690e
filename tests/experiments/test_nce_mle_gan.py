import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.lab import experiment

RNG = np.random.default_rng(0)


def model():
    return {"mean": jnp.asarray(RNG.standard_normal(5)), "lower": jnp.asarray(RNG.standard_normal((5, 5)) / 4)}


def test_the_model_is_the_gaussian_with_its_samples(script):
    own, points = model(), RNG.standard_normal((7, 5)) * 2
    A = np.asarray(script.matrix(own["lower"]))
    covariance = np.linalg.inv(A.T @ A)
    gap = points - np.asarray(own["mean"])
    expected = -np.sum(gap @ np.linalg.inv(covariance) * gap, axis=1) / 2
    expected -= np.linalg.slogdet(2 * np.pi * covariance)[1] / 2
    np.testing.assert_allclose(script.log_model(own, jnp.asarray(points)), expected, rtol=1e-12)
    np.testing.assert_allclose(A @ (script.samples(own, jnp.asarray(points)) - own["mean"]).T, points.T, atol=1e-12)
    wide = script.log_noise(2.0)(jnp.asarray(points))
    expected = -np.sum(points**2, axis=1) / 8 - 5 / 2 * np.log(2 * np.pi * 4)
    np.testing.assert_allclose(wide, expected, rtol=1e-12)


def test_the_divergence_has_its_closed_form(script):
    own = model()
    A = np.asarray(script.matrix(own["lower"]))
    mean, sd = map(np.asarray, script.truth())
    precision, gap = A.T @ A, np.asarray(own["mean"]) - mean
    expected = np.trace(precision * sd**2) + gap @ precision @ gap - 5
    expected = (expected - np.linalg.slogdet(precision * sd**2)[1]) / 2
    assert script.divergence(**own) == pytest.approx(expected, rel=1e-12)


def test_a_copy_gives_half_the_gradient_of_the_likelihood(script):
    assert script.identity_error(jax.random.key(0)) < 1e-12


def test_steps_to_a_level_are_the_first_recorded_ones(script):
    config = script.Config(num_steps=40, num_records=4)
    curves = np.array([[1.0, 1e-4, 1.0, 1e-4], [1.0, 1.0, 1.0, 1.0]])
    np.testing.assert_array_equal(script.steps_to(config, curves, 1e-3), [20, np.inf])


def test_all_methods_learn_and_the_files_say_so(script, tmp_path, capsys):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)], x64=True)
    _, arrays = experiment.load(tmp_path, script.Config)
    assert arrays["kl"].shape == (len(script.METHODS), 2, 2)
    copied, likelihood = (script.METHODS.index(name) for name in ("nce, copied", "likelihood"))
    assert np.all(arrays["kl"][:, :, -1] < arrays["kl"][:, :, 0])
    # Half the gradient of the likelihood, plus the noise of the copy's samples: nearer to it than to any fixed noise.
    from_likelihood = np.log(arrays["kl"][copied] / arrays["kl"][likelihood])
    for fixed in (0, 1):
        assert np.all(np.abs(from_likelihood) < np.log(arrays["kl"][fixed] / arrays["kl"][copied]))
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert measured["gradient_identity_largest_relative_error"] < 1e-12
    assert (tmp_path / "learning.png").exists()
    assert "kl_at_the_end" in capsys.readouterr().out


@pytest.mark.parametrize("settings", [{"num_steps": 10}, {"num_seeds": 1}, {"learning_rate": 0.0}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
