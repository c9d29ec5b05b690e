"""Files on disk, written so that an interruption or a full disk damages nothing, and read without trust."""

import contextlib
import errno
import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np

from gangame.core import PyTree
from gangame.lab.spec import UserError

PART = ".part"
"""How the name of a file ends that is being written; it begins with a dot."""
MOST_BYTES = 2**26
"""Size of a JSON file from which on it is nothing that gangame writes."""


class ForbiddenError(UserError):
    """A file may be fine, but this process may not touch it: nothing is to be concluded about what is in it."""


@contextlib.contextmanager
def told(path: Path, doing: str) -> Iterator[None]:
    """Turns an error of the file system into one sentence for the user."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        kind, hint = UserError, "the path, its permissions and free space"
        if isinstance(error, PermissionError):
            kind, hint = ForbiddenError, "the path and its permissions"
        elif isinstance(error, FileNotFoundError | NotADirectoryError):
            hint = "the path"
        raise kind(f"Could not {doing} {path}: {reason}; check {hint}.") from error


def first_line(error: Exception) -> str:
    """Returns what a library says about a failure, in so far as a person wants to read it."""
    text = " ".join(str(error).split("[")[0].split())
    return text if len(text) <= 300 else f"...{text[-300:]}"


def write(path: Path, content: bytes) -> None:
    """Writes a file so that it is there whole or not at all, whatever ends the process."""
    temporary = path.with_name(f".{path.name}{PART}")
    with told(path, "write"):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            _sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def append_line(path: Path, line: str) -> None:
    """Adds a line to a text file, on the disk before this returns; what an interrupted writer left is closed first."""
    with told(path, "append to"), path.open("ab+", buffering=0) as file:
        before = file.seek(0, os.SEEK_END)
        if before:
            file.seek(before - 1)
        torn = bool(before) and file.read(1) != b"\n"
        content = b"\n" * torn + line.encode() + b"\n"
        try:
            if file.write(content) != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        except OSError:
            file.truncate(before)
            raise


def _sync(folder: Path) -> None:
    """Puts the names in a folder on the disk, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_json(path: Path, content: Any) -> None:
    """Writes a JSON file, in standard JSON: what is not finite becomes null."""
    write(path, (json.dumps(finite(content), indent=2, ensure_ascii=False) + "\n").encode())


def read_json(path: Path) -> Any:
    """Returns the content of a JSON file, or raises a UserError."""
    with told(path, "read"):
        if path.stat().st_size > MOST_BYTES:
            raise UserError(f"{path} has more than {MOST_BYTES:,} bytes, which gangame never writes; restore it.")
        content = path.read_bytes()
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"{path} is damaged ({error}); restore it, or start the run again in another folder."
        ) from error


def read_config(folder: Path, what: str) -> Any:
    """Returns the content of the `config.json` of a folder.

    Args:
      folder: the folder.
      what: what it should be of, for messages.

    Raises:
      UserError: the folder is missing, or has no such file, or a damaged one.
    """
    path = folder / "config.json"
    with told(path, "read"):
        if not folder.exists():
            raise UserError(f"There is no folder {folder}; give the folder of a {what}, such as those in runs.")
        if not path.exists():
            raise UserError(f"{folder} holds no {what}, since it has no config.json; give the folder of a {what}.")
    return read_json(path)


def finite(content: Any) -> Any:
    """Returns the same content as standard JSON has it: what is not finite becomes null, a complex number its text."""
    if isinstance(content, dict):
        return {key: finite(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [finite(value) for value in content]
    if isinstance(content, (float, np.floating)):
        return float(content) if np.isfinite(content) else None
    if isinstance(content, np.integer):
        return int(content)
    if isinstance(content, complex):
        return str(content)
    return content


def save_tree(path: Path, tree: PyTree) -> None:
    """Writes the leaves of a tree, named by their place in it, and a checksum over them."""
    leaves = {name_of(place): np.asarray(leaf) for place, leaf in jax.tree_util.tree_leaves_with_path(tree)}
    buffer = io.BytesIO()
    content: dict[str, Any] = {f"leaf:{name}": leaf for name, leaf in leaves.items()}
    np.savez(buffer, checksum=np.array(_checksum(leaves)), **content)
    write(path, buffer.getvalue())


def load_tree(path: Path, like: PyTree) -> PyTree:
    """Returns the tree that `save_tree` wrote.

    Args:
      path: the file. Nothing in it is unpickled, and what claims other shapes than `like` is not allocated.
      like: a tree of the same structure, of arrays or of `jax.ShapeDtypeStruct`.

    Raises:
      UserError: the file is missing, damaged, or of another structure.
    """
    places, structure = jax.tree_util.tree_flatten_with_path(like)
    expected = {name_of(place): leaf for place, leaf in places}
    try:
        with told(path, "read"), zipfile.ZipFile(path) as archive:
            if {f"leaf:{name}.npy" for name in expected} != set(archive.namelist()) - {"checksum.npy"}:
                raise UserError(f"{path} does not belong to this run (other parameters); delete it.")
            leaves = {name: _member(archive, f"leaf:{name}.npy", leaf) for name, leaf in expected.items()}
            checksum = _member(archive, "checksum.npy", np.zeros((), "<U64"))
    except (ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise UserError(f"{path} is damaged ({error}); delete it.") from error
    if str(checksum) != _checksum(leaves):
        raise UserError(f"{path} is damaged (its checksum does not match); delete it.")
    return jax.tree_util.tree_unflatten(structure, [leaves[name] for name in expected])


def name_of(place: tuple) -> str:
    """Returns the name of a leaf, from its place in a tree."""
    return jax.tree_util.keystr(place, simple=True, separator="/") or "value"


def _member(archive: zipfile.ZipFile, name: str, like: Any) -> np.ndarray:
    """Returns an array of an archive, after a look at what its header claims."""
    dtype = np.dtype(like.dtype)
    with archive.open(name) as file:
        reader = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        shape, _, found = reader[np.lib.format.read_magic(file)](file)
    as_bytes = found.kind == dtype.kind == "V" and found.itemsize == dtype.itemsize  # as bfloat16 is written
    if shape != tuple(like.shape) or not (found == dtype or as_bytes):
        raise UserError(f"{archive.filename} does not belong to this run ({name} is {found}{list(shape)}); delete it.")
    with archive.open(name) as file:
        return np.lib.format.read_array(file, allow_pickle=False).view(dtype)


def _checksum(leaves: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(leaves):
        digest.update(f"{name} {leaves[name].dtype} {leaves[name].shape}".encode())
        digest.update(np.ascontiguousarray(leaves[name]).tobytes())
    return digest.hexdigest()
