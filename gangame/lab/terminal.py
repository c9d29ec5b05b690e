"""What a run shows in the terminal while it goes on, and how it is stopped."""

import contextlib
import signal
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

from gangame.lab.intervals import ABOUT
from gangame.lab.page import Row

console = Console(highlight=False)


class Speed(ProgressColumn):
    """Steps per second."""

    def render(self, task: Any) -> str:
        """Returns the text of the column."""
        return f"{task.speed:,.0f}/s" if task.speed else ""


def narrow() -> Column:
    """Returns a column of the terminal that never breaks its line."""
    return Column(no_wrap=True)


class PlayProgress(Progress):
    """A bar for each rule with steps per second and the time left, and the live numbers of the current one below."""

    numbers = ""

    def __init__(self, quiet: bool):
        cut = Column(no_wrap=True, overflow="ellipsis", max_width=30)
        name = TextColumn("{task.description}", markup=False, table_column=cut)  # labels may have brackets
        count, speed = MofNCompleteColumn(table_column=narrow()), Speed(narrow())
        super().__init__(name, BarColumn(12), count, speed, TimeRemainingColumn(), console=console, disable=quiet)

    def get_renderables(self) -> Iterable[RenderableType]:
        """Yields the bars and the numbers."""
        yield self.make_tasks_table(self.tasks)
        yield Text(self.numbers, style="dim", no_wrap=True, overflow="ellipsis")


@contextlib.contextmanager
def stop_on_signals(progress: PlayProgress) -> Iterator[list[int]]:
    """Yields a list that gets the number of the first Ctrl-C or SIGTERM; a second Ctrl-C interrupts at once."""
    stops: list[int] = []

    def handle(number: int, frame: Any) -> None:
        del frame
        if stops and number == signal.SIGINT:
            raise KeyboardInterrupt
        stops.append(number)
        progress.numbers = "stopping at the next record; Ctrl-C again stops at once"

    previous = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stops
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def print_table(rows: list[Row]) -> None:
    """Prints the summary, one column a rule."""
    if not rows:
        return
    shown = Table("", *(Column(Text(row.label)) for row in rows), box=None, pad_edge=False)
    for heading in rows[0].cells:
        shown.add_row(Text(heading), *(Text(row.cells[heading]) for row in rows))
    console.print(shown)
    console.print(ABOUT, style="dim")
