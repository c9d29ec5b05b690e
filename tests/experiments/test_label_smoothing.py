import json

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from gangame.lab import experiment


def by_hand(real_label, fake_label, theta):
    """−½ E d/dx log D(x) over x ~ N(θ, 1), from the densities."""

    def integrand(x):
        data, model = norm.pdf(x), norm.pdf(x, theta)
        above, below = real_label * data + fake_label * model, data + model
        slopes = -x * data, -(x - theta) * model
        slope = (real_label * slopes[0] + fake_label * slopes[1]) / above - sum(slopes) / below
        return -model * slope / 2

    return quad(integrand, theta - 9, theta + 9, epsabs=1e-12, limit=200)[0]


@pytest.mark.parametrize("theta", [0.5, 2.0, 4.0])
def test_the_quadrature_is_the_integral_over_the_densities(script, theta):
    for kind in np.asarray(script.labels(script.TINY)):
        found = script.exact_gradient(jnp.asarray(kind), jnp.asarray(theta))
        # The logit of smoothed labels turns within a small part of the nodes' range: 100 of them are good to 1e-5.
        np.testing.assert_allclose(found, by_hand(*kind, theta), atol=2e-5)


def test_one_sided_smoothing_changes_nothing_and_the_other_takes_the_gradient(script):
    none, one_sided, two_sided, negative = script.labels(script.TINY)
    for theta in (1.0, 4.0, 6.0):
        at = jnp.asarray(theta)
        np.testing.assert_allclose(script.exact_gradient(one_sided, at), script.exact_gradient(none, at), rtol=1e-12)
    for kind in (two_sided, negative):
        assert script.exact_gradient(kind, at) < script.exact_gradient(none, at) / 50


def test_accuracy_is_the_bayes_rule_at_a_threshold(script):
    assert script.exact_accuracy(1.0, 2.0) == pytest.approx(norm.cdf(1.0), abs=1e-12)
    x = np.linspace(-12, 14, 200_001)
    ratio = np.exp(norm.logpdf(x) - norm.logpdf(x, 2.0)) > 1.25
    right = (norm.pdf(x)[ratio].sum() + norm.pdf(x, 2.0)[~ratio].sum()) * (x[1] - x[0]) / 2
    assert script.exact_accuracy(1.25, 2.0) == pytest.approx(right, abs=1e-4)  # of the spacing


def test_training_shows_the_bound_and_the_files_say_so(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)], x64=True)
    _, arrays = experiment.load(tmp_path, script.Config)
    logits, bound = arrays["mean_of_data"][:, 0, :, -1], np.log(9)
    assert np.all(logits[[0, 3]] > bound + 2)
    np.testing.assert_allclose(logits[[1, 2]], bound, atol=0.1)  # what 400 steps of Adam leave
    assert np.all(arrays["accuracy"][:, 0, :, -1] == 1)
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert measured["largest_change_of_the_exact_gradient_one_sided"] < 1e-12
    assert measured["bound_of_the_logit"] == pytest.approx(bound)
    assert (tmp_path / "smoothing.png").exists()


@pytest.mark.parametrize("settings", [{"alpha": 0.5}, {"thetas": (0.0,)}, {"num_steps": 7}, {"num_seeds": 1}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
