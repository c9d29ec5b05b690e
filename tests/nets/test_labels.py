"""How networks take labels."""

import jax
import jax.numpy as jnp
import numpy as np

from gangame import nets

RNG = np.random.default_rng(0)
LABELS = jnp.array([2, 0, 1, 1])


def test_classes_stand_beside_inputs_or_choose_scales_and_are_one_hot_either_way():
    beside, conditional = (
        nets.mlp(3, (4,), 2, num_classes=3, norm=norm, activation="tanh") for norm in ("none", "conditional")
    )
    plain = nets.mlp(6, (4,), 2, activation="tanh")
    x, hot = jnp.asarray(RNG.standard_normal((4, 3))), jnp.eye(3)[LABELS]

    @jax.jit
    def measured(key):
        parameters, others = beside.init(key), conditional.init(key)
        by_label, by_weights, expected = (
            beside.apply(parameters, (x, LABELS)),
            beside.apply(parameters, (x, hot)),
            plain.apply(parameters, jnp.concatenate([x, hot], axis=1)),
        )
        scales = others["ConditionalBatchNorm_0"]["scale"]
        moved = {**others, "ConditionalBatchNorm_0": {"scale": scales.at[1].mul(3), "bias": scales * 0}}
        return by_label, by_weights, expected, [conditional.apply(own, (x, LABELS)) for own in (others, moved)]

    by_label, by_weights, expected, (before, after) = measured(jax.random.key(0))
    np.testing.assert_array_equal(by_label, by_weights)
    np.testing.assert_allclose(by_label, expected, atol=1e-14)
    changed = np.any(before != after, axis=1)
    np.testing.assert_array_equal(changed, LABELS == 1)


def test_the_projection_discriminator_adds_the_features_along_the_direction_of_the_class():
    network = nets.dcgan_discriminator(8, 1, width=2, num_classes=3, projection=True, norm="none")
    x = jnp.asarray(RNG.standard_normal((4, 8, 8, 1)))

    @jax.jit
    def measured(key):
        parameters = network.init(key)
        return parameters, network.apply(parameters, (x, LABELS)), network.features(parameters, (x, LABELS))

    parameters, logits, features = measured(jax.random.key(0))
    last = parameters["Dense_0"]
    directions = parameters["Projection_0"]["kernel"].T[LABELS]
    expected = features @ last["kernel"] + last["bias"] + jnp.sum(directions * features, axis=1, keepdims=True)
    np.testing.assert_allclose(logits, expected, atol=1e-14)
    assert directions.shape == features.shape == (4, 32)
