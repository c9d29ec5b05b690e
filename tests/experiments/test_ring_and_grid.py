import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.lab import experiment


def test_data_are_those_of_the_papers(script):
    config = script.Config()
    ring, grid = (script.make_game(config, layout, "packing 4").sample.data for layout in ("ring", "grid"))
    angles = 2 * np.pi * np.arange(8) / 8
    np.testing.assert_allclose(ring.centers, np.stack([np.cos(angles), np.sin(angles)], axis=1), atol=1e-12)
    expected = {(float(x), float(y)) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)}
    assert {tuple(center) for center in np.asarray(grid.centers).tolist()} == expected
    assert (float(ring.std), float(grid.std)) == (0.01, 0.05)


def test_every_row_has_its_game_and_its_rule(script):
    key = jax.random.key(0)
    for method in script.METHODS:
        game = script.make_game(script.TINY, "ring", method)
        players, batch = jax.eval_shape(game.init, key), jax.eval_shape(game.sample, key)
        assert set(jax.eval_shape(game.losses, players, batch)) == {"discriminator", "generator"}
        jax.eval_shape(script.make_rule(script.TINY, method, 1e-3, 1.0).init, players)


def test_learning_rates_decay_to_nothing(script):
    rule = script.make_rule(script.Config(num_steps=20), "GAN", jnp.asarray(0.1), jnp.asarray(2.0))
    game = script.make_game(script.TINY, "ring", "GAN")
    players = game.init(jax.random.key(0))
    state = rule.init(players)
    late = jax.tree.map(lambda leaf: jnp.full_like(leaf, 20) if leaf.dtype == jnp.int32 else leaf, state)
    update = jax.jit(lambda players, state: rule.update(game, players, state, jax.random.key(1))[0])

    def largest_move(state):
        moves = jax.tree.map(lambda new, old: jnp.max(jnp.abs(new - old)), update(players, state), players)
        return {name: max(jax.tree.leaves(each)) for name, each in moves.items()}

    # Adam's first step is the learning rate itself, whatever the gradient.
    first, last = largest_move(state), largest_move(late)
    assert first["generator"] == pytest.approx(0.1, rel=1e-3)
    assert first["discriminator"] == pytest.approx(0.2, rel=1e-3)
    assert max(last.values()) == 0


def test_tuning_prefers_what_is_nearer_and_nothing_that_is_not_finite(script):
    found = script.worth(
        {
            "modes": np.array([8, 8, 7, 8]),
            "high_quality": np.array([0.9, 0.8, 0.9, np.nan]),
            "reverse_kl": np.array([0.1, 0.1, 0.1, np.nan]),
        },
        8,
    )
    assert np.argsort(-found).tolist()[0] == 0
    assert np.argmin(found) == 3


def test_both_tables_come_out(script, tmp_path):
    with jax.enable_x64(False):
        experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]["ring"]
    for method in script.TINY.methods:
        mean, low, high = measured[method]["reverse_kl"]
        assert low <= mean <= high
        assert set(measured[method]["beats"]) == {"modes", "high_quality", "reverse_kl"}
    assert measured[script.PUBLISHED]["learning_rate_and_ratio"] == pytest.approx([1e-4, 1.0])
    assert (tmp_path / "numbers.png").exists()
    assert (tmp_path / "samples.png").exists()


@pytest.mark.parametrize("settings", [{"layouts": ("cube",)}, {"num_seeds": 4}, {"num_steps": 30}, {"methods": ()}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
