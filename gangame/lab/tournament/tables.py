"""The standings of a tournament as tables of text."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gangame.lab.intervals import ABOUT as INTERVALS
from gangame.lab.intervals import written
from gangame.lab.page import Row
from gangame.lab.tournament.goal import Goal

ABOUT = (
    "Budget and cost are counted in simultaneous steps: a gradient of every player is 1, a product with the game's "
    "Jacobian 1.1, with its transpose 2.1; a penalty counts what XLA counts for it. Each rule takes as many steps as "
    "the budget pays for. The time of a step is measured apart from the runs, of all rules of a game in turns: the "
    "median of the rounds, for all seeds together, on a CPU the time of the process; it is left out where the rounds "
    "disagree. The measured cost is this time over that of the row 'simultaneous' in the same round; the share in its "
    "time is that after as much time as this row takes for the whole budget (of a rule that is through earlier, where "
    "it ended). "
    f"{INTERVALS} Of a median (where fewer than half of the seeds are there it lies beyond the end, '> budget') it is "
    "that of its order statistics. "
    "'Ever': at some record; 'held': at every record of the last fifth. 'Grid': share of all candidates and tuning "
    "seeds that are ever there, for each ratio of learning rates, which tells how much a rule depends on its numbers."
)


def text_rows(entries: Sequence[Mapping[str, Any]], goal: Goal) -> list[Row]:
    """Returns the table of a game, one row for each rule, the best first."""
    return [Row(each["label"], _cells(each, goal)) for each in entries]


def brief_rows(entries: Sequence[Mapping[str, Any]], goal: Goal) -> list[Row]:
    """Returns the same table with the columns that fit into a terminal."""
    rows = []
    for each in entries:
        cells = {"tuned": _tuned(each), "cost": f"{each['cost']:.2f}"}
        if goal.full is None:
            cells["rate"] = _rates(each)["local rate per step"]
        share, low, high = each["share"]
        cells[f"seeds at {goal.name}"] = f"{round(share * each['seeds'])}/{each['seeds']} ({low:.2f} to {high:.2f})"
        cells["median budget"] = _median(each["budget_to_goal"], each["budget"], ",.0f")
        for measure in goal.view.measures:
            cells[measure.key.replace("_", " ")] = written(each["measures"][measure.key], measure.form)
        rows.append(Row(each["label"], cells))
    return rows


def _tuned(entry: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.rpartition('/')[2]} {value:.2g}" for name, value in entry["tuned"].items())


def _cells(entry: Mapping[str, Any], goal: Goal) -> dict[str, str]:
    stated = entry["stated"]
    cells = {
        "optimiser": entry["optimizer"],
        "tuned": _tuned(entry),
        "cost of a step": f"{entry['cost']:.2f}",
        "gradients, Ju, Jᵀu": f"{stated['gradients']:g}, {stated['forward']:g}, {stated['transposed']:g}",
        "measured cost": "" if entry["measured_cost"] is None else f"{entry['measured_cost']:.2f}",
        "steps": f"{entry['num_steps']:,}",
    }
    if goal.full is None:
        cells |= _rates(entry)
    for part, share in entry["share_at"].items():
        cells[f"seeds at {goal.name}, {float(part):.0%} of budget"] = _share(share)
    at_equal_time = entry["share_at_equal_time"]
    cells["in the time of 'simultaneous'"] = "" if at_equal_time is None else _share(at_equal_time)
    cells["ever"], cells["held"] = f"{entry['share_ever'][0]:.2f}", f"{entry['share_held'][0]:.2f}"
    cells["median budget to get there"] = _median(entry["budget_to_goal"], entry["budget"], ",.0f")
    cells["median time, all seeds [s]"] = (
        "" if entry["seconds"] is None else _median(entry["seconds_to_goal"], entry["seconds"], ".3g")
    )
    for measure in goal.view.measures:
        cells[measure.label] = written(entry["measures"][measure.key], measure.form)
    cells["finite"] = f"{entry['seeds_finite']}/{entry['seeds']}"
    for ratio, share in entry["grid"]["share_ever_by_ratio"].items():
        cells[f"grid, ratio {ratio}"] = f"{share[0]:.2f}"
    return cells


def _rates(entry: Mapping[str, Any]) -> dict[str, str]:
    measured = entry["measured_rate"]
    local = entry["local_rate"]
    known = local is not None and np.isfinite(local)
    return {
        "local rate per step": f"{local:.5f}" if known else "",
        "measured rate per step": written(measured, ".5f") if np.isfinite(measured[0]) else "",
        "local rate per simultaneous step": f"{local ** (1 / entry['cost']):.5f}" if known else "",
    }


def _share(share: Sequence[float]) -> str:
    return written(share, ".2f")


def _median(median: Sequence[float], end: float, form: str) -> str:
    def number(value: float) -> str:
        return f"{value:{form}}" if value < np.inf else f"> {end:{form}}"

    return f"{number(median[0])} ({number(median[1])} to {number(median[2])})"
