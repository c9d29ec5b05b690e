"""`gangame report`."""

from pathlib import Path
from typing import Annotated

import typer

from gangame.lab import config, session
from gangame.lab.commands.common import use_dtype
from gangame.lab.spec import UserError
from gangame.lab.terminal import console, print_table


def report(
    folders: Annotated[list[Path], typer.Argument(help="The folder of a run, or several to be compared.")],
) -> None:
    """Draw the figures and the report of runs again, from what is in their folders; several are also compared."""
    found = [config.read(folder) for folder in folders]
    dtypes = {made.dtype for made, _ in found}
    if len(dtypes) > 1:
        raise UserError("One run is in float32 and another in float64; report them one at a time.")
    use_dtype(dtypes.pop())
    from gangame.lab.comparison import compare  # here, because matplotlib takes a second to import
    from gangame.lab.report import write_report

    sessions = [session.Session(made, folder) for (made, _), folder in zip(found, folders, strict=True)]
    for work, (_, facts) in zip(sessions, found, strict=True):
        path, rows = write_report(work, facts)
        if len(sessions) == 1:
            print_table(rows)
        console.print(f"Report: {path}", soft_wrap=True)
    if len(sessions) > 1:
        path, rows = compare(sessions)
        print_table(rows)
        console.print(f"Comparison: {path}", soft_wrap=True)
