"""A user's folder of pictures."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gangame.data.pictures import decoded, opened
from gangame.data.sources import EVERY_FIFTH, Facts, Found, Opened

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".ppm", ".pgm", ".tif", ".tiff", ".webp")
PARTS = ("train", "test")


def folder(path: Path, size: int | None = None) -> Found:
    """Returns the pictures in a folder, none of which has been decoded.

    Args:
      path: the folder. The folders in it are the classes, in the order of their names; pictures that lie in it beside
        them, or alone, are a class of their own. Where it has two folders `train` and `test`, these are the split, and
        the classes are in them. Hidden files and folders, links to folders, and files that are not named as pictures
        are passed over.
      size: height and width to which the middle of each picture is brought; `None` where all have one size.

    Raises:
      ValueError: no such folder, nothing in it, a file that is no picture, or pictures of several sizes without `size`.
    """
    path = path.expanduser()
    if not path.is_dir():
        raise ValueError(f"There is no folder {path}; give the path of one with pictures in it.")
    split = all((path / part).is_dir() for part in PARTS)
    listed = {part: list(_listed(path / part)) for part in PARTS} if split else {"": list(_listed(path))}
    classes = sorted({name for files in listed.values() for name, _ in files})
    if not all(listed.values()):
        raise ValueError(f"{path} has no pictures {'for each of train and test ' * split}({', '.join(SUFFIXES)}).")
    channels, shape = _looked_at([file for files in listed.values() for _, file in files], size)
    parts = list(listed.values()) if split else _every_fifth(listed[""])
    if not all(parts):
        raise ValueError(
            f"{path} has fewer than five pictures of each class, and every fifth is for testing; add some, or split "
            "them into folders train and test."
        )

    def source(files: list[tuple[str, Path]]) -> Opened:
        def read(i: int) -> tuple[np.ndarray, int]:
            name, file = files[i]
            return decoded(file, str(file), channels, size), classes.index(name)

        return Opened(read, len(files), (*shape, channels))

    facts = Facts(
        name=str(path),
        content="pictures from a folder",
        classes=tuple(name or path.name for name in classes),
        licence="the user's to know",
        source=str(path),
        split="as the folders train and test have it" if split else EVERY_FIFTH.replace("the set", "the names"),
    )
    return Found(source(parts[0]), source(parts[1]), facts)


def _listed(path: Path) -> Iterator[tuple[str, Path]]:
    """Yields class and path of each picture, in the order of their names."""
    for place, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = Path(place).relative_to(path).parts
        for name in sorted(files):
            file = Path(place) / name
            if file.suffix.lower() in SUFFIXES and not name.startswith(".") and file.is_file():
                yield inside[0] if inside else "", file


def _looked_at(files: list[Path], size: int | None) -> tuple[int, tuple[int, int]]:
    """Returns channels, height and width of all pictures, from their headers."""
    channels, shapes = 1, set()
    for file in files:
        with opened(file, str(file)) as image:
            turned = image.getexif().get(0x0112, 1) >= 5  # the camera lay on its side
            shapes.add((image.width, image.height) if turned else (image.height, image.width))
            channels = max(channels, 1 if image.mode in ("1", "L", "LA") else 3)
    if size is not None:
        return channels, (size, size)
    if len(shapes) > 1:
        raise ValueError(f"The pictures have {len(shapes)} different sizes; give size, to which all are brought.")
    return channels, shapes.pop()


def _every_fifth(files: list[tuple[str, Path]]) -> list[list[tuple[str, Path]]]:
    train: list[tuple[str, Path]] = []
    test: list[tuple[str, Path]] = []
    seen = dict.fromkeys({name for name, _ in files}, 0)
    for name, file in files:
        seen[name] += 1
        (train if seen[name] % 5 else test).append((name, file))
    return [train, test]
