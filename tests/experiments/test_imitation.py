import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.lab import experiment

pytest.importorskip("gymnax")


@pytest.mark.slow
def test_the_tiny_setting_leaves_numbers_and_a_picture(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    assert set(measured) == {"expert", *script.rows(script.TINY)}
    for name in script.rows(script.TINY):
        assert all(0 < measured[name][kind][0] <= script.TINY.horizon for kind in script.KINDS)
    assert (tmp_path / "returns.png").is_file()


def test_every_row_has_its_method_and_controls_see_least(script):
    rows = script.rows(script.Config())
    assert len(rows) == 4 * len(script.METHODS) + len(script.methods(script.Config())) - len(script.METHODS)
    assert all(number == 1 for method, number in rows.values() if method not in script.METHODS)
    assert script.rows(script.TINY).keys() == {f"{method}, 1 shown" for method in script.METHODS}


def test_every_tenth_pair_is_shown_of_one_trajectory_after_the_other(script):
    config = dataclasses.replace(script.TINY, trajectories=(8,))
    game = script.make_game(config, *script.nobody())
    # An expert who hardly ever does what is not best for it.
    expert = jax.tree.map(lambda leaf: 100 * leaf, game.init(jax.random.key(0)))
    observations, actions, stood = jax.jit(lambda key: script.demonstrate(config, expert, key))(jax.random.key(1))
    assert observations.shape == (8 * 2, 4)
    assert actions.shape == (16,)
    assert np.all((stood > 0) & (stood <= 20))
    best = np.argmax(game.losses.policy.apply(expert["policy"], observations), axis=1)
    assert set(best.tolist()) == {0, 1}
    np.testing.assert_array_equal(actions, best)


def test_cloning_descends_the_likelihood_of_the_chosen_pairs_alone(script):
    seen, done = jax.random.normal(jax.random.key(2), (5, 4)), jnp.array([0, 1, 1, 0, 1])
    game = script.make_game(script.TINY, seen, done)
    players, chosen = game.init(jax.random.key(0)), jnp.array([True, False, True, True, False])
    loss = script.cloning(game, chosen).losses({"policy": players["policy"]}, None)["policy"]
    logits = np.asarray(game.losses.policy.apply(players["policy"], seen))
    told = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(5), np.asarray(done)]
    assert loss == pytest.approx(told[np.asarray(chosen)].mean(), rel=1e-10)


@pytest.mark.parametrize(
    "settings", [{"trajectories": ()}, {"horizon": 55}, {"num_steps": 30}, {"batch_size": 1}, {"learning_rate": 0.0}]
)
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
