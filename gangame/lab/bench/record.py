"""What a bench has measured, complete: points, peers and spectra with the machine, on disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gangame.lab import store
from gangame.lab.bench.coverage import coverage
from gangame.lab.bench.hardware import Hardware, hardware
from gangame.lab.bench.points import measure
from gangame.lab.bench.settings import Setting
from gangame.lab.bench.spectra import spectrum
from gangame.lab.bench.tables import CHANGES
from gangame.lab.bench.toys import toys
from gangame.lab.spec import UserError

TASKS = {"toys": toys, "coverage": coverage}


def measured(setting: Setting, facts: dict[str, Any], told: Callable[[str], None]) -> dict[str, Any]:
    """Returns everything that a setting asks for, as plain dicts and lists.

    Args:
      setting: what to measure.
      facts: what stands with it: command, date, machine and versions.
      told: called with what is going on.
    """
    told("the machine's peaks")
    machine = hardware(setting.width)
    points = list(measure(setting, told))
    spectra = []
    for text in setting.spectra:
        told(f"spectrum of {text}")
        spectra.append(spectrum(text))
    tasks = [row for name in setting.tasks for row in TASKS[name](setting, told)]
    machine = machine.best(hardware(setting.width))
    rows = [{**point._asdict(), **point.rates(machine)} for point in points]
    for row in spectra:
        row["share_of_peak"] = row["flops_per_second"] and row["flops_per_second"] / machine.matrix_flops
    return {**facts, "peaks": machine._asdict(), "setting": setting._asdict(), "points": rows, "spectra": spectra,
            "tasks": tasks}  # fmt: skip


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
