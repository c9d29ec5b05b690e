"""The report of a sweep: one table of all points, and a picture over the numbers that were swept."""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gangame.analysis.style import COLORS, drawn
from gangame.lab import store
from gangame.lab.intervals import ABOUT, written
from gangame.lab.page import PAGE
from gangame.lab.sweeping import Sweep, goal_in

OUTCOMES = ("rule", "share", "finite")
NOTE = f"What was reached at the last record. {ABOUT}"


def write_report(made: Sweep, entries: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    """Writes `sweep.png` and `report.html`, and returns the path of the page."""
    content, goal = io.BytesIO(), goal_in(made)
    picture(entries, goal).savefig(content, format="png", dpi=120)
    store.write(folder / "sweep.png", content.getvalue())
    rows = text_rows(entries, goal)
    head = "".join(f"<th>{html.escape(name)}</th>" for name in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{html.escape(each)}</td>" for each in row.values()) + "</tr>" for row in rows)
    image = base64.b64encode(content.getvalue()).decode()
    parts = (
        f'<figure><img alt="sweep" src="data:image/png;base64,{image}"></figure><div class="scroll"><table><thead><tr>'
        f'{head}</tr></thead><tbody>{body}</tbody></table></div><p class="note">{NOTE}</p>'
    )
    subtitle = f"{made.num_seeds} seeds, {made.num_steps:,} steps each; optimiser {made.optimizer}"
    title = f"{made.game}: {', '.join(made.rules)}"
    page = PAGE.format(title=html.escape(title), subtitle=html.escape(subtitle), body=parts)
    path = folder / "report.html"
    store.write(path, page.encode())
    return path


def text_rows(entries: Sequence[Mapping[str, Any]], goal: str) -> list[dict[str, str]]:
    """Returns the table as text, the columns of numbers that no rule varies left out.

    Args:
      entries: of `sweeping.table`.
      goal: what the share of seeds is about, in words.
    """
    varied = numbers_of(entries)
    rows = []
    for entry in entries:
        cells = {"rule": entry["rule"]}
        cells |= {name: f"{entry[name]:.4g}" if name in entry else "" for name in varied}
        for name, value in entry.items():
            if isinstance(value, list):
                heading = f"share of seeds at {goal}" if name == "share" else name.replace("_", " ")
                cells[heading] = written(value, ".3g")
        rows.append({**cells, "finite": str(entry["finite"])})
    return rows


def numbers_of(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Returns the names of the numbers that take several values in a rule."""
    found: dict[str, None] = {}
    for rule in dict.fromkeys(entry["rule"] for entry in entries):
        own = [entry for entry in entries if entry["rule"] == rule]
        names = [name for name, value in own[0].items() if name not in OUTCOMES and not isinstance(value, list)]
        found |= dict.fromkeys(name for name in names if len({entry[name] for entry in own}) > 1)
    return list(found)


@drawn
def picture(entries: Sequence[Mapping[str, Any]], goal: str) -> Figure:
    """Share of seeds at the goal for each rule: a line over one number, a map over two, of more the best of the rest.

    Args:
      entries: of `sweeping.table`.
      goal: what the share is about, in words.

    Returns:
      The figure, one panel for each rule.
    """
    rules = list(dict.fromkeys(entry["rule"] for entry in entries))
    figure = Figure(figsize=(3.9 * len(rules), 3.4))
    for axes, rule in zip(figure.subplots(1, len(rules), squeeze=False)[0], rules, strict=True):
        own = [entry for entry in entries if entry["rule"] == rule]
        names = numbers_of(own) or ["rate"]
        (_map if len(names) > 1 else _line)(axes, own, names, f"share of seeds at {goal}")
        axes.set_title(rule, fontsize=8)
    return figure


def _line(axes: Axes, entries: Sequence[Mapping[str, Any]], names: Sequence[str], label: str) -> None:
    share = np.array([entry["share"] for entry in entries])
    where = [entry[names[0]] for entry in entries]
    interval = np.maximum([share[:, 0] - share[:, 1], share[:, 2] - share[:, 0]], 0)
    axes.errorbar(where, share[:, 0], yerr=interval, fmt="o-", color=COLORS[0], linewidth=1)
    axes.set(
        xscale="log" if min(where) > 0 else "linear",
        ylim=(-0.03, 1.03),
        xlabel=names[0],
        ylabel=label,
    )


def _map(axes: Axes, entries: Sequence[Mapping[str, Any]], names: Sequence[str], label: str) -> None:
    across, along = (sorted({entry[name] for entry in entries}) for name in names[:2])
    shares = np.zeros((len(along), len(across)))
    for entry in entries:
        place = along.index(entry[names[1]]), across.index(entry[names[0]])
        shares[place] = max(shares[place], entry["share"][0])
    image = axes.imshow(shares, origin="lower", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(across)), [f"{value:.2g}" for value in across], rotation=45)
    axes.set_yticks(range(len(along)), [f"{value:.2g}" for value in along])
    axes.set(xlabel=names[0], ylabel=names[1])
    axes.grid(False)
    axes.figure.colorbar(image, ax=axes, label=label)
