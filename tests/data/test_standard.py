import io
import socket
import sys
import warnings

import numpy as np
import pytest
from PIL import Image

from gangame import data

RANDOM = np.random.default_rng(0)
PIXELS = RANDOM.integers(0, 256, (30, 28, 28, 1), dtype=np.uint8)
LABELS = np.arange(30) % 10


@pytest.fixture(scope="module")
def tfds():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the package and its parts warn of while they are imported
        return pytest.importorskip("tensorflow_datasets")


@pytest.fixture(scope="module")
def prepared(tfds, tmp_path_factory):
    """A folder with a set that tensorflow-datasets has prepared, under the name of one that would be downloaded."""

    def encoded(image):
        file = io.BytesIO()
        Image.fromarray(image[..., 0]).save(file, format="PNG")
        file.seek(0)
        return file

    with tfds.core.registered.skip_registration():

        class Mnist(tfds.core.GeneratorBasedBuilder):
            name = "mnist"
            VERSION = tfds.core.Version("3.0.1")

            def _info(self):
                features = tfds.features.FeaturesDict(
                    {
                        "image": tfds.features.Image(shape=(28, 28, 1)),
                        "label": tfds.features.ClassLabel(num_classes=10),
                    }
                )
                return self.dataset_info_from_configs(features=features)

            def _split_generators(self, manager):
                return {"train": self._generate_examples(0, 20), "test": self._generate_examples(20, 30)}

            def _generate_examples(self, start, stop):
                for i in range(start, stop):
                    yield i, {"image": encoded(PIXELS[i]), "label": int(LABELS[i])}

    folder = str(tmp_path_factory.mktemp("tfds"))
    Mnist(data_dir=folder, file_format="array_record").download_and_prepare()
    return folder


def sorted_pixels(pixels):
    return sorted(each.tobytes() for each in np.asarray(pixels))


def test_a_prepared_set_is_read_and_kept(prepared, tfds, monkeypatch):
    found = data.images("mnist", data_dir=prepared)
    assert sorted_pixels(found.train.pixels) == sorted_pixels(PIXELS[:20])
    assert sorted_pixels(found.test.pixels) == sorted_pixels(PIXELS[20:])
    known = {pixels.tobytes(): label for pixels, label in zip(PIXELS, LABELS, strict=True)}
    assert [known[each.tobytes()] for each in np.asarray(found.train.pixels)] == found.train.labels.tolist()
    assert found.facts.classes == tuple("0123456789")
    assert found.facts.licence.startswith("CC BY-SA 3.0")
    assert "mnist/3.0.1" in found.facts.source

    class Never(str):
        """A split of which only the length may be asked for."""

        def __len__(self):
            return {"train": 20, "test": 10}[str(self)]

        def __getitem__(self, index):
            raise AssertionError("it has been read already")

    monkeypatch.setattr(tfds.core.DatasetBuilder, "as_data_source", lambda self, split: Never(split))
    with pytest.raises(ValueError, match="take 23,520 bytes, and most_bytes is 20,000"):
        data.images("tfds:mnist", data_dir=prepared, most_bytes=20_000)  # before anything is read
    again = data.images("mnist", data_dir=prepared)
    assert (again.train.pixels == found.train.pixels).all()


def test_a_prepared_set_is_resized_and_streamed(prepared):
    assert data.images("mnist", data_dir=prepared, size=5).test.pixels.shape == (10, 5, 5, 1)
    buffers = [data.stream("mnist", 10, data_dir=prepared).buffer(chunk).pixels for chunk in range(2)]
    assert sorted_pixels(np.concatenate(buffers)) == sorted_pixels(PIXELS[:20])


def test_another_builder_is_found_by_its_name(prepared):
    found = data.images("tfds:mnist", data_dir=prepared)
    assert found.train.pixels.shape == (20, 28, 28, 1)


def test_without_a_network_it_is_one_sentence_at_once(tfds, monkeypatch, tmp_path):
    def no_name(*arguments, **options):
        raise socket.gaierror("Name or service not known")

    def never(self, **options):
        raise AssertionError("it tries again for minutes")

    monkeypatch.setattr(socket, "getaddrinfo", no_name)
    monkeypatch.setattr("gangame.data.standard.getproxies", dict)
    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", never)
    with pytest.raises(
        ValueError, match=r"^The set 'cifar10' could not be prepared .*no network: .*cannot be found"
    ) as e:
        data.images("cifar10", data_dir=str(tmp_path))
    assert "\n" not in str(e.value)
    assert "'mnist_5000' and 'digits'" in str(e.value)


def test_a_failed_download_is_one_sentence_too(tfds, monkeypatch, tmp_path):
    def failed(self, **options):
        raise RuntimeError("no space left on device\nand a page of details")

    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments: [])
    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", failed)
    with pytest.raises(ValueError, match=r"could not be prepared .*no space left on device\)") as error:
        data.images("svhn_cropped", data_dir=str(tmp_path))
    assert "\n" not in str(error.value)


def test_an_unknown_builder_and_a_missing_package_are_told(tfds, monkeypatch, tmp_path):
    with pytest.raises(ValueError, match="'nothing' could not be prepared"):
        data.images("tfds:nothing", data_dir=str(tmp_path))
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(ValueError, match=r"need tensorflow-datasets, which is not installed: .*'gangame\[data\]'"):
        data.images("mnist")
