"""The folder of a run: everything on disk, written so that an interruption or a full disk damages nothing.

`config.json` says what was asked for, `status.json` how far it came, `records.jsonl` holds one line for each rule, seed
and record (`pandas.read_json(path, lines=True)`), `players/` the players at some steps, `checkpoints/` what `resume`
needs.
"""

import contextlib
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np

from gangame.core import PyTree
from gangame.lab.spec import UserError

RECORDS = "records.jsonl"


@contextlib.contextmanager
def told(path: Path, doing: str) -> Iterator[None]:
    """Turns an error of the file system into one sentence for the user."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(
            f"Could not {doing} {path}: {reason}; check the path, its permissions and free space."
        ) from error


def write(path: Path, content: bytes) -> None:
    """Writes a file so that it is there whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    with told(path, "write"):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Writes a JSON file, in standard JSON: what is not finite becomes null."""
    write(path, (json.dumps(_finite(content), indent=2, ensure_ascii=False) + "\n").encode())


def read_json(path: Path) -> Any:
    """Returns the content of a JSON file, or raises a UserError."""
    with told(path, "read"):
        text = path.read_text(encoding="utf-8")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(
            f"{path} is damaged ({error}); restore it, or start the run again in another folder."
        ) from error


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_finite(value) for value in content]
    if isinstance(content, (float, np.floating)):
        return float(content) if np.isfinite(content) else None
    if isinstance(content, np.integer):
        return int(content)
    if isinstance(content, complex):
        return str(content)
    return content


def append_records(folder: Path, lines: list[dict]) -> None:
    """Appends records, one JSON object in each line; on failure the file keeps the lines that it had."""
    path = folder / RECORDS
    content = "".join(json.dumps(_finite(line)) + "\n" for line in lines).encode()
    with told(path, "append to"), path.open("ab") as file:
        before = file.tell()
        try:
            file.write(content)
            file.flush()
        except OSError:
            file.truncate(before)
            raise


def read_records(folder: Path) -> list[dict]:
    """Returns all records; a last line that was cut off in the writing is left out."""
    path = folder / RECORDS
    if not path.exists():
        return []
    with told(path, "read"):
        lines = path.read_text(encoding="utf-8").splitlines()
    records = []
    for number, line in enumerate(lines, 1):
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError as error:
            if number < len(lines):
                raise UserError(f"{path} is damaged in line {number}; delete that line to use the others.") from error
    return records


def keep_records(folder: Path, rule: str, num_steps: int) -> None:
    """Drops the records of one rule beyond a step, which a resumed run will make again."""
    kept = [line for line in read_records(folder) if line["rule"] != rule or line["step"] <= num_steps]
    write(folder / RECORDS, "".join(json.dumps(line) + "\n" for line in kept).encode())


def save_tree(path: Path, tree: PyTree) -> None:
    """Writes the leaves of a tree, named by their place in it, and a checksum over them."""
    leaves = {
        jax.tree_util.keystr(place, simple=True, separator="/") or "value": np.asarray(leaf)
        for place, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }
    buffer = io.BytesIO()
    content: dict[str, Any] = {f"leaf:{name}": leaf for name, leaf in leaves.items()}
    np.savez(buffer, checksum=np.array(_checksum(leaves)), **content)
    write(path, buffer.getvalue())


def load_tree(path: Path, like: PyTree) -> PyTree:
    """Returns the tree that `save_tree` wrote.

    Args:
      path: the file.
      like: a tree of the same structure, of arrays or of `jax.ShapeDtypeStruct`.

    Raises:
      UserError: the file is missing, damaged, or of another structure.
    """
    try:
        with told(path, "read"), path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            leaves = {name.removeprefix("leaf:"): archive[name] for name in archive.files if name != "checksum"}
            intact = str(archive["checksum"]) == _checksum(leaves)
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} is damaged ({error}); delete it, and the run starts over from before it.") from error
    if not intact:
        raise UserError(f"{path} is damaged (its checksum does not match); delete it, and the run starts over.")
    places, structure = jax.tree_util.tree_flatten_with_path(like)
    names = [jax.tree_util.keystr(place, simple=True, separator="/") or "value" for place, _ in places]
    expected = {name: leaf for name, (_, leaf) in zip(names, places, strict=True)}
    if {name: leaf.shape for name, leaf in expected.items()} != {name: leaf.shape for name, leaf in leaves.items()}:
        raise UserError(f"{path} does not belong to this run (other parameters); start the run in another folder.")
    return jax.tree_util.tree_unflatten(structure, [leaves[name] for name in names])


def _checksum(leaves: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(leaves):
        digest.update(f"{name} {leaves[name].dtype} {leaves[name].shape}".encode())
        digest.update(np.ascontiguousarray(leaves[name]).tobytes())
    return digest.hexdigest()
