"""Compiled programs that outlive the process, so that the second start of a known run does not compile again."""

import contextlib
import os
import warnings
from pathlib import Path

import jax

VARIABLE = "GANGAME_CACHE"
MOST_BYTES = 2**30


def keep_compiled() -> Path | None:
    """Has JAX keep what it compiles in the user's cache folder, and returns that folder.

    The variable GANGAME_CACHE names another folder; empty or "off" keeps nothing, and a folder that cannot be written
    keeps nothing in silence, since nothing but time is lost. A folder that JAX has been given already stays (its own
    JAX_COMPILATION_CACHE_DIR). Entries go by program, versions, flags and device, so that a changed one compiles anew.
    """
    asked = os.environ.get(VARIABLE)
    if asked is not None and asked.strip().lower() in ("", "off", "0", "no", "false", "none"):
        return None
    if already := os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        return Path(already)
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(asked or f"{home}/gangame/compiled").expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    if not os.access(folder, os.W_OK | os.X_OK):
        return None
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
