"""What happened when: `log.jsonl`, one JSON object for each event, in the order in which they happened."""

import contextlib
import datetime
import json
import os
import sys
from pathlib import Path
from typing import Any

from gangame.lab import store

NAME = "log.jsonl"
MOST_BYTES = 2**24
"""Bytes of a log that are read: about a hundred thousand events."""


class Diary:
    """The log of a run. Its order is that of its lines; clocks may be set back."""

    def __init__(self, folder: Path):
        """Writes nothing yet."""
        self.path = folder / NAME

    def tell(self, event: str, *, shown: bool = False, tolerant: bool = False, **facts: Any) -> None:
        """Adds an event with the time, on the disk before this returns.

        Args:
          event: what happened.
          shown: whether it is shown on standard error, too.
          tolerant: whether it may get lost where the disk takes nothing more.
          **facts: what JSON can hold.
        """
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        line = json.dumps(store.finite({"time": now, "event": event, **facts}), ensure_ascii=False)
        with contextlib.suppress(store.UserError) if tolerant else contextlib.nullcontext():
            store.append_line(self.path, line)
        if shown:
            said = ", ".join(f"{name} {value}" for name, value in facts.items())
            print(f"{event.capitalize()}: {said}", file=sys.stderr)


def read(folder: Path) -> list[dict[str, Any]]:
    """Returns all events of a run, or the latest that `MOST_BYTES` hold; a line that is not whole is left out."""
    path = folder / NAME
    if not path.exists():
        return []
    events = []
    with store.told(path, "read"), path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - MOST_BYTES))
        lines = file.read(MOST_BYTES).decode(errors="replace").split("\n")
    for line in lines:
        with contextlib.suppress(ValueError, RecursionError):
            event = json.loads(line)
            if isinstance(event, dict) and isinstance(event.get("event"), str):
                events.append(event)
    return events
