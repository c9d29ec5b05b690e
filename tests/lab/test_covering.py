import jax
import numpy as np
import pytest

import gangame as gg
from gangame import games, metrics, rules
from gangame.lab.covering import covered


def test_it_is_the_average_that_is_looked_at():
    game = games.mixture(hidden=(4,), discriminator_hidden=(4,), batch_size=8)
    rule = rules.averaged(rules.alternating(0.5), decay=0.9)
    key = jax.random.key(0)

    @jax.jit
    def both(key):
        key_run, key_looks = jax.random.split(key)
        run = gg.play(game, rule, key_run, 6)
        last = jax.random.split(key_looks, 3)[-1]
        data = game.sample.data
        by_hand = [
            metrics.mode_coverage(games.generate(game, players, last, 2000), data.centers, data.std)["reverse_kl"]
            for players in (rules.average(run.state), run.players)
        ]
        return covered(game, rule, key, 6, num_records=3, num_samples=2000), rules.average(run.state), by_hand

    (players, records), average, (of_average, of_players) = both(key)
    for found, expected in zip(jax.tree.leaves(players), jax.tree.leaves(average), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert {name: each.shape for name, each in records.items()} == dict.fromkeys(
        ("modes", "high_quality", "reverse_kl"), (3,)
    )
    np.testing.assert_allclose(records["reverse_kl"][-1], of_average, rtol=1e-6)
    assert of_average != of_players


def test_a_game_may_change_from_look_to_look():
    game = games.mixture(hidden=(4,), discriminator_hidden=(4,), batch_size=8, penalty="r1", penalty_strength=1.0)
    rule, key = rules.alternating(0.5), jax.random.key(0)

    def fading(game, share):
        return games.with_penalty(game, 1 - share)

    @jax.jit
    def both(key):
        run = gg.start(game, rule, jax.random.split(key)[0])
        for share in (0, 1 / 3, 2 / 3):
            run = gg.advance(fading(game, share), rule, run, 2)
        return covered(game, rule, key, 6, 3, 2000, fading)[0], run.players, covered(game, rule, key, 6, 3, 2000)[0]

    players, by_hand, unchanged = both(key)
    for found, expected, other in zip(*map(jax.tree.leaves, (players, by_hand, unchanged)), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
        assert not np.allclose(found, other, rtol=1e-6)


@pytest.mark.parametrize("num_records", [0, 4, 12])
def test_records_divide_the_steps(num_records):
    with pytest.raises(ValueError, match="has to be a multiple of num_records"):
        covered(games.mixture(), rules.simultaneous(0.1), jax.random.key(0), 6, num_records)
