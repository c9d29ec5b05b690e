"""The shipped classifiers: what they name, what they weigh, and what becomes of damaged files."""

import importlib.util
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data, metrics, nets
from gangame.metrics import feature_networks, safetensors

RESULTS = Path(__file__).parents[2] / "experiments/results/feature_classifiers"
NAMES = {
    "digits": RESULTS / "results.json",
    "mnist_5000": RESULTS / "results.json",
    "animals": RESULTS / "animals" / "results.json",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_network_names_held_out_images_as_well_as_is_said(name):
    if name == "animals" and importlib.util.find_spec("animal_mnist") is None:
        pytest.skip("the package animal-mnist, which no extra installs, is not there")
    network, test = metrics.feature_network(name), data.images(name).test
    chosen = slice(None, None, 2)
    images, labels = test.scaled(test.pixels[chosen]).astype(jnp.float32), test.labels[chosen]
    logits, features = jax.jit(lambda network, x: (network.logits(x), network.features(x)))(network, images)
    right = int(np.sum(np.asarray(logits).argmax(axis=1) == np.asarray(labels)))
    low, high = metrics.wilson(network.right, network.tested)
    assert high - low < 0.04
    assert metrics.wilson(right, len(labels))[1] > low
    assert network.right / network.tested > 0.95
    said = json.loads(NAMES[name].read_text())["measured"][name]
    assert said["accuracy_wilson_95"][0] == pytest.approx(network.right / network.tested)
    assert said["test_images"] == network.tested == len(test.labels)
    assert features.shape == (len(images), 64)
    assert jnp.all(features >= 0)
    assert logits.dtype == features.dtype == jnp.float32


def test_shipped_files_are_small_and_all_of_them_are_known():
    paths = list(feature_networks.FOLDER.iterdir())
    assert {path.name for path in paths} == {f"{name}.safetensors" for name in NAMES}
    for path in paths:
        assert path.stat().st_size <= 2e6
        _, texts = safetensors.read(path)
        assert texts["images"] == path.stem
        assert texts["licence"]


def test_flat_images_are_the_same_and_many_are_cut_into_blocks(monkeypatch):
    monkeypatch.setattr(feature_networks, "BLOCK", 4)
    network, images = metrics.feature_network("digits"), data.images("digits").test(jax.random.key(0), 10)
    logits = network.logits(images)
    np.testing.assert_allclose(network.logits(images.reshape(10, -1)), logits, rtol=1e-12)
    np.testing.assert_allclose(network.network.apply(network.parameters, images), logits, rtol=1e-9)
    np.testing.assert_array_equal(network.classes(images), np.asarray(logits).argmax(axis=1))
    np.testing.assert_allclose(jnp.sum(network.probabilities(images), axis=1), np.ones(10))


def test_the_format_is_what_its_page_says(tmp_path):
    path = tmp_path / "some.safetensors"
    arrays = {"b": np.arange(6, dtype=np.float16).reshape(2, 3), "a": np.array(7, np.int32)}
    safetensors.write(path, arrays, {"who": "we"})
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header, rest = json.loads(content[8 : 8 + size]), content[8 + size :]
    assert size % 8 == 0
    assert header["b"] == {"dtype": "F16", "shape": [2, 3], "data_offsets": [4, 16]}
    assert rest[:4] == (7).to_bytes(4, "little")
    np.testing.assert_array_equal(np.frombuffer(rest[4:], np.float16).reshape(2, 3), arrays["b"])
    found, texts = safetensors.read(path)
    assert texts["who"] == "we"
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def cut(content):
    return content[:-10]


def flipped(content):
    return content[:-1] + bytes([content[-1] ^ 1])


def huge(content):
    return (2**40).to_bytes(8, "little") + content[8:]


def no_texts(content):
    header = json.dumps({safetensors.METADATA: 3}).encode()
    return len(header).to_bytes(8, "little") + header


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (cut, "lies outside"), (flipped, "SHA-256 is another"), (huge, "header is longer"), (bytes.upper, "damaged"),
        (no_texts, "damaged"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_told(damage, sentence, tmp_path):
    path = tmp_path / "digits.safetensors"
    path.write_bytes(damage((feature_networks.FOLDER / path.name).read_bytes()))
    with pytest.raises(ValueError, match=sentence):
        metrics.feature_network(path)


def test_what_does_not_fit_is_told(tmp_path):
    with pytest.raises(ValueError, match="name is 'cats'; it has to be one of animals, digits, mnist_5000, or"):
        metrics.feature_network("cats")
    with pytest.raises(ValueError, match="No such file or directory; check the path"):
        metrics.feature_network(tmp_path / "none.safetensors")
    with pytest.raises(ValueError, match="holds object; it has to be one of"):
        safetensors.write(tmp_path / "no", {"a": np.array([None])}, {})
    safetensors.write(tmp_path / "other.safetensors", {"a": np.zeros(3)}, {})
    with pytest.raises(ValueError, match="not of such a network"):
        metrics.feature_network(tmp_path / "other.safetensors")
    about = {"size": 8, "channels": 1, "num_classes": 3}
    parameters = nets.image_classifier(**about).init(jax.random.key(0))
    feature_networks.save(tmp_path / "own.safetensors", about, parameters, 1, 2, {})
    assert metrics.feature_network(tmp_path / "own.safetensors").logits(jnp.zeros((1, 8, 8, 1))).shape == (1, 3)
    feature_networks.save(tmp_path / "own.safetensors", {**about, "width": 2}, parameters, 1, 2, {})
    with pytest.raises(ValueError, match="other arrays"):
        metrics.feature_network(tmp_path / "own.safetensors")
    with pytest.raises(ValueError, match=r"shape \(2, 9\); this network sees images of \(8, 8, 1\)"):
        metrics.feature_network("digits").logits(jnp.zeros((2, 9)))
