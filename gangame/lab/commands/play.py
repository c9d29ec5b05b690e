"""`gangame play`."""

import datetime
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn

import typer

from gangame.lab import config, folder, processes, session, store, tensorboard, views
from gangame.lab.commands.common import defect, fail, on_device, use_dtype
from gangame.lab.configure import Request, configure
from gangame.lab.follower import follow
from gangame.lab.layout import SPREADS, Layout
from gangame.lab.machine import machine
from gangame.lab.memory import NoRoomError
from gangame.lab.page import alarms
from gangame.lab.spec import UserError
from gangame.lab.terminal import PlayProgress, console, print_table, stop_on_signals


def play(
    game: Annotated[str, typer.Argument(help="A game, as name or name:key=value,key=value.")] = "",
    rules: Annotated[
        list[str] | None,
        typer.Argument(
            help="Rules, each as name or name:key=value,...; several values 0.1|1 are for sweep and compare."
        ),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Steps of each rule; as many as suit the game by default.")] = None,
    seeds: Annotated[
        int | None,
        typer.Option(help="Number of seeds, run as one vmapped program; as many as suit the game by default."),
    ] = None,
    learning_rate: Annotated[
        list[str] | None,
        typer.Option(
            help="Learning rate: 1e-3 for all players, or player=1e-3; repeatable; that of the game by default."
        ),
    ] = None,
    optimizer: Annotated[
        list[str] | None,
        typer.Option(
            help="Optimizer: adam:b1=0.5 for all players, or player=sgd; repeatable; that of the game by default."
        ),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Data and latents in one sample; that of the game by default.")
    ] = None,
    key: Annotated[int, typer.Option(help="Integer from which all randomness comes.")] = 0,
    every: Annotated[
        int | None,
        typer.Option(
            help="Steps between two records; by default there are about 50, or 500 of a game that needs no samples."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder for the results, a new one in runs by default; the same command goes on in it."),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace the run that is in the output folder.")] = False,
    resume: Annotated[Path | None, typer.Option(help="Go on with the interrupted run in this folder.")] = None,
    control: Annotated[bool, typer.Option(help="Also play the control that a game may name.")] = True,
    dtype: Annotated[str, typer.Option(help="float32 or float64.")] = "float32",
    on_divergence: Annotated[
        str,
        typer.Option(
            help="When a seed turns infinite or NaN: note (it), stop (the rule), freeze (the seed), or back (to a "
            "checkpoint)."
        ),
    ] = "note",
    device: Annotated[str | None, typer.Option(help="cpu, gpu or tpu; the best there is by default.")] = None,
    save_every: Annotated[
        float, typer.Option(help="Seconds between two checkpoints.")
    ] = session.SECONDS_BETWEEN_CHECKPOINTS,
    memory: Annotated[float | None, typer.Option(help="GB that a rule may take; what is free by default.")] = None,
    with_tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Also write logs for TensorBoard; needs the extra `logs`.")
    ] = False,
    spread: Annotated[
        str | None,
        typer.Option(help="Spread over all devices: seeds, or batch, which cuts every sample; one device by default."),
    ] = None,
    coordinator: Annotated[
        str | None, typer.Option(help="HOST:PORT at which several processes meet, which play one run together.")
    ] = None,
    num_processes: Annotated[int, typer.Option(help="How many processes there are.")] = 1,
    process: Annotated[int, typer.Option(help="Which one this is, from 0; only 0 needs GAME and RULE.")] = 0,
    quiet: Annotated[bool, typer.Option(help="Print the path of the report only.")] = False,
) -> None:
    """Play rules on a game and write a report: gangame play GAME RULE [RULE ...]."""
    if not save_every >= 0 or (memory is not None and not 0 < memory < 1e9):
        raise UserError(f"--save-every is {save_every} and --memory {memory}; they have to be 0 or more, and positive.")
    if spread not in (None, *SPREADS):
        raise UserError(f"--spread is {spread!r}; it has to be {' or '.join(SPREADS)}.")
    if coordinator is not None:
        processes.join(coordinator, num_processes, process)
        spread = spread or "seeds"
        if not processes.first():
            _follow()
    elif num_processes != 1 or process:
        raise UserError("--num-processes and --process need --coordinator HOST:PORT, where the processes meet.")
    how = _How(save_every, memory, with_tensorboard, quiet, spread, device)
    with on_device(device), processes.leading():
        facts: dict[str, Any] = {
            "command": " ".join(["gangame", *map(shlex.quote, sys.argv[1:])]),
            "date": datetime.date.today().isoformat(),
            **machine(),
        }
        if resume is not None:
            given = [game, rules, steps, seeds, learning_rate, optimizer, batch_size, key, every, output, overwrite]
            if any(given) or dtype != "float32" or on_divergence != "note":
                raise UserError("--resume takes everything from its folder; leave GAME and RULE out, and all settings.")
            use_dtype(config.read(resume)[0].dtype)
            with folder.locked(resume):
                _resume(resume, facts, how)
            return
        if not game or not rules:
            raise UserError("Give a game and at least one rule, such as: gangame play mixture simultaneous unrolled")
        use_dtype(dtype)
        request = Request(
            game, rules, steps, seeds, learning_rate or [], optimizer or [], batch_size, key, every, control, dtype,
            on_divergence,
        )  # fmt: skip
        made = configure(request)
        for rule in dict.fromkeys(rule for rule in rules if rules.count(rule) > 1):
            print(f"{rule} is given {rules.count(rule)} times and is played once.", file=sys.stderr)
        fresh = output is None or not output.exists()
        place, _ = folder.choose(made, output, overwrite)
        with folder.locked(place, fresh):
            _, goes_on = folder.choose(made, place, overwrite)  # again, now that nobody else is at work there
            if goes_on:
                _resume(place, facts, how)
                return
            work = how.session(made, place)
            work.check_room()
            folder.clear(place)
            work.look()
            store.write_json(place / "config.json", {"config": made.to_json(), **facts})
            try:
                _play(work, facts, how)
            except NoRoomError:
                if not work.status:
                    folder.clear(place)
                raise


