import jax
import jax.numpy as jnp
import numpy as np

from gangame import nets


def test_classes_have_lengths_and_what_has_lengths_gets_no_others():
    network = nets.dcgan_discriminator(
        8, 1, width=2, num_classes=3, projection=True, minibatch="discrimination", norm="none"
    )
    parameters = jax.eval_shape(nets.weight_normalised(network).init, jax.random.key(0))
    assert parameters["Projection_0"]["kernel_length"].shape == (3,)
    assert set(parameters["MinibatchDiscrimination_0"]) == {"directions", "log_length", "bias"}


def test_it_starts_as_the_plain_network_and_has_columns_of_the_lengths_that_it_is_given():
    plain = nets.mlp(3, (5,), 2, squash="sigmoid")
    network = nets.mlp(3, (5,), 2, squash="sigmoid", weight_norm=True)
    x = jax.random.normal(jax.random.key(1), (7, 3))

    @jax.jit
    def measured(key):
        parameters = network.init(key)
        longer = {name: {**layer, "kernel": 3 * layer["kernel"]} for name, layer in parameters.items()}
        slopes = jax.grad(lambda own: jnp.sum(network.apply(own, x) ** 2))(parameters)
        outputs = plain.apply(plain.init(key), x), network.apply(parameters, x), network.apply(longer, x)
        return parameters, slopes, outputs, network.features(parameters, x)

    parameters, slopes, (expected, outputs, scaled), features = measured(jax.random.key(0))
    np.testing.assert_allclose(outputs, expected, atol=1e-14)
    np.testing.assert_allclose(scaled, expected, atol=1e-14)
    for name, layer in parameters.items():
        assert set(layer) == {"kernel", "kernel_length", "bias"}
        np.testing.assert_allclose(jnp.sum(layer["kernel"] * slopes[name]["kernel"], axis=0), 0, atol=1e-14)
        assert np.all(slopes[name]["kernel_length"] != 0)
    last = parameters["Dense_1"]
    column = last["kernel"] / np.linalg.norm(last["kernel"], axis=0) * last["kernel_length"]
    np.testing.assert_allclose(1 / (1 + np.exp(-(features @ column + last["bias"]))), outputs, atol=1e-14)
