"""`gangame bench`."""

import datetime
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from gangame.games import GAMES
from gangame.lab import spec, store
from gangame.lab.commands.common import on_device, use_dtype
from gangame.lab.machine import machine
from gangame.lab.spec import UserError
from gangame.lab.terminal import console
from gangame.rules import RULES


def bench(
    names: Annotated[list[str] | None, typer.Argument(help="Games and rules, each as name or name:key=value.")] = None,
    setting: Annotated[
        str,
        typer.Option(
            help="A named set: default, paper, rules, seeds, dcgan, toys, coverage, convolutions, accelerator, tiny."
        ),
    ] = "default",
    batch_size: Annotated[
        list[int] | None, typer.Option(help="Data and latents in a sample; repeatable; as the setting says by default.")
    ] = None,
    seeds: Annotated[
        list[int] | None, typer.Option(help="Seeds in one program; repeatable; as the setting says by default.")
    ] = None,
    rounds: Annotated[
        int | None, typer.Option(help="How often each program has its turn; as the setting says by default.")
    ] = None,
    scale: Annotated[
        float, typer.Option(help="Share of the setting's work in a timed call, to try it in small.")
    ] = 1.0,
    peer: Annotated[bool, typer.Option(help="Beside PyTorch and a loop over jitted steps, on the same game.")] = False,
    compiled: Annotated[bool, typer.Option(help="Also PyTorch compiled, which takes minutes to compile.")] = True,
    compare: Annotated[Path | None, typer.Option(help="An older result; its ratios are printed.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="The JSON file; runs/bench/<date and time>.json by default.")
    ] = None,
    cores: Annotated[int, typer.Option(help="Cores to keep to, 0 for all.")] = 1,
    dtype: Annotated[str, typer.Option(help="float32 or float64.")] = "float32",
    device: Annotated[str | None, typer.Option(help="cpu, gpu or tpu; the best there is by default.")] = None,
    quiet: Annotated[bool, typer.Option(help="Print the path of the result only.")] = False,
) -> None:
    """Time rules on games, beside each other and beside what the machine can do."""
    from gangame.lab import bench as benches
    from gangame.lab.bench import peers, record
    from gangame.lab.bench.show import draw, show  # here, because matplotlib takes a second to import

    numbers = {"seeds": seeds or [], "batch-size": batch_size or [], "rounds": [] if rounds is None else [rounds]}
    for option, values in numbers.items():
        for value in values:
            if value < 1:
                raise UserError(f"--{option} is {value}; it has to be a whole number, 1 or more.")
    if not 0 < scale <= 1:
        raise UserError(f"--scale is {scale}; it has to be above 0 and at most 1.")
    if cores < 0:
        raise UserError(f"--cores is {cores}; it has to be a whole number, 0 or more.")
    chosen = spec.find(setting, benches.SETTINGS, "setting")
    games: list[str] = []
    rules: list[str] = []
    for name in names or []:
        head = name.partition(":")[0]
        spec.find(head, {**GAMES, **RULES}, "game or rule")
        (games if head in GAMES else rules).append(name)
    given = {"games": games, "rules": rules, "seeds": seeds, "batch_sizes": batch_size}
    if games:
        chosen = chosen._replace(spectra=(), tasks=(), further=())
    chosen = chosen.replaced(**{name: tuple(values) for name, values in given.items() if values})
    chosen = (chosen.replaced(rounds=rounds) if rounds else chosen).scaled(scale)
    if peer and not chosen.games:
        raise UserError("--peer plays games beside PyTorch, and this setting has tasks of its own; name a game.")
    before = record.read(compare) if compare else None
    use_dtype(dtype)

    def told(line: str) -> None:
        if not quiet:
            console.print(line, style="dim", markup=False, soft_wrap=True)

    with benches.on_cores(cores), on_device(device):
        facts: dict[str, Any] = {
            "command": " ".join(["gangame", *map(shlex.quote, sys.argv[1:])]),
            "date": datetime.date.today().isoformat(),
            **machine(),
            "cores_used": cores or "all",
            "dtype": dtype,
        }
        take = partial(peers.measured, compiled=compiled) if peer else record.measured
        result = take(chosen, facts, told)
    now = datetime.datetime.now().strftime("%Y-%m-%d-%H%M%S")
    path = output or Path("runs") / "bench" / f"{now}.json"
    store.write_json(path, result)
    draw(result, path)
    if quiet:
        print(path)
        return
    show(result, before, console)
    console.print(f"Result: {path}", soft_wrap=True)
