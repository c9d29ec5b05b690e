"""The measured points as tables on the screen."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

COLUMNS = {
    "rule": lambda row: row["rule"],
    "seeds": lambda row: f"{row['seeds']:,}" + (f" ({row['block']:,} at once)" if row["block"] < row["seeds"] else ""),
    "first call: trace, compile, run [s]": lambda row: " ".join(
        f"{row[part + '_seconds']:.2f}" for part in ("trace", "compile", "run")
    ),
    "steps/s": lambda row: _short(row["steps_per_second"]),
    "seeds·steps/s": lambda row: _short(row["seed_steps_per_second"]),
    "± %": lambda row: f"{100 * row['spread']:.0f}",
    "MFLOP": lambda row: _short(row["flops"] / 1e6) + ("+" if row["open_loop"] else ""),
    "% of peak": lambda row: f"{100 * row['share_of_peak']:.1f}",
    "% of roofline": lambda row: f"{100 * row['share_of_roofline']:.0f}",
    "temp MB": lambda row: _short(row["temp_bytes"] / 1e6),
    "cost": lambda row: f"{row['cost']:.2f}",
    "counted": lambda row: f"{row['cost_counted']:.2f}" + ("+" if row["open_loop"] else ""),
    "stated": lambda row: f"{row['cost_stated']:.2f}",
}
NOTE = (
    "Times are {clock}; the peak is that of this machine's own matrix product, {peak:.0f} GFLOP/s, its bandwidth "
    "{bandwidth:.0f} GB/s. MFLOP are of one step of one seed, + where a loop of unknown length counts once. Cost is "
    "relative to simultaneous steps: measured, counted by XLA, and as the rule's file states it."
)


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def point_tables(rows: Sequence[Mapping[str, Any]]) -> list[Table]:
    """Returns a table for each game and batch."""
    tables = []
    for game, batch in dict.fromkeys((row["game"], row["batch_size"]) for row in rows):
        table = Table(
            *COLUMNS, title=Text(f"{game}, batch {batch}" if batch else game), title_justify="left", box=None,
            pad_edge=False,
        )  # fmt: skip
        for row in rows:
            if (row["game"], row["batch_size"]) == (game, batch):
                table.add_row(*(Text(column(row)) for column in COLUMNS.values()))
        tables.append(table)
    return tables


def pair_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Returns the table of peers: time of each over that of the scan, the median over turns."""
    table = Table("game", "rule", "contender", "ms per step", "× the scan", "± %", box=None, pad_edge=False)
    for row in rows:
        cells = (f"{1e3 * row['step_seconds']:.3f}", f"{row['ratio']:.2f}", f"{100 * row['spread']:.0f}")
        table.add_row(*map(Text, (row["game"], row["rule"], row["contender"], *cells)))
    return table


def spectrum_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Returns the table of spectra."""
    table = Table("spectrum of", "parameters", "first call [s]", "then [s]", "% of peak", box=None, pad_edge=False)
    for row in rows:
        cells = (f"{row['parameters']:,}", f"{row['first_seconds']:.2f}", f"{row['seconds']:.2f}")
        share = "" if row["share_of_peak"] is None else f"{100 * row['share_of_peak']:.1f}"
        table.add_row(*map(Text, (row["game"], *cells, share)))
    return table


def comparison_table(now: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]) -> Table:
    """Returns the table of what has changed against an older result; what is in one of them alone is left out."""
    table = Table(
        "game", "batch", "rule", "seeds", *(f"{name}, now/then" for name in CHANGES), box=None, pad_edge=False
    )
    older = {_identity(row): row for row in before}
    for row in now:
        then = older.get(_identity(row))
        if then is not None:
            ratios = (f"{row[key] / then[key]:.2f}" if then[key] else "–" for key in CHANGES.values())
            table.add_row(*map(Text, map(str, _identity(row))), *map(Text, ratios))
    return table


CHANGES = {
    "seeds·steps/s": "seed_steps_per_second",
    "cost": "cost",
    "compile s": "compile_seconds",
    "temp MB": "temp_bytes",
    "MFLOP": "flops",
}


def _identity(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("game", "batch_size", "rule", "seeds"))
