import jax
import jax.numpy as jnp
import numpy as np

import gangame as gg
from gangame import games, rules
from gangame.lab.watch import NEVER, watched


def test_the_first_bad_step_of_each_player_is_noted():
    def losses(players, batch):
        del batch
        return {"x": players["x"] ** 2 / 2, "y": jnp.where(players["x"] > 4.5, jnp.nan, 1.0) * players["y"]}

    game = gg.Game(lambda key: {"x": jnp.array(1.0), "y": jnp.array(0.0)}, lambda key: None, losses)
    climb = {"x": 0.0, "y": 0.1}
    rule = rules.simultaneous(climb)
    grow = gg.UpdateRule(
        rule.init,
        lambda game, players, state, key: rule.update(game, {**players, "x": players["x"] + 1}, state, key),
    )
    run = gg.play(game, watched(grow), jax.random.key(0), 8)
    assert run.state.diverged == {"x": NEVER, "y": 4}  # x is 5 in the fourth step


def test_watching_changes_nothing():
    game, rule = games.dirac(), rules.alternating(0.1)
    plain = gg.play(game, rule, jax.random.key(1), 20)
    seen = gg.play(game, watched(rule), jax.random.key(1), 20)
    for name in plain.players:
        np.testing.assert_array_equal(plain.players[name], seen.players[name])
    assert seen.state.step == 20
    assert all(first == NEVER for first in seen.state.diverged.values())
