"""`gangame play`."""

import datetime
import shlex
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from gangame.lab import session, store, views
from gangame.lab.commands.common import fail, on_device, use_dtype
from gangame.lab.configure import Request, choose_folder, configure
from gangame.lab.machine import machine
from gangame.lab.page import alarms
from gangame.lab.spec import UserError
from gangame.lab.terminal import PlayProgress, console, print_table, stop_on_interrupt


def play(
    game: Annotated[str, typer.Argument(help="A game, as name or name:key=value,key=value.")] = "",
    rules: Annotated[list[str] | None, typer.Argument(help="Rules, each as name or name:key=value,...")] = None,
    steps: Annotated[int | None, typer.Option(help="Steps of each rule.")] = None,
    seeds: Annotated[int | None, typer.Option(help="Number of seeds, run as one vmapped program.")] = None,
    learning_rate: Annotated[
        list[str] | None, typer.Option(help="Learning rate: 1e-3 for all players, or player=1e-3; repeatable.")
    ] = None,
    optimizer: Annotated[
        list[str] | None, typer.Option(help="Optimizer: adam:b1=0.5 for all players, or player=sgd; repeatable.")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Data and latents in one sample.")] = None,
    key: Annotated[int, typer.Option(help="Integer from which all randomness comes.")] = 0,
    every: Annotated[int | None, typer.Option(help="Steps between two records.")] = None,
    output: Annotated[Path | None, typer.Option(help="Folder for the results; runs/<name> by default.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace the run that is in the output folder.")] = False,
    resume: Annotated[Path | None, typer.Option(help="Go on with the interrupted run in this folder.")] = None,
    control: Annotated[bool, typer.Option(help="Also play the control that a game may name.")] = True,
    dtype: Annotated[str, typer.Option(help="float32 or float64.")] = "float32",
    device: Annotated[str | None, typer.Option(help="cpu, gpu or tpu; the best there is by default.")] = None,
    quiet: Annotated[bool, typer.Option(help="Print the path of the report only.")] = False,
) -> None:
    """Play rules on a game and write a report: gangame play GAME RULE [RULE ...]."""
    with on_device(device):
        facts: dict[str, Any] = {
            "command": " ".join(["gangame", *map(shlex.quote, sys.argv[1:])]),
            "date": datetime.date.today().isoformat(),
            **machine(),
        }
        if resume is not None:
            given = [game, rules, steps, seeds, learning_rate, optimizer, batch_size, key, every, output, overwrite]
            if any(given) or dtype != "float32":
                raise UserError("--resume takes everything from its folder; leave GAME and RULE out, and all settings.")
            config, first = session.read(resume)
            use_dtype(config.dtype)
            first = {**first, "resumed": [*first.get("resumed", []), facts]}
            store.write_json(resume / "config.json", {"config": config.to_json(), **first})
            _play(session.Session(config, resume), first, quiet)
            return
        if not game or not rules:
            raise UserError("Give a game and at least one rule, such as: gangame play mixture simultaneous unrolled")
        use_dtype(dtype)
        request = Request(
            game, rules, steps, seeds, learning_rate or [], optimizer or [], batch_size, key, every, control, dtype
        )
        config = configure(request)
        folder = choose_folder(config, output, overwrite)
        store.write_json(folder / "config.json", {"config": config.to_json(), **facts})
        store.write(folder / store.RECORDS, b"")
        _play(session.Session(config, folder), facts, quiet)


def _play(work: session.Session, facts: dict[str, Any], quiet: bool) -> None:
    began, config, folder = time.perf_counter(), work.config, work.folder
    finished = True
    with PlayProgress(quiet) as progress, stop_on_interrupt(progress) as stops:
        for lane in config.lanes:
            done = work.status.get(lane.label, {}).get("steps", 0)
            task = progress.add_task(lane.label, total=config.num_steps, completed=done)
            progress.numbers = "compiling"

            def show(position: int, records: dict, task: Any = task) -> None:
                progress.numbers = views.headline(work.view, records)
                progress.update(task, completed=position)

            try:
                finished = work.run(lane, show, lambda: bool(stops))
            except KeyboardInterrupt:
                fail(f"Stopped at once; what is in {folder} is kept. {_how_to_go_on(folder)}", 130)
            except UserError as error:
                raise UserError(f"{error} What is in {folder} is kept; {_how_to_go_on(folder)}") from error
            if not finished or stops:
                break
    from gangame.lab.report import write_report  # here, because matplotlib takes a second to import

    path, rows = write_report(work, facts)
    complete = all(work.status.get(lane.label, {}).get("steps") == config.num_steps for lane in config.lanes)
    for sentence in alarms(work):
        print(sentence, file=sys.stderr)
    if quiet:
        print(path)
    else:
        print_table(rows)
        console.print(f"Report: {path}   ({time.perf_counter() - began:.0f} s)", soft_wrap=True)
    if not complete:
        print(f"Stopped; everything so far is in {folder}. {_how_to_go_on(folder)}", file=sys.stderr)
        sys.exit(130)


def _how_to_go_on(folder: Path) -> str:
    return f"Go on with: gangame play --resume {shlex.quote(str(folder))}"
