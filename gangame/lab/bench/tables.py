"""The measured points as tables on the screen."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Column, Table
from rich.text import Text

COLUMNS = {
    "rule": lambda row: row["rule"],
    "seeds": lambda row: f"{row['seeds']:,}" + (f" ({row['block']:,} at once)" if row["block"] < row["seeds"] else ""),
    "first call: start, trace, compile, run [s]": lambda row: " ".join(
        f"{row[part + '_seconds']:.2f}" for part in ("start", "trace", "compile", "run")
    ),
    "steps/s": lambda row: _short(row["steps_per_second"]),
    "seeds·steps/s": lambda row: _short(row["seed_steps_per_second"]),
    "± %": lambda row: f"{100 * row['spread']:.0f}",
    "MFLOP": lambda row: _short(row["flops"] / 1e6) + ("+" if row["open_loop"] else ""),
    "% of peak": lambda row: f"{100 * row['share_of_peak']:.1f}",
    "% of roofline": lambda row: f"{100 * row['share_of_roofline']:.0f}",
    "temp MB": lambda row: _short(row["temp_bytes"] / 1e6),
    "peak MB (XLA)": lambda row: _short(row["peak_bytes"] / 1e6),
    "cost": lambda row: f"{row['cost']:.2f}",
    "counted": lambda row: f"{row['cost_counted']:.2f}" + ("+" if row["open_loop"] else ""),
    "stated": lambda row: f"{row['cost_stated']:.2f}",
}
NOTE = (
    "Times are {clock}; the peak is that of this machine's own matrix product, {peak:.0f} GFLOP/s, its bandwidth "
    "{bandwidth:.0f} GB/s, each the best of before and after. A roofline takes no cache into account, so a CPU may be "
    "above it. MFLOP are of one step of one seed, + where a loop of unknown length counts once. Memory is that of "
    "XLA's plan of its buffers, the peak with arguments and results. Cost is relative to simultaneous steps: measured, "
    "counted by XLA, and as the rule's file states it."
)


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _table(*headings: str, title: str | None = None) -> Table:
    """Returns a table that breaks a word rather than cut it where the terminal is narrow."""
    columns = (Column(Text(heading), overflow="fold") for heading in headings)
    return Table(*columns, title=title and Text(title), title_justify="left", box=None, pad_edge=False)


def point_tables(rows: Sequence[Mapping[str, Any]]) -> list[Table]:
    """Returns a table for each game and batch."""
    tables = []
    for game, batch in dict.fromkeys((row["game"], row["batch_size"]) for row in rows):
        table = _table(*COLUMNS, title=f"{game}, batch {batch}" if batch else game)
        for row in rows:
            if (row["game"], row["batch_size"]) == (game, batch):
                table.add_row(*(Text(column(row)) for column in COLUMNS.values()))
        tables.append(table)
    return tables


def pair_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Returns the table of peers: time of each over that of the scan, the median over turns."""
    table = _table("game", "rule", "contender", "ms per step", "× the scan", "± %")
    for row in rows:
        cells = (f"{1e3 * row['step_seconds']:.3f}", f"{row['ratio']:.2f}", f"{100 * row['spread']:.0f}")
        table.add_row(*map(Text, (row["game"], row["rule"], row["contender"], *cells)))
    return table


def task_table(rows: Sequence[Mapping[str, Any]], peak: float) -> Table:
    """Returns the table of whole tasks; `peak` is the machine's, in operations a second."""
    table = _table("task", "contender", "seconds", "× the first", "± %", "% of peak")
    for row in rows:
        share = f"{100 * row['flops'] / row['seconds'] / peak:.1f}" if row["flops"] else ""
        cells = (f"{row['seconds']:.2f}", f"{row['ratio']:.2f}", f"{100 * row['spread']:.0f}", share)
        table.add_row(*map(Text, (row["task"], row["contender"], *cells)))
    return table


def spectrum_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Returns the table of spectra."""
    table = _table("spectrum of", "parameters", "first call [s]", "then [s]", "% of peak")
    for row in rows:
        cells = (f"{row['parameters']:,}", f"{row['first_seconds']:.2f}", f"{row['seconds']:.2f}")
        share = "" if row["share_of_peak"] is None else f"{100 * row['share_of_peak']:.1f}"
        table.add_row(*map(Text, (row["game"], *cells, share)))
    return table


def comparison_tables(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[Table]:
    """Returns a table for each kind of rows that both results have; what is in one of them alone is left out."""
    tables = []
    for kind, (identity, changes) in CHANGES.items():
        older = {_identity(row, identity): row for row in before.get(kind, ())}
        table = _table(*identity, *(f"{name}, now/then" for name in changes))
        for row in now.get(kind, ()):
            then = older.get(_identity(row, identity))
            if then is not None:
                ratios = (f"{row[key] / then[key]:.2f}" if row[key] and then[key] else "–" for key in changes.values())
                table.add_row(*map(Text, _identity(row, identity)), *map(Text, ratios))
        if table.row_count:
            tables.append(table)
    return tables


CHANGES = {
    "points": (
        ("game", "batch_size", "rule", "seeds"),
        {
            "seeds·steps/s": "seed_steps_per_second",
            "cost": "cost",
            "compile s": "compile_seconds",
            "temp MB": "temp_bytes",
            "MFLOP": "flops",
        },
    ),
    "pairs": (
        ("game", "batch_size", "rule", "contender"),
        {"ms per step": "step_seconds", "× the scan": "ratio"},
    ),
    "tasks": (("task", "contender"), {"seconds": "seconds", "× the first": "ratio"}),
    "spectra": (("game", "parameters"), {"first call s": "first_seconds", "then s": "seconds"}),
}
"""For each kind of rows what they are known by, and what is compared, by its heading."""


def _identity(row: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in names)
