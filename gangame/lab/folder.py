"""The folder of a run: which one it is, and that nobody else is at work in it."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from gangame.lab import config, diary, records, store, strangers
from gangame.lab.slug import slug
from gangame.lab.spec import UserError

T = TypeVar("T")
LOCK = ".lock"
FILES = ("config.json", "status.json", "report.html", "comparison.html", diary.NAME)
FOLDERS = ("players", "checkpoints", "figures", "tensorboard", records.FOLDER)


def choose(made: config.Config, output: Path | None, overwrite: bool) -> tuple[Path, bool]:
    """Returns the folder of a run, and whether it holds a run of the same configuration already.

    Args:
      made: what is to be computed.
      output: what the user asked for; `None` stands for a new folder in `runs`.
      overwrite: whether another run in `output` may be replaced, by `clear`.

    Raises:
      UserError: `output` holds something else.
    """
    if output is not None:
        if not output.exists() or (output.is_dir() and not _things(output)):
            return output, False
        is_run = (output / "config.json").is_file()
        if is_run and overwrite:
            return output, False
        if is_run and config.read(output)[0].digest() == made.digest():
            return output, True
        raise UserError(
            f"{output} exists already; choose another --output, go on with --resume {output}, or (if it holds a run) "
            "replace it with --overwrite."
        )
    name = slug("-".join([str(made.game), *(lane.label for lane in made.lanes if not lane.control)]), 80)
    number = 1
    while True:
        folder = Path("runs") / (name if number == 1 else f"{name}-{number}")
        try:
            with store.told(folder, "make"):
                folder.mkdir(parents=True)
            return folder, False
        except UserError:
            if not folder.exists():
                raise
        number += 1


def choose_same(
    made: T,
    read: Callable[[Path], T],
    kind: str,
    name: Sequence[str],
    results: Sequence[str],
    output: Path | None,
    overwrite: bool,
) -> Path:
    """Returns the folder of a sweep or a comparison; one that holds the same is gone on with.

    Args:
      made: what is to be computed.
      read: returns what a folder holds, or says that this is something else.
      kind: what it is called.
      name: what the folder in `runs` is called where the user asks for none.
      results: patterns of the files that go when another one is replaced.
      output: what the user asked for; `None` is a folder in `runs`.
      overwrite: whether another one in `output` may be replaced.

    Raises:
      UserError: it holds something else.
    """
    folder = output or Path("runs") / slug("-".join(name), 80)
    if (folder / "config.json").exists():
        if read(folder) == made:
            return folder
        if not overwrite:
            raise UserError(f"{folder} holds another {kind}; choose another --output, or replace it: --overwrite.")
        with store.told(folder, "replace"):
            for path in [path for pattern in results for path in folder.glob(pattern)]:
                path.unlink()
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} exists already and holds no {kind}; choose another --output.")
    return folder


@contextlib.contextmanager
def locked(folder: Path, fresh: bool = False) -> Iterator[None]:
    """Keeps other processes out of a folder, which is made if need be; the lock ends with this process.

    Args:
      folder: the folder.
      fresh: whether it is there for this alone, so that it goes again if it stays empty.

    Raises:
      UserError: another process is at work in it, or it cannot be written.
    """
    try:
        import fcntl
    except ImportError:  # not on this system, where nobody is kept out
        yield
        return
    with store.told(folder, "write"):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"Another process is at work in {folder}; wait until it ends, or choose another --output."
            ) from None
        try:
            yield
        finally:
            if fresh and not _things(folder):
                with contextlib.suppress(OSError):
                    (folder / LOCK).unlink()
                    folder.rmdir()
    finally:
        os.close(descriptor)


def clear(folder: Path) -> None:
    """Removes what an earlier run wrote, and nothing else."""
    strangers.check_folder(folder)
    with store.told(folder, "replace"):
        for name in FILES:
            (folder / name).unlink(missing_ok=True)
        for name in FOLDERS:
            if (folder / name).exists():
                shutil.rmtree(folder / name)


def _things(folder: Path) -> list[str]:
    """Returns what is in a folder, but for what the first moments of a run leave."""
    return [path.name for path in folder.iterdir() if path.name != LOCK and not path.name.endswith(store.PART)]
