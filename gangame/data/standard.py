"""The standard sets of images, through tensorflow-datasets, which downloads them once."""

import contextlib
import socket
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies

import numpy as np

from gangame.data.kept import kept
from gangame.data.pictures import squared
from gangame.data.shipped import EXTRA, missing
from gangame.data.sources import Facts, Found, Opened, Source

PREFIX = "tfds:"
"""How the name of any builder begins that is not in `STANDARD`."""


class ReadWhole(NamedTuple):
    """Images that are all read at the first question, and kept as arrays, which is quick the next time.

    Attributes:
      opened: where they are read.
      name: how the file in the cache begins.
      key: what else the images depend on.
    """

    opened: Source
    name: str
    key: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return self.opened.shape

    @property
    def white(self) -> int:
        """The value of a white pixel."""
        return self.opened.white

    @property
    def size(self) -> int:
        """How many there are."""
        return self.opened.size

    def take(self, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns pixels and labels."""

        def make() -> dict[str, np.ndarray]:
            pixels, labels = _told(self.name, lambda: self.opened.take(np.arange(self.size)))
            return {"pixels": pixels, "labels": labels}

        arrays = kept(self.name, self.key, make)
        return arrays["pixels"][index], arrays["labels"][index]


class Standard(NamedTuple):
    """What has to be known of a standard set and is not said by its builder."""

    content: str
    licence: str


STANDARD = {
    "mnist": Standard("70,000 handwritten digits, bright on black", (
        "CC BY-SA 3.0, copyright Yann LeCun and Corinna Cortes"
    )),
    "fashion_mnist": Standard("70,000 pieces of clothing, bright on black", "MIT, copyright Zalando SE"),
    "cifar10": Standard("60,000 photographs of ten kinds of things, 32×32, colour", "none stated"),
    "cifar100": Standard("60,000 photographs of a hundred kinds of things, 32×32, colour", "none stated"),
    "svhn_cropped": Standard("99,289 digits of house numbers, 32×32, colour", "for non-commercial use only"),
    "celeb_a": Standard("202,599 faces of celebrities, 218×178, colour", "for non-commercial research only"),
    "lsun": Standard("photographs of one kind of scene or thing, such as lsun/bedroom, of many sizes", "none stated"),
}  # fmt: skip


def standard(name: str, size: int | None = None, data_dir: str | None = None, whole: bool = True) -> Found:
    """Returns a set that tensorflow-datasets has a builder for, prepared by it if need be.

    Args:
      name: of `STANDARD`, or "tfds:BUILDER", each with "/CONFIG" where the builder has configurations.
      size: height and width to which the middle of each image is brought; `None` where all have one size.
      data_dir: where tensorflow-datasets keeps its data; `None` is its own default.
      whole: all images are going to be asked for at once.

    Raises:
      ValueError: the package is missing, the set cannot be prepared, or it has no images of a size.
    """
    builder = _prepared(name.removeprefix(PREFIX), data_dir)
    features, splits = builder.info.features, builder.info.splits
    if "image" not in features:
        raise ValueError(f"The set {name!r} has {', '.join(features)}, but no image.")
    if (kind := np.dtype(features["image"].np_dtype)) != np.uint8:
        raise ValueError(f"The images of {name!r} are of type {kind}; only those of 8 bits a channel are read.")
    height, width, channels = features["image"].shape
    if size is not None:
        height = width = size
    if height is None or width is None:
        raise ValueError(f"The images of {name!r} have different sizes; give size, to which all are brought.")
    labelled = "label" in features and hasattr(features["label"], "names")
    test = next((part for part in ("test", "validation") if part in splits), None)
    cuts = ("train", test) if test else ("train[:80%]", "train[80%:]")

    def source(split: str) -> Source:
        records = _told(name, lambda: builder.as_data_source(split=split))

        def read(i: int) -> tuple[np.ndarray, int]:
            record = records[i]
            pixels = record["image"]
            return pixels if size is None else squared(pixels, size), int(record["label"]) if labelled else 0

        opened = Opened(read, len(records), (height, width, channels))
        key = (builder.info.full_name, str(builder.data_dir), split, str(size))
        return ReadWhole(opened, builder.name, key) if whole else opened

    known = STANDARD.get(name.split("/")[0])
    facts = Facts(
        name=name,
        content=known.content if known else " ".join(builder.info.description.split()),
        classes=tuple(features["label"].names) if labelled else ("image",),
        licence=known.licence if known else "see the source",
        source=f"{builder.info.homepage}, through tensorflow-datasets ({builder.info.full_name})",
        split=f"train: {cuts[0]}; test: {cuts[1]}; as tensorflow-datasets has them",
    )
    return Found(source(cuts[0]), source(cuts[1]), facts)


def _prepared(name: str, data_dir: str | None) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the package and its parts warn of while they are imported
            import tensorflow_datasets as tfds
    except ImportError as error:
        raise missing("tensorflow-datasets", EXTRA) from error

    def prepare() -> Any:
        builder = tfds.builder(name, data_dir=data_dir, file_format="array_record")
        if not builder.is_prepared():
            _check_network(builder)
            builder.download_and_prepare()
        return builder

    return _told(name, prepare)


def _check_network(builder: Any) -> None:
    """Raises at once where there is no network; tensorflow-datasets tries again for minutes before it says so."""
    hosts = {urlsplit(url).hostname for url in builder.url_infos or {}}
    if not hosts or getproxies():  # a proxy knows names that are not known here
        return
    for host in hosts:
        with contextlib.suppress(OSError):
            socket.getaddrinfo(host, None)
            return
    raise ConnectionError(f"no network: {', '.join(sorted(map(str, hosts)))} cannot be found")


def _told(name: str, make: Callable[[], Any]) -> Any:
    """Calls a function of tensorflow-datasets, which raises a different error for each of: no network, no space, ..."""
    try:
        return make()
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"The set {name!r} could not be prepared by tensorflow-datasets ({reason[:200]}). It needs a network once, "
            "and most sets tensorflow as well (pip install tensorflow). Packages ship sets that need neither, such as "
            "'mnist_5000' and 'digits', see data.images, and there are your own folders."
        ) from error
