"""`gangame report`."""

from pathlib import Path
from typing import Annotated

import typer

from gangame.lab import session
from gangame.lab.commands.common import use_dtype
from gangame.lab.terminal import console, print_table


def report(folder: Annotated[Path, typer.Argument(help="The folder of a run.")]) -> None:
    """Draw the figures and the report of a run again, from what is in its folder."""
    config, facts = session.read(folder)
    use_dtype(config.dtype)
    from gangame.lab.report import write_report  # here, because matplotlib takes a second to import

    path, rows = write_report(session.Session(config, folder), facts)
    print_table(rows)
    console.print(f"Report: {path}", soft_wrap=True)
