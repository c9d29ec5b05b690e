"""Compiled programs that outlive the process, so that the second start of a known run does not compile again."""

import contextlib
import os
import warnings
from pathlib import Path

import jax

from gangame import user_cache

MOST_BYTES = 2**30


def keep_compiled() -> Path | None:
    """Has JAX keep what it compiles in the user's cache folder, and returns that folder; see `gangame.user_cache`.

    A folder that JAX has been given already stays (its own JAX_COMPILATION_CACHE_DIR). Entries go by program,
    versions, flags and device, so that a changed one compiles anew.
    """
    folder = user_cache.folder("compiled")
    if folder is None:
        return None
    if already := os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        return Path(already)
    _make_room(folder)
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
    # An entry that cannot be read or written costs the time to compile, and no words.
    jax.config.update("jax_raise_persistent_cache_errors", False)
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache")
    return folder


def _make_room(folder: Path) -> None:
    """Drops the oldest entries while they are more than `MOST_BYTES` together."""
    found = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):  # another process may have dropped it
            status = path.stat()
            found.append((status.st_mtime, status.st_size, path))
    excess = sum(size for _, size, _ in found) - MOST_BYTES
    for _, size, path in sorted(found):
        if excess <= 0:
            break
        with contextlib.suppress(OSError):
            path.unlink()
        excess -= size
