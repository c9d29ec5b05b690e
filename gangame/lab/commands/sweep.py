"""`gangame sweep`."""

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from gangame.lab.commands.common import fail, numbers, use_dtype
from gangame.lab.configure import MOST
from gangame.lab.engine import engine_of
from gangame.lab.folder import locked
from gangame.lab.spec import UserError
from gangame.lab.terminal import console


def sweep(
    game: Annotated[str, typer.Argument(help="A game, as name or name:key=value,key=value.")] = "",
    rules: Annotated[
        list[str] | None, typer.Argument(help="Rules; several values of a number are written 0.1|1|10.")
    ] = None,
    learning_rate: Annotated[
        str | None, typer.Option(help="Learning rates, such as 1e-4|1e-3; that of the game by default.")
    ] = None,
    ratios: Annotated[
        str | None,
        typer.Option(
            help="Ratios of the first player's rate (a discriminator's) to the others', such as 1|3; 1 by default."
        ),
    ] = None,
    optimizer: Annotated[
        str | None, typer.Option(help="Optimizer of all players, such as adam:b1=0.5; that of the game by default.")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Steps of each run; as many as suit the game by default.")] = None,
    seeds: Annotated[int | None, typer.Option(help="Seeds of each point; as many as suit the game by default.")] = None,
    records: Annotated[int | None, typer.Option(help="Looks at each run, evenly spaced; 20 by default.")] = None,
    lanes: Annotated[
        int | None,
        typer.Option(
            help="Runs that are vmapped in one job, of which each device plays one; 64, or the seeds of a point, by "
            "default."
        ),
    ] = None,
    key: Annotated[int, typer.Option(help="Integer from which all randomness comes.")] = 0,
    dtype: Annotated[str, typer.Option(help="float32 or float64.")] = "float32",
    engine: Annotated[
        str, typer.Option(help="local; dask for a Dask cluster here; dask:ADDRESS of a scheduler.")
    ] = "local",
    jobs: Annotated[int | None, typer.Option(help="Processes at once; by default one for each core of a CPU.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for the results, one in runs by default; the same one goes on.")
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace another sweep in the output folder.")] = False,
    resume: Annotated[Path | None, typer.Option(help="Go on with the sweep in this folder.")] = None,
    quiet: Annotated[bool, typer.Option(help="Print the path of the report only.")] = False,
) -> None:
    """Play rules over grids of numbers and seeds: gangame sweep GAME RULE:strength=0.1|1 --learning-rate 1e-3|1e-2."""
    from gangame.lab import sweeping

    chosen = engine_of(engine, jobs)
    settings = {
        "num_steps": steps, "num_seeds": seeds, "num_records": records, "lanes": lanes,
        "ratios": numbers(ratios, "--ratios"),
    }  # fmt: skip
    if resume is not None:
        given = [game, rules, learning_rate, optimizer, key, output, overwrite, *settings.values()]
        if any(given) or dtype != "float32":
            raise UserError("--resume takes everything from its folder; leave GAME and RULE out, and all settings.")
        made, folder = sweeping.read(resume), resume
        use_dtype(made.dtype)
        sweeping.check(made, chosen)
    else:
        if not game or not rules:
            raise UserError(
                "Give a game and at least one rule, such as: gangame sweep bilinear consensus:strength=0.1|1"
            )
        if not 0 <= key <= MOST:
            raise UserError(f"--key is {key}; it has to be a whole number from 0 to {MOST}.")
        use_dtype(dtype)
        rates = numbers(learning_rate, "--learning-rate") or ()
        made = sweeping.complete(game, rules, optimizer, rates, {**settings, "key": key, "dtype": dtype}, chosen)
        folder = sweeping.choose_folder(made, output, overwrite)

    def told(line: str) -> None:
        if not quiet:
            console.print(line, markup=False)

    try:
        with locked(folder, fresh=not folder.exists()):
            entries = sweeping.run(made, folder, chosen, told)
    except KeyboardInterrupt:
        fail(
            f"Stopped. What is in {folder} is kept. Go on with: gangame sweep --resume {shlex.quote(str(folder))}", 130
        )
    told("Drawing the report.")
    from gangame.lab.sweep_report import NOTE, text_rows, write_report  # matplotlib takes a second to import

    path = write_report(made, entries, folder)
    if not quiet:
        rows = text_rows(entries, sweeping.goal_in(made))
        shown = Table(*rows[0], box=None, pad_edge=False)
        for row in rows:
            shown.add_row(*map(Text, row.values()))
        console.print(shown)
        console.print(NOTE, style="dim")
    print(path if quiet else f"Report: {path}")
