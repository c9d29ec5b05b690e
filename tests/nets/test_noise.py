import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import nets

KEY, PARAMETERS = jax.random.key(0), {"Dense_0": {"kernel": jnp.eye(4), "bias": jnp.zeros(4)}}


def test_noise_and_dropout_are_what_they_say_and_only_with_a_key():
    noisy, dropped = nets.mlp(4, (), 4, noise=0.5), nets.mlp(4, (), 4, dropout=0.2)
    x = jnp.full((5000, 4), 3.0)

    @jax.jit
    def seen(key):
        return [network.with_key(key).apply(PARAMETERS, x) for network in (noisy, dropped)]

    (noise, drops), (other, _) = seen(KEY), seen(jax.random.key(1))
    for network in (noisy, dropped):
        assert network.stochastic
        np.testing.assert_array_equal(network.apply(PARAMETERS, x), x)
    # 20,000 normals: the standard error of their mean is 0.0035 and that of their deviation 0.0025; four of each.
    assert abs(jnp.mean(noise - x)) < 0.014
    assert abs(jnp.std(noise) - 0.5) < 0.01
    assert len(np.unique(noise)) == noise.size
    assert not np.any(noise == other)
    np.testing.assert_allclose(np.unique(drops), [0, 3.75])
    assert abs(np.mean(np.asarray(drops) == 0) - 0.2) < 4 * np.sqrt(0.16 / drops.size)


def test_each_layer_has_its_own_noise_and_features_are_those_before_the_last():
    network = nets.mlp(3, (4,), 1, noise=(0.0, 0.3), activation="tanh")
    silent = nets.mlp(3, (4,), 1, activation="tanh")
    assert not silent.stochastic
    parameters = network.init(KEY)
    x = jax.random.normal(KEY, (6, 3))
    drawn = network.with_key(KEY)
    features = drawn.features(parameters, x)
    np.testing.assert_array_equal(features, silent.features(parameters, x))
    kernel = parameters["Dense_1"]["kernel"]
    moved = drawn.apply(parameters, x) - features @ kernel
    assert np.all(moved != 0)
    np.testing.assert_array_equal(network.apply(parameters, x), silent.apply(parameters, x))


def test_noise_may_be_an_array_and_traced():
    x, numbers = jnp.ones((2, 3)), np.array([0.5, 0.0])
    first, last = {"kernel": jnp.eye(3), "bias": jnp.zeros(3)}, {"kernel": jnp.ones((3, 1)), "bias": jnp.zeros(1)}
    parameters = {"Dense_0": first, "Dense_1": last}

    def seen(noise):
        return nets.mlp(3, (3,), 1, noise=noise).apply(parameters, x, KEY)

    expected = seen((0.5, 0.0))
    for given in (numbers, jnp.asarray(numbers)):
        np.testing.assert_array_equal(seen(given), expected)
    np.testing.assert_allclose(jax.jit(seen)(numbers), expected, rtol=1e-14)
    np.testing.assert_array_equal(seen(jnp.asarray(0.5)), seen(0.5))
    assert not nets.mlp(3, (3,), 1, noise=np.zeros(2)).stochastic


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"noise": -1.0}, r"noise is -1.0; each has to be 0 or more\."),
        ({"noise": (0.1, 0.2, 0.3)}, "which is 3 numbers; give one for all, or 2"),
        ({"noise": np.ones(3)}, "which is 3 numbers; give one for all, or 2"),
        ({"noise": "much"}, "noise is much; each has to be 0 or more"),
        ({"noise": np.ones((2, 2))}, "each has to be 0 or more"),
        ({"dropout": 1.0}, r"dropout is 1.0; each has to be 0 or more and below 1\."),
        ({"squash": "relu"}, "squash is 'relu'; it has to be one of tanh, sigmoid"),
    ],
)
def test_wrong_arguments_are_told(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        nets.mlp(2, (3,), 1, **wrong)
