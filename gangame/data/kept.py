"""Arrays that are slow to make, kept in the user's cache folder: whole or not at all, and checked when read."""

import contextlib
import hashlib
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

from gangame import user_cache

Arrays = dict[str, np.ndarray]
MOST_BYTES = 2**36
"""Bytes that a file of arrays may claim to hold."""
DIGEST = "sha256"
"""Name of the array beside the others that holds the SHA-256 of them all."""


def kept(name: str, key: tuple[str, ...], make: Callable[[], Arrays], folder: Path | None = None) -> Arrays:
    """Returns arrays from the cache, or makes them and puts them there.

    What is damaged there is made again, and where nothing can be kept (GANGAME_CACHE=off, a full disk), every time.

    Args:
      name: how the file begins.
      key: what else the arrays depend on, such as the version of a package.
      make: returns the arrays.
      folder: where they are kept, which exists; `None` is the user's cache.
    """
    folder = user_cache.folder("data") if folder is None else folder
    if folder is None:
        return make()
    path = folder / f"{name}-{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.npz"
    with contextlib.suppress(OSError, ValueError):
        return read(path)
    arrays = make()
    with contextlib.suppress(OSError):
        write(path, arrays)
    return arrays


def write(path: Path, arrays: Arrays) -> None:
    """Writes a file of arrays with their digest, which appears under its name when all of it is on the disk.

    Raises:
      OSError: it cannot be written.
    """
    content: dict[str, Any] = {**arrays, DIGEST: np.frombuffer(digest(arrays), np.uint8)}
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def read(path: Path, most_bytes: int = MOST_BYTES) -> Arrays:
    """Returns the arrays of a file, none of which is unpickled.

    Args:
      path: the file, as `write` leaves it.
      most_bytes: how much they may take together; more is refused before it is allocated.

    Raises:
      OSError: it cannot be opened.
      ValueError: it is damaged, or claims too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            claimed = sum(_claimed_bytes(archive, name) for name in names)
            if claimed > most_bytes:
                raise ValueError(f"it claims {claimed:,} bytes, and {most_bytes:,} is the most")
            arrays = {name.removesuffix(".npy"): _member(archive, name) for name in names}
    except (ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged: {error}.") from error
    found = arrays.pop(DIGEST, np.zeros(0, np.uint8))
    if found.tobytes() != digest(arrays):
        raise ValueError(f"{path} is damaged: its SHA-256 is another one than the file says.")
    return arrays


def digest(arrays: Arrays) -> bytes:
    """Returns the SHA-256 of arrays, their names, types and shapes."""
    whole = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        whole.update(f"{name} {array.dtype.str} {array.shape};".encode())
        whole.update(np.ascontiguousarray(array).data)
    return whole.digest()


def header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    """Returns shape and type that the header of an array claims.

    Raises:
      ValueError: there is no such header.
    """
    version = np.lib.format.read_magic(file)
    reader = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
    if reader is None:
        raise ValueError(f"its arrays are in the format {version}, which is not known")
    shape, _, dtype = reader(file)
    return shape, dtype


def _claimed_bytes(archive: zipfile.ZipFile, name: str) -> int:
    with archive.open(name) as file:
        shape, dtype = header(file)
    return int(np.prod(shape, dtype=object)) * dtype.itemsize


def _member(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    with archive.open(name) as file:
        return np.lib.format.read_array(file, allow_pickle=False)
