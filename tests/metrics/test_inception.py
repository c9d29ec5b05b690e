"""Weights of InceptionV3 in files, with the names and axes of PyTorch."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.metrics import Inception, inception_network, safetensors
from gangame.metrics.inception import _read, from_torch
from gangame.nets import Network, inception_v3

RNG = np.random.default_rng(0)
SHAPES = {
    "Mixed_7c.branch3x3_2a.conv.weight": (384, 384, 1, 3),
    "Mixed_7c.branch3x3_2a.bn.weight": (384,),
    "Mixed_7c.branch3x3_2a.bn.bias": (384,),
    "Mixed_7c.branch3x3_2a.bn.running_mean": (384,),
    "Mixed_7c.branch3x3_2a.bn.running_var": (384,),
    "fc.weight": (1008, 2048),
    "fc.bias": (1008,),
}


@pytest.fixture(scope="module")
def arrays():
    return {name: RNG.normal(size=shape).astype(np.float32) for name, shape in SHAPES.items()}


@pytest.fixture(scope="module")
def like():
    whole = jax.eval_shape(inception_v3().init, jax.random.key(0))
    return {"Mixed_7c": {"branch3x3_2a": whole["Mixed_7c"]["branch3x3_2a"]}, "fc": whole["fc"]}


@pytest.mark.parametrize("form", ["npz", "safetensors"])
def test_weights_of_pytorch_come_to_their_places(arrays, like, form, tmp_path):
    path = tmp_path / f"weights.{form}"
    if form == "npz":
        np.savez(path, **arrays, **{"Mixed_7c.branch3x3_2a.bn.num_batches_tracked": np.asarray(0)})
    else:
        safetensors.write(path, arrays, {})
    found = from_torch(_read(path), like, path)
    own = found["Mixed_7c"]["branch3x3_2a"]
    name = "Mixed_7c.branch3x3_2a"
    np.testing.assert_array_equal(own["kernel"][0, 2, 5, 7], arrays[f"{name}.conv.weight"][7, 5, 0, 2])
    for ours, theirs in {"scale": "weight", "bias": "bias", "mean": "running_mean", "variance": "running_var"}.items():
        np.testing.assert_array_equal(own[ours], arrays[f"{name}.bn.{theirs}"])
    np.testing.assert_array_equal(found["fc"]["kernel"], arrays["fc.weight"].T)


@pytest.mark.parametrize("damage", [lambda content: content[:200], lambda content: b"", lambda content: b"no zip"])
def test_a_damaged_npz_is_told(damage, tmp_path):
    path = tmp_path / "weights.npz"
    np.savez(path, kernel=np.ones(300))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"weights.npz is damaged, or no \.npz file"):
        _read(path)


def test_a_flipped_bit_and_pickles_are_told(tmp_path):
    path = tmp_path / "weights.npz"
    np.savez(path, kernel=np.ones(300))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is damaged, or holds no plain arrays: Bad CRC"):
        _read(path)
    np.savez(path, kernel=np.array([{}]))
    with pytest.raises(ValueError, match="holds no plain arrays"):
        _read(path)


def test_files_that_do_not_fit_are_told(arrays, like, tmp_path):
    path = Path("weights.npz")
    with pytest.raises(ValueError, match=r"weights.npz holds no fc.bias; it has to hold the weights of pytorch-fid"):
        from_torch({name: array for name, array in arrays.items() if name != "fc.bias"}, like, path)
    with pytest.raises(ValueError, match=r"fc.weight in weights.npz has the shape \(1000, 2048\)"):
        from_torch({**arrays, "fc.weight": arrays["fc.weight"][:1000]}, like, path)
    with pytest.raises(ValueError, match="could not be read: No such file"):
        inception_network(tmp_path / "none.npz")


def test_images_are_resized_and_get_three_channels():
    """What is in the middle of a bilinear enlargement is between the corners; the last layer has no bias for scores."""
    network = Network(lambda key: {}, lambda own, x: x[:, 0, 0], lambda own, x: x[:, 149, 149])
    parameters = {"fc": {"kernel": jnp.asarray(RNG.normal(size=(3, 5)), jnp.float32), "bias": jnp.arange(5.0)}}
    images = jnp.asarray(RNG.uniform(-1, 1, (3, 2, 2, 1)))
    judge = Inception(parameters, network)
    middle, probabilities = jax.jit(lambda judge, images: (judge.features(images), judge.probabilities(images)))(
        judge, images
    )
    np.testing.assert_allclose(middle, np.repeat(np.mean(images, axis=(1, 2)), 3, axis=1), atol=1e-6)
    odds = np.exp(np.asarray(middle) @ parameters["fc"]["kernel"])
    np.testing.assert_allclose(probabilities, odds / odds.sum(axis=1, keepdims=True), atol=1e-6)
    with pytest.raises(ValueError, match=r"Images have the shape \(3, 2, 2\)"):
        judge.features(images[..., 0])
