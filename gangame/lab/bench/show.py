"""What a bench shows: tables on the screen, and a picture beside the JSON file."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
from rich.console import Console
from rich.text import Text

from gangame.lab import store
from gangame.lab.bench.picture import points
from gangame.lab.bench.tables import NOTE, comparison_tables, pair_table, point_tables, spectrum_table, task_table

WIDTH = 400
"""Of a file or a pipe, in characters: more than any table has."""


def show(result: Mapping[str, Any], before: Mapping[str, Any] | None, console: Console) -> None:
    """Prints a result, and its ratios to an older one; tables as wide as they are where no terminal is in the way."""
    tables = point_tables(result["points"])
    if result.get("pairs"):
        tables.append(pair_table(result["pairs"]))
    if result["spectra"]:
        tables.append(spectrum_table(result["spectra"]))
    if result.get("tasks"):
        tables.append(task_table(result["tasks"], result["peaks"]["matrix_flops"]))
    if before is not None:
        tables += comparison_tables(result, before)
    wide = console if console.is_terminal else Console(file=console.file, width=WIDTH, highlight=False)
    for table in tables:
        wide.print(table)
    clock = "CPU time of this process" if jax.default_backend() == "cpu" else "on the wall"
    peaks = {"peak": result["peaks"]["matrix_flops"] / 1e9, "bandwidth": result["peaks"]["bandwidth"] / 1e9}
    further = result.get("peaks_of", {}).items()
    others = "".join(f" The peak in {dtype} is {each['matrix_flops'] / 1e9:.0f} GFLOP/s." for dtype, each in further)
    console.print(Text(NOTE.format(clock=clock, **peaks) + others), style="dim")


def draw(result: Mapping[str, Any], path: Path) -> None:
    """Writes the picture of the points, if there are any."""
    if result["points"]:
        buffer = io.BytesIO()
        points(result["points"]).savefig(buffer, format="png", dpi=110)
        store.write(path.with_suffix(".png"), buffer.getvalue())
