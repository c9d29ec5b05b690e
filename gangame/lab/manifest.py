"""What says that a folder is as it was when it was written: the SHA-256 of every file in it, and of the list itself."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from gangame.lab import store

NAME = "manifest.json"


def write(folder: Path, facts: dict[str, Any]) -> None:
    """Writes the manifest of a folder that is complete, and facts about it; only then does the folder count.

    Every file is on the disk, not only on the way to it, before the manifest is.
    """
    content = {"facts": store.finite(facts), "files": _files(folder, sync=True)}
    store.write_json(folder / NAME, {**content, "sha256": _digest(content)})


def facts_of(folder: Path) -> dict[str, Any]:
    """Returns the facts that stand in a manifest, without a look at the files.

    Raises:
      UserError: there is no manifest, or it is damaged.
    """
    return _read(folder)["facts"]


def verified(folder: Path) -> dict[str, Any]:
    """Returns the facts that stand in a manifest, when all files are as they were.

    Raises:
      UserError: a file is missing, added, cut or changed; the sentence names the first such file.
    """
    content = _read(folder)
    with store.told(folder, "read"):
        found = _files(folder, sync=False)
    for name in sorted({*found, *content["files"]}):
        if name not in found:
            raise store.UserError(f"{folder} is damaged: its file {name} is missing.")
        if name not in content["files"]:
            raise store.UserError(f"{folder} is damaged: its file {name} was added.")
        if found[name] != content["files"][name]:
            raise store.UserError(f"{folder} is damaged: its file {name} is not what was written (checksum).")
    return content["facts"]


def _read(folder: Path) -> dict[str, Any]:
    path = folder / NAME
    if not path.exists():
        raise store.UserError(f"{folder} was not saved to its end: it has no {NAME}.")
    content = store.read_json(path)
    claimed = content.pop("sha256", None) if isinstance(content, dict) else None
    if claimed is None or claimed != _digest(content) or set(content) != {"facts", "files"}:
        raise store.UserError(f"{folder} is damaged: its file {NAME} is not what was written (checksum).")
    files = content["files"]
    if not isinstance(content["facts"], dict) or not isinstance(files, dict):
        raise store.UserError(f"{folder} is damaged: its file {NAME} is no list of files with facts about them.")
    return content


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _files(folder: Path, sync: bool) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != NAME and not path.name.endswith(store.PART):
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
                if sync:
                    os.fsync(file.fileno())
    return found
