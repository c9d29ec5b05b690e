import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.core import ClosedJaxpr, Jaxpr

from gangame.nets import ACTIVATIONS, INITIALIZERS, mlp


def equations(program):
    for equation in program.eqns:
        yield equation
        for part in jax.tree.leaves(list(equation.params.values()), is_leaf=lambda x: not isinstance(x, (list, tuple))):
            inner = part.jaxpr if isinstance(part, ClosedJaxpr) else part
            if isinstance(inner, Jaxpr):
                yield from equations(inner)


def test_orthogonal_kernels_are_orthogonal():
    parameters = mlp(16, (64, 24), 2, gain=0.8).init(jax.random.key(0))
    kernels = [leaf for leaf in jax.tree.leaves(parameters) if leaf.ndim == 2]
    assert sorted(kernel.shape for kernel in kernels) == [(16, 64), (24, 2), (64, 24)]
    for kernel in kernels:
        tall = kernel if kernel.shape[0] >= kernel.shape[1] else kernel.T
        np.testing.assert_allclose(tall.T @ tall, 0.64 * np.eye(tall.shape[1]), atol=1e-13)


def test_a_vmapped_start_factorises_one_matrix_after_the_other():
    # Batched factorisations can block the threads of a small machine for ever.
    network = mlp(4, (8,), 2)
    program = jax.make_jaxpr(jax.vmap(network.init))(jax.random.split(jax.random.key(0), 3)).jaxpr
    factorised = [each for each in equations(program) if each.primitive.name in ("qr", "geqrf", "householder_product")]
    assert factorised
    assert all(variable.aval.ndim <= 2 for each in factorised for variable in each.invars)


def test_vmapped_starts_are_separate_ones():
    network, keys = mlp(3, (5,), 2), jax.random.split(jax.random.key(1), 4)
    together = jax.vmap(network.init)(keys)
    for i, key in enumerate(keys):
        alone = network.init(key)
        jax.tree.map(lambda many, one, i=i: np.testing.assert_allclose(many[i], one, atol=1e-14), together, alone)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_network_is_its_layers_written_out(activation):
    network = mlp(3, (4,), 2, activation=activation, init="normal", gain=0.5, scale=0.25)
    parameters = network.init(jax.random.key(2))
    first, last = parameters["Dense_0"], parameters["Dense_1"]
    x = jax.random.normal(jax.random.key(3), (7, 3))
    hidden = ACTIVATIONS[activation]((x / 4) @ first["kernel"] + first["bias"])
    np.testing.assert_allclose(network.apply(parameters, x), hidden @ last["kernel"] + last["bias"], atol=1e-14)


def test_maxout_is_the_largest_of_its_pieces():
    network = mlp(3, (4,), 1, maxout=5)
    parameters = network.init(jax.random.key(2))
    first, last = parameters["Dense_0"], parameters["Dense_1"]
    assert first["kernel"].shape == (3, 20)
    x = jax.random.normal(jax.random.key(3), (7, 3))
    pieces = (x @ first["kernel"] + first["bias"]).reshape(7, 4, 5)
    np.testing.assert_allclose(network.apply(parameters, x), pieces.max(-1) @ last["kernel"] + last["bias"], atol=1e-14)


@pytest.mark.parametrize("init", INITIALIZERS)
def test_initialisers_have_the_scale_that_they_say(init):
    kernel = mlp(400, (600,), 1, init=init, gain=0.5).init(jax.random.key(4))["Dense_0"]["kernel"]
    std = {"orthogonal": 0.5 / 600**0.5, "normal": 0.5, "glorot": 0.5 * (2 / 1000) ** 0.5, "lecun": 0.5 / 400**0.5}
    # 240,000 entries: the standard error of their deviation is 0.15 %; that of an orthogonal matrix is fixed.
    assert jnp.std(kernel) == pytest.approx(std[init], rel=0.01)


def test_batch_normalisation_keeps_no_memory():
    network = mlp(3, (6,), 2, batch_norm=True)
    parameters = network.init(jax.random.key(5))
    assert set(parameters) == {"Dense_0", "BatchNorm_0", "Dense_1"}
    x = jax.random.normal(jax.random.key(6), (50, 3))
    np.testing.assert_array_equal(network.apply(parameters, x), network.apply(parameters, x))
    shifted = network.apply(parameters, 3 * x)  # the scale of a layer's input is normalised away
    np.testing.assert_allclose(shifted, network.apply(parameters, x), atol=1e-4)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"activation": "sine"}, "one of relu, tanh"),
        ({"init": "zeros"}, "one of orthogonal, normal"),
        ({"gain": 0.0}, "has to be positive"),
        ({"maxout": 0}, "sizes are 1 or more"),
        ({"hidden": 8}, "The hidden layers are 8; give a sequence of their widths"),
        ({"hidden": "8"}, "The hidden layers are '8'; give a sequence of their widths"),
    ],
)
def test_wrong_arguments_are_told(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        mlp(**{"inputs": 2, "hidden": (3,), "outputs": 1, **wrong})
