"""Where images are read from, on the side of the host: all of them the same way, some at a time."""

import concurrent.futures
import os
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np


class Source(Protocol):
    """Images that can be read in any order."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of one image."""

    @property
    def white(self) -> int:
        """The value of a pixel that is to become 1."""

    @property
    def size(self) -> int:
        """How many images there are."""

    def take(self, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns pixels `[len(index), height, width, channels]`, uint8, and labels `[len(index)]`, int32."""


class Facts(NamedTuple):
    """What has to be known of a set of images.

    Attributes:
      name: the name that it is asked for by.
      content: what the images are.
      classes: names of the classes, in the order of the labels.
      licence: under which terms they may be used, as far as their authors say.
      source: where they come from.
      split: which of them are for training and which for testing; always the same ones.
    """

    name: str
    content: str
    classes: tuple[str, ...]
    licence: str
    source: str
    split: str


class Found(NamedTuple):
    """A set of images that has been found, of which none need have been read."""

    train: Source
    test: Source
    facts: Facts


class Stored(NamedTuple):
    """Images that are an array, in memory or mapped from a file."""

    pixels: np.ndarray
    labels: np.ndarray
    white: int = 255

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        _, height, width, channels = self.pixels.shape
        return height, width, channels

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.pixels)

    def take(self, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns pixels and labels."""
        return self.pixels[index], self.labels[index].astype(np.int32)


class Opened(NamedTuple):
    """Images that are read and decoded one by one, by as many threads as there are cores.

    Attributes:
      read: `read(i) -> (pixels [height, width, channels], label)`; decoders let other threads run meanwhile.
      size: how many there are.
      shape: height, width, channels.
      white: the value of a white pixel.
    """

    read: Callable[[int], tuple[np.ndarray, int]]
    size: int
    shape: tuple[int, int, int]
    white: int = 255

    def take(self, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns pixels and labels."""
        pixels = np.empty((len(index), *self.shape), np.uint8)
        labels = np.empty(len(index), np.int32)

        def put(place: int) -> None:
            pixels[place], labels[place] = self.read(int(index[place]))

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
            for _ in threads.map(put, range(len(index))):  # asked for one by one, so that an error is raised
                pass
        return pixels, labels


def every_fifth(pixels: np.ndarray, labels: np.ndarray, white: int = 255) -> tuple[Stored, Stored]:
    """Returns the images for training and those for testing: of each class every fifth, in the order of the set.

    Args:
      pixels: `[num_images, height, width, channels]`.
      labels: `[num_images]`.
      white: the value of a white pixel.
    """
    tests = np.zeros(len(labels), bool)
    for each in np.unique(labels):
        tests[np.flatnonzero(labels == each)[4::5]] = True
    labels = labels.astype(np.int32)
    return Stored(pixels[~tests], labels[~tests], white), Stored(pixels[tests], labels[tests], white)


EVERY_FIFTH = "test: every fifth image of each class, in the order of the set; train: the others"
