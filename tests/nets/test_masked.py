"""Masked networks: which input an output depends on, and a masked perceptron in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import nets

RNG = np.random.default_rng(0)


def positive(network):
    """Parameters above zero: with ReLU nothing cancels, so an output depends on all that it is connected to."""
    shapes = jax.eval_shape(network.init, jax.random.key(0))
    return jax.tree.map(lambda leaf: jnp.asarray(RNG.uniform(0.5, 1.0, leaf.shape)), shapes)


def dependences(network, size, shape):
    """Returns `[outputs, inputs]`, whether one depends on the other."""
    parameters, point = positive(network), jnp.asarray(RNG.uniform(0.5, 1.0, size))
    slopes = jax.jit(jax.jacobian(lambda x: network.apply(parameters, x.reshape(1, *shape)).ravel()))(point)
    return np.asarray(slopes) != 0


@pytest.mark.parametrize("hidden", [(), (12,), (12, 9)])
def test_an_output_of_the_perceptron_depends_on_all_inputs_before_it_and_no_other(hidden):
    found = dependences(nets.masked_mlp(6, hidden), 6, (6,))
    np.testing.assert_array_equal(found, np.tri(6, k=-1, dtype=bool))


def test_the_perceptron_is_the_masked_one_of_the_paper():
    """Equations 8 to 13 of Germain et al., with hidden units numbered in turn, and direct connections."""
    network = nets.masked_mlp(4, (5,), activation="tanh")
    parameters = positive(network)
    first, second, direct = (jax.tree.map(np.asarray, parameters[f"MaskedDense_{layer}"]) for layer in range(3))
    numbers, places = np.array([1, 2, 3, 1, 2]), np.arange(1, 5)
    points = RNG.normal(size=(3, 4))
    hidden = np.tanh(points @ (first["kernel"] * (numbers >= places[:, None])) + first["bias"])
    expected = hidden @ (second["kernel"] * (places > numbers[:, None])) + second["bias"]
    expected += points @ (direct["kernel"] * (places > places[:, None])) + direct["bias"]
    np.testing.assert_allclose(network.apply(parameters, jnp.asarray(points)), expected, atol=1e-13)


def test_an_output_of_the_convolutions_depends_on_what_their_masks_reach_and_not_on_its_own_place():
    size, num_blocks = 5, 2
    found = dependences(
        nets.causal_convolutions(size, width=2, num_blocks=num_blocks, kernel_size=5), size**2, (size, size, 1)
    )

    def before(radius, own):
        steps = [(y, x) for y in range(-radius, 1) for x in range(-radius, radius + 1) if y < 0 or x < 0]
        return steps + [(0, 0)] * own

    reached = {(0, 0)}
    for steps in [before(2, False)] + [before(1, True)] * num_blocks:
        reached = {(y + down, x + right) for y, x in reached for down, right in steps}
    places = [(y, x) for y in range(size) for x in range(size)]
    expected = np.array([[(y - v, x - u) in reached for y, x in places] for v, u in places])
    # A way leads over places of the image only; from the middle column there is one for all that can be reached.
    middle = [index for index, (_, x) in enumerate(places) if x == size // 2]
    np.testing.assert_array_equal(found[middle], expected[middle])
    assert not (found & ~expected).any()
    assert not np.triu(found).any()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nets.masked_mlp(3, (0,)), r"hidden\[0\] is 0; it has to be 1 or more"),
        (lambda: nets.masked_mlp(3, (4,), activation="step"), "activation is 'step'; it has to be one of relu"),
        (lambda: nets.causal_convolutions(4, kernel_size=4), "kernel_size is 4; it has to be odd"),
    ],
)
def test_bad_sizes_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
