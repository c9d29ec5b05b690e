"""InceptionV3 by its published sizes, and its blocks against convolutions written out in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import nets
from gangame.nets.inception import MixedA, MixedD, MixedE

RNG = np.random.default_rng(0)


def test_it_has_the_parameters_of_the_published_network():
    network = nets.inception_v3()
    parameters = jax.eval_shape(network.init, jax.random.key(0))
    leaves = jax.tree.leaves(parameters)
    # torchvision's count with 1,000 classes and without its auxiliary classifier is 23,834,568; here there are 1,008
    # classes, and means and variances of 17,216 channels are parameters as well.
    assert sum(leaf.size for leaf in leaves) == 23_834_568 + 8 * 2049 + 2 * 17_216
    assert len(leaves) == 94 * 5 + 2
    images = jnp.zeros((2, 299, 299, 3))
    assert jax.eval_shape(network.features, parameters, images).shape == (2, 2048)
    assert jax.eval_shape(network.apply, parameters, images).shape == (2, 1008)


def convolved(x, own, strides=1, same=True):
    """ReLU(norm(convolution)), place by place."""
    kernel = np.asarray(own["kernel"])
    height, across = kernel.shape[:2]
    if same:
        x = np.pad(x, ((0, 0), (height // 2,) * 2, (across // 2,) * 2, (0, 0)))
    rows, columns = (x.shape[1] - height) // strides + 1, (x.shape[2] - across) // strides + 1
    out = np.zeros((len(x), rows, columns, kernel.shape[-1]))
    for i in range(height):
        for j in range(across):
            shifted = x[:, i : i + strides * rows : strides, j : j + strides * columns : strides]
            out += shifted[:, :rows, :columns] @ kernel[i, j]
    normal = (out - own["mean"]) / np.sqrt(own["variance"] + 1e-3)
    return np.maximum(normal * own["scale"] + own["bias"], 0)


def pooled(x, reduce, strides=1, same=True):
    """A function of the places of 3×3 that are inside."""
    n, height, width, channels = x.shape
    first = range(-1, height - 1) if same else range(0, height - 2, strides)
    second = range(-1, width - 1) if same else range(0, width - 2, strides)
    places = [
        reduce(x[:, max(i, 0) : i + 3, max(j, 0) : j + 3].reshape(n, -1, channels), axis=1)
        for i in first
        for j in second
    ]
    return np.stack(places, axis=1).reshape(n, len(first), len(second), channels)


def block_a(x, p):
    twice = convolved(convolved(x, p["branch3x3dbl_1"]), p["branch3x3dbl_2"])
    return [
        convolved(x, p["branch1x1"]),
        convolved(convolved(x, p["branch5x5_1"]), p["branch5x5_2"]),
        convolved(twice, p["branch3x3dbl_3"]),
        convolved(pooled(x, np.mean), p["branch_pool"]),
    ]


def block_d(x, p):
    seven = x
    for layer in (1, 2, 3):
        seven = convolved(seven, p[f"branch7x7x3_{layer}"])
    return [
        convolved(convolved(x, p["branch3x3_1"]), p["branch3x3_2"], 2, same=False),
        convolved(seven, p["branch7x7x3_4"], 2, same=False),
        pooled(x, np.max, 2, same=False),
    ]


def block_e(x, p):
    once = convolved(x, p["branch3x3_1"])
    twice = convolved(convolved(x, p["branch3x3dbl_1"]), p["branch3x3dbl_2"])
    return [
        convolved(x, p["branch1x1"]),
        *(convolved(once, p[f"branch3x3_2{half}"]) for half in "ab"),
        *(convolved(twice, p[f"branch3x3dbl_3{half}"]) for half in "ab"),
        convolved(pooled(x, np.max), p["branch_pool"]),
    ]


@pytest.mark.parametrize(("module", "expected"), [(MixedA(32), block_a), (MixedD(), block_d), (MixedE(True), block_e)])
def test_blocks_are_those_written_out(module, expected):
    x = RNG.normal(size=(1, 5, 6, 7))
    like = jax.eval_shape(lambda key: module.init(key, jnp.asarray(x)), jax.random.key(0))["params"]
    parameters = jax.tree_util.tree_map_with_path(
        lambda place, leaf: jnp.asarray(
            RNG.uniform(0.5, 2, leaf.shape) if place[-1].key == "variance" else RNG.normal(size=leaf.shape) / 8
        ),
        like,
    )
    found = module.apply({"params": parameters}, jnp.asarray(x))
    np.testing.assert_allclose(found, np.concatenate(expected(x, parameters), axis=-1), atol=1e-10)
