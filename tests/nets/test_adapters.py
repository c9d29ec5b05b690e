"""Networks of other libraries play under a rule."""

import ast
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import gangame as gg
from gangame import nets, rules

POINTS = jax.random.normal(jax.random.key(1), (32, 2))
TARGETS = jnp.tanh(POINTS @ jnp.array([[1.0], [-2.0]]))


@pytest.fixture
def promotion():
    return "standard"  # these libraries make float32 parameters, whatever the default is


class Perceptron(nnx.Module):
    def __init__(self, rngs):
        self.layers = nnx.List([nnx.Linear(2, 8, rngs=rngs), nnx.Linear(8, 1, rngs=rngs)])

    def __call__(self, x):
        return self.layers[1](nnx.tanh(self.layers[0](x)))


def trained(network):
    """The squared error of a network before and after a play, and the parameters after."""
    game = gg.Game(
        lambda key: {"network": network.init(key)},
        lambda key: None,
        lambda players, batch: {"network": jnp.mean((network.apply(players["network"], POINTS) - TARGETS) ** 2)},
    )

    @jax.jit
    def play(key):
        run = gg.play(game, rules.simultaneous(0.2), key, 60)
        return [game.losses(players, None)["network"] for players in (game.init(key), run.players)], run.players

    return play(jax.random.key(0))


def test_a_module_of_nnx_trains():
    network = nets.from_nnx(Perceptron)
    (before, after), players = trained(network)
    assert after < before / 3
    own = players["network"]["layers"]
    assert type(players["network"]) is dict
    expected = jnp.tanh(POINTS @ own[0]["kernel"] + own[0]["bias"]) @ own[1]["kernel"] + own[1]["bias"]
    np.testing.assert_allclose(network.apply(players["network"], POINTS), expected, atol=1e-6)


def test_a_module_of_equinox_trains():
    equinox = pytest.importorskip("equinox")
    network = nets.from_equinox(lambda key: equinox.nn.MLP(2, "scalar", 8, 1, activation=jnp.tanh, key=key))
    column = network._replace(apply=lambda parameters, x: network.apply(parameters, x)[:, None])
    (before, after), players = trained(column)
    assert after < before / 3
    own = players["network"]["layers"]
    assert type(players["network"]) is dict
    expected = jnp.tanh(POINTS @ own["0"]["weight"].T + own["0"]["bias"]) @ own["1"]["weight"].T + own["1"]["bias"]
    np.testing.assert_allclose(column.apply(players["network"], POINTS), expected, atol=1e-6)


def test_modules_with_a_memory_are_refused():
    equinox = pytest.importorskip("equinox")
    with pytest.raises(ValueError, match=r"keeps mean, var besides its parameters"):
        nets.from_nnx(lambda rngs: nnx.BatchNorm(2, rngs=rngs))

    class Counting(equinox.Module):
        count: jax.Array

        def __call__(self, x):
            return x * self.count

    with pytest.raises(ValueError, match="has 1 arrays that are no parameters"):
        nets.from_equinox(lambda key: Counting(jnp.array(3)))


def test_equinox_is_imported_where_it_is_used_and_nowhere_else():
    for path in Path(nets.__file__).parent.rglob("*.py"):
        top = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.Import)]
        assert not any(alias.name == "equinox" for node in top for alias in node.names)