class _How(NamedTuple):
    """What the user wants that changes no result."""

    save_every: float
    memory: float | None
    tensorboard: bool
    quiet: bool
    spread: str | None
    device: str | None

    def session(self, made: config.Config, place: Path) -> session.Session:
        """Returns the session of a configuration in a folder."""
        limit = None if self.memory is None else 1e9 * self.memory
        layout = Layout(self.spread, self.device)
        layout.check(made.num_seeds)
        processes.order("run", made.to_json(), self.spread, self.device, _kept(place))
        return session.Session(made, place, limit, self.save_every, layout)


def _follow() -> NoReturn:
    words = processes.LastWords()
    sentence, status = "", 0
    try:
        if status := follow(words):
            ended = {130: "Stopped", 143: "Terminated"}.get(status, "Failed")
            sentence = f"{ended} with process 0, which says why and how to go on."
    except UserError as error:
        sentence, status = f"Error: {error}", 2
    except KeyboardInterrupt:
        sentence, status = "Stopped at once.", 130
    except Exception as error:
        sentence, status = f"Error: {defect(error)}", 1
    words.are("")
    processes.leave(sentence, status)


def _resume(place: Path, facts: dict[str, Any], how: _How) -> None:
    made, first = config.read(place)
    work = how.session(made, place)
    if (place / "report.html").exists() and all(work.done(lane) for lane in made.lanes):
        print(f"{place} holds a finished run of this configuration; nothing was changed.", file=sys.stderr)
        print(place / "report.html")
        return
    if not how.quiet:
        print(f"{place} holds an unfinished run of this configuration; going on with it.", file=sys.stderr)
    resumed = first.get("resumed", [])
    first = {**first, "resumed": [*(resumed if isinstance(resumed, list) else []), facts]}
    store.write_json(place / "config.json", {"config": made.to_json(), **first})
    _play(work, first, how)


def _play(work: session.Session, facts: dict[str, Any], how: _How) -> None:
    began, made, place = time.perf_counter(), work.config, work.folder
    with PlayProgress(how.quiet) as progress, stop_on_signals(progress) as stops:
        for lane in made.lanes:
            done = work.status.get(lane.label, {}).get("steps", 0)
            task = progress.add_task(lane.label, total=made.num_steps, completed=done)
            progress.numbers = "compiling"
            board = tensorboard.Board(work, lane) if how.tensorboard else None

            def show(position: int, measured: dict, task: Any = task, board: Any = board) -> None:
                progress.numbers = views.headline(work.view, {name: each[:, -1] for name, each in measured.items()})
                progress.update(task, completed=position)
                if board is not None:
                    board.show(position, measured)

            try:
                work.run(lane, show, lambda: processes.stopped(stops))
            except KeyboardInterrupt:
                fail(f"Stopped at once. {_kept(place)}", 130)
            except UserError as error:
                if isinstance(error, NoRoomError) and not work.status:
                    raise
                raise UserError(f"{error} {_kept(place)}") from error
            if stops:
                break
    complete = all(work.done(lane) for lane in made.lanes)
    if signal.SIGTERM in stops and not complete:  # whoever sends it does not wait for a report
        fail(f"Terminated; everything so far is in {place}. {_how_to_go_on(place)}", 128 + signal.SIGTERM)
    from gangame.lab.report import write_report  # here, because matplotlib takes a second to import

    path, rows = write_report(work, facts)
    for sentence in alarms(work):
        print(sentence, file=sys.stderr)
    if how.quiet:
        print(path)
    else:
        print_table(rows)
        console.print(f"Report: {path}   ({time.perf_counter() - began:.0f} s)", soft_wrap=True)
    if not complete:
        print(f"Stopped; everything so far is in {place}. {_how_to_go_on(place)}", file=sys.stderr)
        sys.exit(130)


def _kept(place: Path) -> str:
    return f"What is in {place} is kept. {_how_to_go_on(place)}"


def _how_to_go_on(place: Path) -> str:
    return f"Go on with: gangame play --resume {shlex.quote(str(place))}"
