"""What a run will take, worked out from shapes before anything is allocated, against what there is."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax

from gangame import blocks
from gangame.core import PyTree
from gangame.lab.spec import UserError

COPIES = 3
"""Players and state exist before and after a piece, and once more while they are saved."""
SPARE = 0.9
"""Share of the free memory that a run may take."""
CHECKPOINTS = 4
"""Checkpoints on the disk at most, the one that is being written included."""


class NoRoomError(UserError):
    """Something does not fit, and nothing was allocated for it."""


def available() -> float:
    """Returns the bytes that a run may take on each device, the fullest of them, or infinity where nobody says."""
    free = []
    for device in blocks.devices():
        with contextlib.suppress(AttributeError, RuntimeError, KeyError, TypeError):
            statistics = device.memory_stats()
            free.append(statistics["bytes_limit"] - statistics["bytes_in_use"])
    return SPARE * min(free, default=_free_of_host())


def _free_of_host() -> float:
    free = float("inf")
    with contextlib.suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        free = 1024 * int(next(line for line in lines if line.startswith("MemAvailable")).split()[1])
    with contextlib.suppress(OSError, ValueError):  # what a container may take in all
        group = Path("/sys/fs/cgroup")
        limit = int((group / "memory.max").read_text(encoding="utf-8"))
        free = min(free, limit - int((group / "memory.current").read_text(encoding="utf-8")))
    return free


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """Turns an allocation beyond what is free into a MemoryError, where the system can, instead of the process' end."""
    try:
        import resource
    except ImportError:  # not on this system
        yield
        return
    free = _free_of_host()
    before = resource.getrlimit(resource.RLIMIT_AS)
    try:
        if free < 2**62:
            pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
            limit = pages * os.sysconf("SC_PAGE_SIZE") + int(SPARE * free)
            resource.setrlimit(resource.RLIMIT_AS, (min(limit, before[1]) if before[1] > 0 else limit, before[1]))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def tree_bytes(tree: PyTree) -> int:
    """Returns the bytes of all leaves of a tree of arrays or shapes."""
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))


def resident_bytes(program: Any, num_records: int) -> int:
    """Returns the bytes of players, state and records of all seeds, and of the buffers that they share."""
    shapes = program.shapes
    own = COPIES * tree_bytes((shapes.players, shapes.state)) + 2 * num_records * tree_bytes(program.record)
    return own + program.buffer_bytes


def working_bytes(compiled: Any) -> int:
    """Returns the bytes that XLA has planned for intermediate results, such as activations; 0 where it says nothing."""
    analysis = compiled.memory_analysis()
    return int(getattr(analysis, "temp_size_in_bytes", 0))


def check_resident(program: Any, num_records: int, limit: float) -> None:
    """Makes sure that what stays of all seeds fits; see `resident_bytes`.

    Raises:
      NoRoomError: it does not; the sentence says what is needed and what is there.
    """
    needed, num_seeds = resident_bytes(program, num_records), program.shapes.step.shape[0]
    if needed > limit:
        buffers = program.buffer_bytes
        fitting = max(int((limit - buffers) / ((needed - buffers) / num_seeds)), 0)
        smaller = "make the game smaller" if not buffers else "make the game or its buffer smaller"
        hint = f"--seeds {fitting} would fit" if fitting else f"not one seed would fit; {smaller}"
        what = "players, state and records" if not buffers else "players, state, records and two buffers of images"
        raise NoRoomError(
            f"{num_seeds:,} seeds need {written(needed)} for {what}, and {written(limit)} are there; {hint}."
        )


def check_lanes(num_lanes: int, needed: float, limit: float) -> None:
    """Makes sure that the runs of one vmapped program fit.

    Raises:
      NoRoomError: they do not.
    """
    if needed > limit:
        fitting = int(limit / needed * num_lanes)
        raise NoRoomError(
            f"{num_lanes:,} runs in one program need {written(needed)}, and {written(limit)} are there, so that "
            f"{fitting:,} would fit; take fewer (--lanes of gangame sweep, --seeds of gangame compare), fewer --jobs, "
            "or a smaller game."
        )


def seeds_together(num_seeds: int, together: int, resident: float, working: float, limit: float) -> int:
    """Returns how many seeds may be computed at a time.

    Args:
      num_seeds: all seeds.
      together: for how many at a time `working` is.
      resident: bytes of what stays.
      working: bytes of intermediate results, which grow with the number of seeds at a time.
      limit: bytes that there are.

    Raises:
      NoRoomError: no part of the seeds fits. A single seed is none: its program rounds in another way than that of
        many.
    """
    if resident + working <= limit:
        return together
    for parts in range(2, num_seeds // 2 + 1):
        part, rest = divmod(num_seeds, parts)
        if not rest and part < together and resident + working / together * part <= limit:
            return part
    raise NoRoomError(
        f"{num_seeds:,} seeds need {written(resident)} for players, state and records and {written(working)} for "
        f"activations, {written(limit)} are there, and no equal parts of at least two seeds fit; take fewer "
        "seeds, an even number of them, or a smaller batch."
    )


def check_disk(folder: Path, program: Any, num_records: int, num_snapshots: int) -> None:
    """Makes sure that checkpoints, snapshots and records of one rule have a place on the disk.

    Raises:
      NoRoomError: they do not.
    """
    shapes = program.shapes
    needed = CHECKPOINTS * tree_bytes((shapes.players, shapes.state)) + num_snapshots * tree_bytes(shapes.players)
    needed += num_records * tree_bytes(program.record)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise NoRoomError(
            f"Each rule needs up to {written(needed)} in {folder}, where {written(free)} are free; make room, or take "
            "fewer seeds or a larger --every."
        )


def written(number: float) -> str:
    """Returns a number of bytes as one reads it."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:,.3g} PB"
