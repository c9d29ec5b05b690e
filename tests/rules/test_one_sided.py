import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import calculus, games, rules


def test_one_player_descends_the_squares_of_the_others_gradients_and_nobody_else_does():
    game, point, strength = games.dirac(), {"generator": jnp.array(0.7), "discriminator": jnp.array(-1.3)}, 0.8

    def penalty(own):
        v = calculus.field(game)({**point, "generator": own}, None)
        return strength * v["discriminator"] ** 2

    v = calculus.field(game)(point, None)
    direction = rules.directions.one_sided(strength=strength)(game)(point, None)
    np.testing.assert_allclose(direction["generator"], v["generator"] + jax.grad(penalty)(point["generator"]))
    assert direction["discriminator"] == v["discriminator"]


def test_on_xy_it_is_unrolling_by_one_step_of_that_size():
    # d/dx of x (y + γx) is y + 2γx.
    point = {"x": jnp.array(0.4), "y": jnp.array(-0.9)}
    penalised = rules.one_sided(1.0, strength=0.3)
    moved = penalised.update(games.bilinear(), point, penalised.init(point), jax.random.key(0))[0]
    unrolled = rules.unrolled(1.0, depth=1, inner=0.3)
    expected = unrolled.update(games.bilinear(), point, unrolled.init(point), jax.random.key(0))[0]
    np.testing.assert_allclose([*moved.values()], [*expected.values()], rtol=1e-15)


def test_there_has_to_be_such_a_player():
    with pytest.raises(ValueError, match="'generator' is no player of this game; its players are x, y"):
        gg.play(games.bilinear(), rules.one_sided(0.1, player="generator"), jax.random.key(0), 1)
