import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import games
from gangame.lab import experiment


def test_the_tiny_setting_leaves_numbers_and_a_picture(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert set(measured) == {"costs of cells that paths do not tell", *script.rows(script.TINY)}
    for name in script.rows(script.TINY):
        assert -1 <= measured[name]["least rank"] <= measured[name]["rank"][0] <= 1
        assert measured[name]["KL"][0] >= 0
    assert (tmp_path / "costs.png").is_file()


def test_shares_are_those_of_the_expert_and_likelihood_rests_where_they_are_matched(script):
    paths = games.guided_cost_learning(2, length=2).losses.paths
    cost = jnp.array([0.3, -1.0, 0.5, 2.0])
    everything = script.shares(paths, cost, jax.random.key(0), script.ALL)
    drawn = script.shares(paths, cost, jax.random.key(0), 40_000)
    assert float(jnp.sum(everything)) == pytest.approx(1)
    # A share of 40,000 has a standard deviation of 0.0025 or less.
    np.testing.assert_allclose(drawn, everything, atol=0.01)
    loss = script.likelihood(paths, everything).losses
    slope = jax.grad(lambda cells: loss({"cost": cells}, None)["cost"])(cost)
    np.testing.assert_allclose(slope, 0, atol=1e-6)


def test_a_divergence_is_that_of_two_tables(script):
    one, other = np.array([[0.2, 0.8]]), np.array([[0.5, 0.5]])
    told = np.sum(one * np.log(one / other))
    assert script.divergence(-np.log(one) + 3, -np.log(other))[0] == pytest.approx(told)


@pytest.mark.parametrize("settings", [{"demonstrations": ()}, {"num_seeds": 1}, {"num_steps": 70}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
