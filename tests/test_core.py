import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

import gangame as gg


def product(players, batch):
    return players["x"] * players["y"]


def test_zero_sum_losses_are_plus_and_minus_the_value():
    game = gg.zero_sum(lambda players, batch: players["a"] ** 2 + batch * players["b"], "b", "a")
    losses = game.losses({"a": 3.0, "b": 2.0}, 5.0)
    assert losses == {"b": 19.0, "a": -19.0}


def test_zero_sum_without_more_starts_from_two_independent_normal_scalars_and_has_no_batch():
    game = gg.zero_sum(product)
    players = game.init(jax.random.key(0))
    assert set(players) == {"x", "y"}
    assert players["x"].shape == players["y"].shape == ()
    assert players["x"] != players["y"]
    assert game.sample(jax.random.key(0)) is None
    assert game.equilibrium is None


def test_zero_sum_keeps_what_it_is_given():
    point = {"x": jnp.zeros(()), "y": jnp.zeros(())}
    game = gg.zero_sum(product, init=lambda key: {"x": 1.0, "y": 2.0}, sample=lambda key: 7.0, equilibrium=point)
    assert game.init(jax.random.key(0)) == {"x": 1.0, "y": 2.0}
    assert game.sample(jax.random.key(0)) == 7.0
    assert game.equilibrium is point


def test_zero_sum_needs_two_names():
    with pytest.raises(ValueError, match="both named 'x'; give the two players different names"):
        gg.zero_sum(product, "x", "x")


def test_the_arrays_of_a_portable_game_are_its_leaves_and_enter_a_program_as_arguments():
    def value(strength, players, batch):
        return strength * players["x"] * players["y"]

    def game(strength):
        return gg.portable(gg.zero_sum(Partial(value, jnp.asarray(strength))))

    assert [float(leaf) for leaf in jax.tree.leaves(game(3.0))] == [3.0]
    loss = jax.jit(lambda game: game.losses({"x": 2.0, "y": 1.0}, None)["x"])
    assert loss(game(3.0)) == 6.0
    assert jax.grad(lambda game: game.losses({"x": 2.0, "y": 1.0}, None)["x"], allow_int=True)(game(3.0)).losses


def test_portable_makes_plain_functions_pytrees_and_changes_no_value():
    plain = gg.Game(lambda key: {"x": jnp.ones(2)}, lambda key: None, lambda players, batch: {"x": players["x"].sum()})
    game = gg.portable(plain)
    assert jax.tree.leaves(game) == []
    assert len(jax.tree.leaves(plain)) == 3  # the functions themselves
    np.testing.assert_array_equal(game.init(jax.random.key(0))["x"], [1.0, 1.0])
    assert game.losses({"x": jnp.ones(2)}, None)["x"] == 2.0
