"""`gangame compare`."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from gangame.lab.commands.common import fail, numbers, use_dtype
from gangame.lab.configure import MOST
from gangame.lab.engine import engine_of
from gangame.lab.folder import locked
from gangame.lab.spec import UserError


def compare(
    game: Annotated[str, typer.Argument(help="A game, as name or name:key=value,key=value.")] = "",
    rules: Annotated[
        list[str] | None, typer.Argument(help="Rules; of a number written as 0.1|1|10 the best value is chosen.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="Work of each seed, in simultaneous steps; 10000 by default.")
    ] = None,
    tuning_budget: Annotated[float | None, typer.Option(help="The same while tuning; half of it by default.")] = None,
    seeds: Annotated[int | None, typer.Option(help="Seeds of the report; 32 by default.")] = None,
    tuning_seeds: Annotated[
        int | None, typer.Option(help="Other seeds, on which each candidate is tried; 4 by default.")
    ] = None,
    candidates: Annotated[
        int | None, typer.Option(help="Settings that are tried for each rule; 16 by default.")
    ] = None,
    rates: Annotated[
        str | None,
        typer.Option(
            help="Learning rates to try, LOW:HIGH, evenly spaced in the logarithm; by default 3e-4:1e-2, or 1e-2:1 of "
            "plain steps."
        ),
    ] = None,
    ratios: Annotated[
        str | None,
        typer.Option(
            help="Ratios of the first player's rate (a discriminator's) to the others' to try; 1|3 by default."
        ),
    ] = None,
    optimizer: Annotated[
        str | None, typer.Option(help="Optimizer of all players, such as adam:b1=0.5; that of the game by default.")
    ] = None,
    records: Annotated[
        int | None, typer.Option(help="Looks at each seed, at equal parts of the budget; 40 by default.")
    ] = None,
    key: Annotated[int, typer.Option(help="Integer from which all randomness comes.")] = 0,
    output: Annotated[
        Path | None, typer.Option(help="Folder for the results, one in runs by default; the same one goes on.")
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace another comparison in the output folder.")] = False,
    resume: Annotated[Path | None, typer.Option(help="Go on with the comparison in this folder.")] = None,
    engine: Annotated[
        str, typer.Option(help="local; dask for a Dask cluster here; dask:ADDRESS of a scheduler.")
    ] = "local",
    jobs: Annotated[int | None, typer.Option(help="Processes at once; by default one for each core of a CPU.")] = None,
    dtype: Annotated[str, typer.Option(help="float32 or float64.")] = "float32",
    quiet: Annotated[bool, typer.Option(help="Print the path of the report only.")] = False,
) -> None:
    """Compare rules on a game at equal budget, each tuned alike: gangame compare GAME RULE [RULE ...]."""
    from gangame.lab import compare as comparing

    chosen = engine_of(engine, jobs)
    settings = {
        "budget": budget, "tuning_budget": tuning_budget, "num_seeds": seeds, "num_tuning_seeds": tuning_seeds,
        "num_candidates": candidates, "num_records": records,
        "rates": None if rates is None else comparing.pair(rates, "--rates"),
        "plain_rates": None if rates is None else comparing.pair(rates, "--rates"),
        "ratios": numbers(ratios, "--ratios"),
    }  # fmt: skip
    if resume is not None:
        if any([game, rules, optimizer, key, output, overwrite, *settings.values()]) or dtype != "float32":
            raise UserError("--resume takes everything from its folder; leave GAME and RULE out, and all settings.")
        made, folder = comparing.read(resume), resume
        use_dtype(made.dtype)
    else:
        if not game or not rules:
            raise UserError("Give a game and at least one rule, such as: gangame compare mixture simultaneous")
        if not 0 <= key <= MOST:
            raise UserError(f"--key is {key}; it has to be a whole number from 0 to {MOST}.")
        use_dtype(dtype)
        made = comparing.comparison(game, rules, optimizer, {**settings, "key": key}, dtype, chosen.room())
        folder = comparing.choose_folder(made, output, overwrite)
    try:
        with locked(folder, fresh=not folder.exists()):
            path = comparing.run(made, folder, chosen, quiet)
    except KeyboardInterrupt:
        fail(
            f"Stopped; what is in {folder} is kept. Go on with: gangame compare --resume {shlex.quote(str(folder))}",
            130,
        )
    print(path if quiet else f"Report: {path}")
