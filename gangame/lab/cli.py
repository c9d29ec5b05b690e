"""The command line: `gangame play`, `compare`, `list`, `report`, `explore`."""

import contextlib
import datetime
import inspect
import shlex
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import jax
import typer

from gangame.games import GAMES
from gangame.lab import session, spec, store, views
from gangame.lab.configure import MOST, RATE, Request, choose_folder, configure
from gangame.lab.machine import machine
from gangame.lab.page import Row, alarms
from gangame.lab.recipes import recipe_for
from gangame.lab.spec import UserError
from gangame.lab.terminal import PlayProgress, console, print_table, stop_on_interrupt
from gangame.rules import RULES

app = typer.Typer(
    help="A laboratory for the game dynamics of GANs: every update rule plays every game.",
    add_completion=True, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip


def main() -> None:
    """Runs the command line; what the user can put right is one sentence and exit status 2."""
    try:
        app(prog_name="gangame")
    except UserError as error:
        _fail(str(error), 2)
    except KeyboardInterrupt:
        _fail("Stopped.", 130)
    except Exception as error:
        log = Path("gangame-error.log")
        with contextlib.suppress(OSError):
            log.write_text(traceback.format_exc(), encoding="utf-8")
        _fail(f"gangame failed with {type(error).__name__}, which is a defect of gangame; {log} has the details.", 1)


def _fail(sentence: str, status: int) -> NoReturn:
    print(f"Error: {' '.join(sentence.split())}", file=sys.stderr)
    sys.exit(status)


@app.command()
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
    with _on(device):
        facts: dict[str, Any] = {
            "command": " ".join(["gangame", *map(shlex.quote, sys.argv[1:])]),
            "date": datetime.date.today().isoformat(),
            **machine(),
        }
        if resume is not None:
            given = [game, rules, steps, seeds, learning_rate, optimizer, batch_size, key, every, output, overwrite]
            if any(given) or dtype != "float32":
                raise UserError("--resume takes everything from its folder; leave GAME and RULE out, and all settings.")
            config, first = _read(resume)
            _use(config.dtype)
            first = {**first, "resumed": [*first.get("resumed", []), facts]}
            store.write_json(resume / "config.json", {"config": config.to_json(), **first})
            _play(session.Session(config, resume), first, quiet)
            return
        if not game or not rules:
            raise UserError("Give a game and at least one rule, such as: gangame play mixture simultaneous unrolled")
        _use(dtype)
        request = Request(
            game, rules, steps, seeds, learning_rate or [], optimizer or [], batch_size, key, every, control, dtype
        )
        config = configure(request)
        folder = choose_folder(config, output, overwrite)
        store.write_json(folder / "config.json", {"config": config.to_json(), **facts})
        store.write(folder / store.RECORDS, b"")
        _play(session.Session(config, folder), facts, quiet)


def _use(dtype: str) -> None:
    if dtype not in ("float32", "float64"):
        raise UserError(f"--dtype is {dtype!r}; it has to be float32 or float64.")
    jax.config.update("jax_enable_x64", dtype == "float64")


@contextlib.contextmanager
def _on(device: str | None) -> Iterator[None]:
    if device is None:
        yield
        return
    try:
        chosen = jax.devices(device)[0]
    except RuntimeError:
        raise UserError(f"There is no device {device!r} here; JAX sees {jax.default_backend()}.") from None
    with jax.default_device(chosen):
        yield


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
                _fail(f"Stopped at once; what is in {folder} is kept. {_how_to_go_on(folder)}", 130)
            except UserError as error:
                raise UserError(f"{error} What is in {folder} is kept; {_how_to_go_on(folder)}") from error
            if not finished or stops:
                break
    path, rows = _report(work, facts)
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


def _read(folder: Path) -> tuple[session.Config, dict[str, Any]]:
    """Returns the configuration of the run in a folder, and the facts that stand with it."""
    path = folder / "config.json"
    content = store.read_json(path)
    try:
        return session.Config.from_json(content.pop("config")), content
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is not the configuration of a run ({error!r}).") from error


def _report(work: session.Session, facts: dict[str, Any]) -> tuple[Path, list[Row]]:
    # Here, because matplotlib takes a second to import, for which `gangame list` need not wait.
    from gangame.lab.report import write_report

    return write_report(work, facts)


def _how_to_go_on(folder: Path) -> str:
    return f"Go on with: gangame play --resume {shlex.quote(str(folder))}"


@app.command()
def compare(
    game: Annotated[str, typer.Argument(help="A game, as name or name:key=value,key=value.")] = "",
    rules: Annotated[
        list[str] | None, typer.Argument(help="Rules; of a number written as 0.1|1|10 the best value is chosen.")
    ] = None,
    budget: Annotated[float | None, typer.Option(help="Work of each seed, in simultaneous steps.")] = None,
    tuning_budget: Annotated[float | None, typer.Option(help="The same while tuning; half of it by default.")] = None,
    seeds: Annotated[int | None, typer.Option(help="Seeds of the report.")] = None,
    tuning_seeds: Annotated[int | None, typer.Option(help="Other seeds, on which each candidate is tried.")] = None,
    candidates: Annotated[int | None, typer.Option(help="Settings that are tried for each rule.")] = None,
    rates: Annotated[
        str | None, typer.Option(help="Learning rates to try, LOW:HIGH, evenly spaced in the logarithm.")
    ] = None,
    ratios: Annotated[
        str | None, typer.Option(help="Ratios to try of the first player's rate (a discriminator's) to the others'.")
    ] = None,
    optimizer: Annotated[str | None, typer.Option(help="Optimizer of all players, such as adam:b1=0.5.")] = None,
    records: Annotated[int | None, typer.Option(help="Looks at each seed, at equal parts of the budget.")] = None,
    key: Annotated[int, typer.Option(help="Integer from which all randomness comes.")] = 0,
    output: Annotated[Path | None, typer.Option(help="Folder for the results; the same one goes on.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace another comparison in the output folder.")] = False,
    resume: Annotated[Path | None, typer.Option(help="Go on with the comparison in this folder.")] = None,
    jobs: Annotated[int | None, typer.Option(help="Processes at once; by default one for each core.")] = None,
    dtype: Annotated[str, typer.Option(help="float32 or float64.")] = "float32",
    quiet: Annotated[bool, typer.Option(help="Print the path of the report only.")] = False,
) -> None:
    """Compare rules on a game at equal budget, each tuned alike: gangame compare GAME RULE [RULE ...]."""
    from gangame.lab import compare as comparing

    if jobs is not None and jobs < 1:
        raise UserError(f"--jobs is {jobs}; it has to be 1 or more.")
    settings = {
        "budget": budget, "tuning_budget": tuning_budget, "num_seeds": seeds, "num_tuning_seeds": tuning_seeds,
        "num_candidates": candidates, "num_records": records,
        "rates": None if rates is None else comparing.pair(rates, "--rates"),
        "plain_rates": None if rates is None else comparing.pair(rates, "--rates"),
        "ratios": None if ratios is None else comparing.numbers(ratios, "--ratios"),
    }  # fmt: skip
    if resume is not None:
        if any([game, rules, optimizer, key, output, overwrite, *settings.values()]) or dtype != "float32":
            raise UserError("--resume takes everything from its folder; leave GAME and RULE out, and all settings.")
        made, folder = comparing.read(resume), resume
        _use(made.dtype)
    else:
        if not game or not rules:
            raise UserError("Give a game and at least one rule, such as: gangame compare mixture simultaneous")
        if not 0 <= key <= MOST:
            raise UserError(f"--key is {key}; it has to be a whole number from 0 to {MOST}.")
        _use(dtype)
        made = comparing.comparison(game, rules, optimizer, {**settings, "key": key}, dtype)
        folder = comparing.choose_folder(made, output, overwrite)
    try:
        path = comparing.run(made, folder, jobs, quiet)
    except KeyboardInterrupt:
        _fail(
            f"Stopped; what is in {folder} is kept. Go on with: gangame compare --resume {shlex.quote(str(folder))}",
            130,
        )
    print(path if quiet else f"Report: {path}")


@app.command("list")
def list_(name: Annotated[str, typer.Argument(help="A game or a rule, for its details.")] = "") -> None:
    """List games and rules, or the details of one."""
    if name:
        factory = spec.find(name, {**GAMES, **RULES}, "game or rule")
        console.print(inspect.getdoc(factory) or "", markup=False, soft_wrap=True)
        for setting, fixed in spec.settings(factory).items():
            typed = spec.Spec(name, {"setting": setting})
            console.print(f"\n{typed}", style="cyan", markup=False)
            console.print(f"    {str(spec.Spec('', fixed))[1:].replace(',', ', ')}", markup=False, soft_wrap=True)
            console.print(f"    played for {recipe_for(typed)}", markup=False, soft_wrap=True)
        if name in GAMES and not spec.settings(factory):
            console.print(f"\nPlayed for {recipe_for(spec.Spec(name, {}))}", markup=False, soft_wrap=True)
        return
    for title, catalogue in (("Games", GAMES), ("Rules", RULES)):
        console.print(f"[bold]{title}[/bold]")
        for each, factory in catalogue.items():
            arguments = [
                f"{known.name}={known.default}" if known.default is not inspect.Parameter.empty else known.name
                for known in spec.parameters(factory).values()
                if known.name not in ("optimizer", RATE)
            ]
            console.print(f"  [cyan]{each}[/cyan]  {spec.summary(factory)}", soft_wrap=True)
            console.print(f"      {', '.join(arguments)}", style="dim", markup=False, soft_wrap=True)
    console.print("Details: gangame list NAME")


@app.command("report")
def report_(folder: Annotated[Path, typer.Argument(help="The folder of a run.")]) -> None:
    """Draw the figures and the report of a run again, from what is in its folder."""
    config, facts = _read(folder)
    _use(config.dtype)
    path, rows = _report(session.Session(config, folder), facts)
    print_table(rows)
    console.print(f"Report: {path}", soft_wrap=True)


@app.command()
def explore(
    game: Annotated[str, typer.Argument(help="A game of two scalars, as name or name:key=value,...")] = "bilinear",
    rule: Annotated[str, typer.Argument(help="A rule, by name.")] = "simultaneous",
    port: Annotated[int | None, typer.Option(help="Port of the page; a free one by default.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Show field, trajectory, spectrum and rate of a rule in the browser, with sliders."""
    from gangame.lab.explore import explore as serve  # here, because it imports matplotlib, which takes a second

    serve(game, rule, port, browser)
