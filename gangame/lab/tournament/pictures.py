"""Pictures of a tournament. Each function returns a matplotlib figure and touches no global state."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gangame.lab.figures import COLORS, drawn
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
    figure = Figure(figsize=(5.6 * len(standings), 0.27 * most + 1.6))
    panels = figure.subplots(1, len(standings), squeeze=False)[0]
    for axes, (name, entries) in zip(panels, standings.items(), strict=True):
        place = np.arange(len(entries))[::-1]
        for (part, marker), color in zip((("0.25", "|"), ("0.5", "d"), ("1", "o")), COLORS[:3], strict=True):
            shares = np.array([entry["share_at"][part] for entry in entries])
            if part == "1":
                low, high = shares[:, 0] - shares[:, 1], shares[:, 2] - shares[:, 0]
                interval = np.maximum([low, high], 0)
                axes.errorbar(shares[:, 0], place, xerr=interval, fmt="none", color="#9aa3b5", linewidth=1)
            axes.plot(shares[:, 0], place, marker, color=color, label=f"{float(part):.0%} of the budget", zorder=3)
        axes.set_yticks(place, [f"{entry['label']} ({entry['cost']:.2g})" for entry in entries], fontsize=7)
        axes.set(xlim=(-0.03, 1.03), title=name, xlabel=f"share of seeds at {goals[name]}")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


@drawn
def pareto(standings: Standings, goals: Mapping[str, str]) -> Figure:
    """Cost of a step, and budget to the goal, against the share of seeds that are there at equal budget.

    Args:
      standings: the entries.
      goals: for each game what is to be reached.
    """
    figure = Figure(figsize=(10.5, 4.4 * len(standings)))
    rows = figure.subplots(len(standings), 2, squeeze=False)
    for row, (name, entries) in zip(rows, standings.items(), strict=True):
        titles = {
            "cost": "cost of a step [simultaneous steps]",
            "budget_to_goal": "median budget to the goal; right edge: not within it",
        }
        for axes, (cost, title) in zip(row, titles.items(), strict=True):
            _scatter(axes, entries, cost)
            axes.set(xlabel=title, ylabel=f"share of seeds at {goals[name]}", title=name, ylim=(-0.06, 1.1))
    return figure


def _scatter(axes: Axes, entries: Sequence[Mapping[str, Any]], cost: str) -> None:
    prices = np.array([entry[cost] if cost == "cost" else entry[cost][0] for entry in entries], float)
    known = np.isfinite(prices)
    edge = 1.3 * prices[known].max() if known.any() else 1.0
    prices = np.where(known, prices, edge)
    shares = np.array([entry["share"][0] for entry in entries])
    best = front([dict(entry) for entry in entries], cost)
    for index, entry in enumerate(entries):
        chosen = entry["label"] in best
        color = COLORS[2] if chosen else COLORS[0]
        axes.plot(prices[index], shares[index], "o" if known[index] else "x", color=color, markersize=5)
        axes.annotate(
            entry["label"], (prices[index], shares[index]), fontsize=5.5, xytext=(3, 3), textcoords="offset points",
            rotation=18, color="black" if chosen else "#6b7590",
        )  # fmt: skip
    on_front = sorted((prices[index], shares[index]) for index, each in enumerate(entries) if each["label"] in best)
    axes.plot(*np.array(on_front).reshape(-1, 2).T, color=COLORS[2], linewidth=1, drawstyle="steps-post")
    axes.set_xscale("log")


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
