"""What a bench has measured, complete: points, peers and spectra with the machine, on disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gangame.games import GAMES
from gangame.lab import spec, store
from gangame.lab.bench.convolutions import convolutions
from gangame.lab.bench.coverage import coverage
from gangame.lab.bench.hardware import Hardware, hardware
from gangame.lab.bench.points import measure
from gangame.lab.bench.settings import Setting
from gangame.lab.bench.spectra import spectrum
from gangame.lab.bench.tables import CHANGES
from gangame.lab.bench.toys import toys
from gangame.lab.spec import UserError

TASKS = {"toys": toys, "coverage": coverage, "convolutions": convolutions}


def measured(setting: Setting, facts: dict[str, Any], told: Callable[[str], None]) -> dict[str, Any]:
    """Returns everything that a setting asks for, as plain dicts and lists.

    Args:
      setting: what to measure.
      facts: what stands with it: command, date, machine and versions.
      told: called with what is going on.
    """
    told("the machine's peaks")
    parts = (setting, *setting.further)
    dtypes = dict.fromkeys([None, *(computes_in(text) for part in parts for text in part.games)])
    machines = {dtype: hardware(setting.width, dtype=dtype) for dtype in dtypes}
    points = [point for part in parts for point in measure(part, told)]
    spectra = []
    for text in (text for part in parts for text in part.spectra):
        told(f"spectrum of {text}")
        spectra.append(spectrum(text))
    tasks = [row for part in parts for name in part.tasks for row in TASKS[name](part, told)]
    machines = {dtype: each.best(hardware(setting.width, dtype=dtype)) for dtype, each in machines.items()}
    rows = [{**point._asdict(), **point.rates(machines[computes_in(point.game)])} for point in points]
    machine = machines.pop(None)
    for row in spectra:
        row["share_of_peak"] = row["flops_per_second"] and row["flops_per_second"] / machine.matrix_flops
    further = {dtype: each._asdict() for dtype, each in machines.items()}
    return {**facts, "peaks": machine._asdict(), **({"peaks_of": further} if further else {}),
            "setting": setting.facts(), "points": rows, "spectra": spectra, "tasks": tasks}  # fmt: skip


def computes_in(game: str) -> str | None:
    """Returns the float type that a game computes in, as typed, or `None` where it is that of the run."""
    return spec.parse(game, GAMES, "game").arguments.get("dtype")


def read(path: Path) -> dict[str, Any]:
    """Returns an older result.

    Raises:
      UserError: the file is none.
    """
    content = store.read_json(path)
    try:
        Hardware(**content["peaks"])
        for kind, (identity, changes) in CHANGES.items():
            for row in content["points"] if kind == "points" else content.get(kind, ()):
                _ = [row[name] for name in identity], [float(row[key] or 0) for key in changes.values()]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{path} is no result of gangame bench ({error!r}); give a JSON file that it wrote.") from error
    return content
