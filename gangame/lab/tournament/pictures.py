"""Pictures of a tournament. Each function returns a matplotlib figure and touches no global state."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gangame.analysis.style import COLORS, drawn
from gangame.lab.tournament.standings import front

Standings = Mapping[str, Sequence[Mapping[str, Any]]]
"""For each game its entries, the best first."""


@drawn
def leaderboard(standings: Standings, goals: Mapping[str, str]) -> Figure:
    """Share of seeds at the goal after a quarter, half and all of the budget; failures are shown as well.

    Args:
      standings: the entries.
      goals: for each game what is to be reached.
    """
    most = max(len(entries) for entries in standings.values())
    lines = -(-len(standings) // 2)
    figure = Figure(figsize=(11, (0.19 * most + 0.8) * lines + 0.4))
    panels = figure.subplots(lines, min(len(standings), 2), squeeze=False).ravel()
    for axes, (name, entries) in zip(panels, standings.items(), strict=False):
        place = np.arange(len(entries))[::-1]
        for (part, marker), color in zip((("0.25", "|"), ("0.5", "d"), ("1", "o")), COLORS[:3], strict=True):
            shares = np.array([entry["share_at"][part] for entry in entries])
            if part == "1":
                interval = np.maximum([shares[:, 0] - shares[:, 1], shares[:, 2] - shares[:, 0]], 0)
                axes.errorbar(shares[:, 0], place, xerr=interval, fmt="none", color="#9aa3b5", linewidth=1)
            axes.plot(shares[:, 0], place, marker, color=color, label=f"{float(part):.0%} of the budget", zorder=3)
        names = [f"{entry['label']} ({entry['cost']:.3g})  {rank}" for rank, entry in enumerate(entries, 1)]
        axes.set_yticks(place, names, fontsize=6)
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.7, len(entries) - 0.3), title=name)
        axes.set_xlabel(f"share of seeds at {goals[name]}")
    for axes in panels[len(standings) :]:
        axes.set_axis_off()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


@drawn
def pareto(standings: Standings, goals: Mapping[str, str]) -> Figure:
    """Cost of a step, and budget to the goal, against the share of seeds that are there; numbers are places.

    Args:
      standings: the entries.
      goals: for each game what is to be reached.
    """
    titles = {"cost": "cost of a step [simultaneous steps]", "budget_to_goal": "median budget to the goal"}
    figure = Figure(figsize=(10.5, 3.9 * len(standings)))
    rows = figure.subplots(len(standings), 2, squeeze=False)
    for row, (name, entries) in zip(rows, standings.items(), strict=True):
        for axes, (cost, title) in zip(row, titles.items(), strict=True):
            _scatter(axes, entries, cost)
            axes.set(xlabel=title, ylabel=f"share of seeds at {goals[name]}", title=name, ylim=(-0.06, 1.1))
    return figure


def _scatter(axes: Axes, entries: Sequence[Mapping[str, Any]], cost: str) -> None:
    prices = np.array([entry[cost] if cost == "cost" else entry[cost][0] for entry in entries], float)
    shares, best = np.array([entry["share"][0] for entry in entries]), front(entries, cost)
    known = np.isfinite(prices)
    if not known.any():
        axes.text(0.5, 0.5, "no rule within the budget", ha="center", transform=axes.transAxes)
        return
    for index in np.flatnonzero(known).tolist():
        chosen = entries[index]["label"] in best
        label = f"{index + 1} {entries[index]['label']}" if chosen else f"{index + 1}"
        color = COLORS[2] if chosen else COLORS[0]
        axes.plot(prices[index], shares[index], "o", color=color, markersize=4)
        axes.annotate(
            label, (prices[index], shares[index]), fontsize=6.5, xytext=(3, 3), textcoords="offset points",
            color="black" if chosen else "#6b7590",
        )  # fmt: skip
    on_front = sorted((prices[index], shares[index]) for index, each in enumerate(entries) if each["label"] in best)
    axes.plot(*np.array(on_front).reshape(-1, 2).T, color=COLORS[2], linewidth=1, drawstyle="steps-post")
    axes.set_xscale("log")
    if not known.all():
        axes.set_title(f"{np.sum(~known)} rules not within the budget", loc="right", fontsize=7)


@drawn
def curves(shares: Mapping[str, Mapping[str, np.ndarray]], goals: Mapping[str, str]) -> Figure:
    """Share of seeds at the goal over the budget, for some rules.

    Args:
      shares: for each game and rule `[records]`, at equal fractions of the budget.
      goals: for each game what is to be reached.
    """
    figure = Figure(figsize=(5.4 * len(shares), 3.8))
    panels = figure.subplots(1, len(shares), squeeze=False)[0]
    for axes, (name, of_rules) in zip(panels, shares.items(), strict=True):
        for index, (label, values) in enumerate(of_rules.items()):
            spent = np.arange(len(values)) / (len(values) - 1)
            style = "-" if index < len(COLORS) else "--"
            axes.plot(spent, values, style, color=COLORS[index % len(COLORS)], label=label, linewidth=1.2)
        axes.set(title=name, xlabel="share of the budget", ylabel=f"share of seeds at {goals[name]}")
        axes.set_ylim(-0.02, 1.02)
        axes.legend(fontsize=6)
    return figure
