"""Normalisations against the formulas of the papers, and what depends on the rest of a batch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import games, nets
from gangame.nets.norms import (
    BatchNorm,
    ConditionalBatchNorm,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    ReferenceBatchNorm,
    VirtualBatchNorm,
)

RNG = np.random.default_rng(0)
NUM = 5
"""How many references there are."""


def standard(x, axes, of=None):
    of = x if of is None else of
    return (x - of.mean(axis=axes, keepdims=True)) / np.sqrt(of.var(axis=axes, keepdims=True) + 1e-5)


def test_norms_are_their_formulas_and_the_virtual_one_is_that_of_the_virtual_batch():
    x, classes = RNG.standard_normal((9, 2, 3, 6)) * 2 + 1, np.eye(2)[[0, 1, 1, 0, 1, 0, 0, 1, 1]]
    layers = [BatchNorm(), LayerNorm(), InstanceNorm(), GroupNorm(num_groups=4)]
    parameters = {"scale": RNG.standard_normal((2, 6)), "bias": RNG.standard_normal((2, 6))}

    @jax.jit
    def measured(x, flat):
        plain = [layer.standardised(x) for layer in layers]
        conditional = ConditionalBatchNorm().apply({"params": parameters}, x, classes)
        with_references = [
            layer(num_references=NUM).standardised(y)
            for layer in (ReferenceBatchNorm, VirtualBatchNorm)
            for y in (x, flat)
        ]
        return plain, conditional, with_references

    flat = x[:, 0, 0]
    (batch, layer, instance, group), conditional, (reference, reference_flat, virtual, virtual_flat) = measured(x, flat)
    np.testing.assert_allclose(batch, standard(x, (0, 1, 2)), atol=1e-12)
    np.testing.assert_allclose(layer, standard(x, (1, 2, 3)), atol=1e-12)
    np.testing.assert_allclose(instance, standard(x, (1, 2)), atol=1e-12)
    # Six channels do not divide into four groups, but into three.
    np.testing.assert_allclose(group, standard(x.reshape(9, 2, 3, 3, 2), (1, 2, 4)).reshape(x.shape), atol=1e-12)
    scale, bias = (classes @ parameters[name] for name in ("scale", "bias"))
    np.testing.assert_allclose(
        conditional, standard(x, (0, 1, 2)) * scale[:, None, None] + bias[:, None, None], atol=1e-12
    )
    for values, by_reference, by_virtual in ((x, reference, virtual), (flat, reference_flat, virtual_flat)):
        axes = tuple(range(values.ndim - 1))
        np.testing.assert_allclose(by_reference, standard(values, axes, of=values[:NUM]), atol=1e-12)
        np.testing.assert_allclose(by_virtual[:NUM], standard(values[:NUM], axes), atol=1e-12)
        for index in range(NUM, 9):
            together = np.concatenate([values[index : index + 1], values[:NUM]])
            np.testing.assert_allclose(by_virtual[index], standard(together, axes)[0], atol=1e-12)


def test_a_sample_is_the_same_in_any_batch_but_with_batch_normalisation():
    reference, z, others = (jnp.asarray(RNG.standard_normal((n, 3))) for n in (NUM, 2, 6))
    made = {
        norm: nets.dcgan_generator(8, 1, 3, width=2, norm=norm, reference=None if norm == "batch" else reference)
        for norm in ("batch", "reference", "virtual")
    }

    @jax.jit
    def differences(key, z, others):
        def largest(network):
            # Kernels of N(0, 0.02²) give images of nearly nothing; these are of the size of trained ones.
            parameters = jax.tree.map(lambda leaf: leaf * 20, network.init(key))
            alone, beside = (network.apply(parameters, batch)[:2] for batch in (z, jnp.concatenate([z, others])))
            return jnp.max(jnp.abs(alone - beside))

        return {norm: largest(network) for norm, network in made.items()}

    found = differences(jax.random.key(0), z, others)
    assert found["batch"] > 1e-2
    assert max(found["reference"], found["virtual"]) < 1e-12


def test_a_reference_batch_is_a_leaf_of_the_game_and_no_part_of_a_minibatch():
    reference = jnp.asarray(RNG.standard_normal((NUM, 2)))
    data = jax.tree_util.Partial(lambda key, n: jax.random.normal(key, (n, 2)))
    generator = nets.mlp(2, (4,), 2, norm="virtual", reference=reference)
    discriminator = nets.mlp(2, (4,), 1, norm="reference", reference=reference, minibatch="discrimination")
    spectral = nets.spectrally_normalised(discriminator)
    game = games.gan(generator, spectral, data, latent_dim=2, batch_size=4)
    # Outputs and features of both networks have it.
    assert sum(leaf is reference for leaf in jax.tree.leaves(game.losses)) == 4
    players = jax.eval_shape(game.init, jax.random.key(0))
    batch = jax.eval_shape(game.sample, jax.random.key(0))
    program = jax.make_jaxpr(lambda losses, players, batch: losses(players, batch))(game.losses, players, batch)
    assert max((np.size(constant) for constant in program.consts), default=0) < reference.size
    assert jax.eval_shape(discriminator.features, players["discriminator"], batch["real"]).shape == (4, 4)
    # One alone has no neighbours: its minibatch features are their biases, −1 at the start.
    parameters = discriminator.init(jax.random.key(0))
    kernel = parameters["Dense_1"]["kernel"]
    x = jnp.ones((1, 2))
    np.testing.assert_allclose(
        discriminator.apply(parameters, x),
        discriminator.features(parameters, x) @ kernel[:4] - jnp.sum(kernel[4:], axis=0),
        atol=1e-13,
    )


def test_a_reference_batch_has_labels_where_there_are_classes_of_either_form():
    points, labels, x, asked = jnp.ones((3, 2)), jnp.array([0, 1, 1]), jnp.ones((2, 2)), jnp.array([1, 0])
    hot = jnp.eye(2)

    def outputs(reference, inputs):
        network = nets.mlp(2, (), 1, norm="reference", reference=reference, num_classes=2)
        return network.apply({"Dense_0": {"kernel": jnp.arange(4.0)[:, None], "bias": jnp.zeros(1)}}, inputs)

    for theirs, own in ((labels, hot[asked]), (hot[labels], asked), (hot[labels], hot[asked])):
        np.testing.assert_array_equal(outputs((points, theirs), (x, own)), outputs((points, labels), (x, asked)))
    with pytest.raises(ValueError, match="Only the reference batch of this network has labels; give both"):
        outputs((points, labels), x)
    with pytest.raises(ValueError, match="num_classes is 2 and the reference batch has no labels; it is a pair"):
        outputs(points, (x, asked))
    with pytest.raises(ValueError, match="The reference batch is a tuple of 3, 2 entries"):
        outputs((points, asked), (x, asked))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"norm": "weight"}, "norm is 'weight'; it has to be one of none, batch"),
        ({"norm": "virtual"}, "norm is 'virtual' and there is no reference batch"),
        ({"reference": jnp.zeros((3, 2))}, "norm is 'none' and there is a reference batch"),
        ({"norm": "virtual", "reference": (jnp.zeros((3, 2)), jnp.arange(3))}, "num_classes is 0 and the reference"),
        ({"norm": "conditional"}, "it needs the number of classes"),
        ({"norm": "layer", "batch_norm": True}, "choose one of them"),
        ({"minibatch": "average"}, "minibatch is 'average'; it has to be one of none, discrimination, deviation"),
        ({"dtype": "int8"}, "dtype is 'int8'; it has to be bfloat16"),
        ({"num_classes": -1}, "num_classes is -1"),
    ],
)
def test_wrong_arguments_are_told(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        nets.mlp(2, (3,), 1, **wrong)
