"""The standings of a tournament as tables of text."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gangame.lab.page import Row
from gangame.lab.tournament.goal import Goal
from gangame.lab.tournament.work import Arena

ABOUT = (
    "Budget and cost are counted in simultaneous steps: a gradient of every player is 1, a product with the game's "
    "Jacobian 1.1, with its transpose 2.1; a penalty counts what XLA counts for it. Each rule takes as many steps as "
    "the budget pays for. The measured cost is the time of a step over that of the row 'simultaneous'. A share of "
    "seeds has its 95 % Wilson interval, a mean its 95 % Student t interval over the seeds that are finite, a median "
    "(where fewer than half of the seeds are there it lies beyond the end, '> budget') the 95 % interval of its order "
    "statistics. 'Ever': at some record; 'held': at every record of the last fifth. 'Grid': share of all candidates "
    "and tuning seeds that are ever there, for each ratio of learning rates, which tells how much a rule depends on "
    "its numbers."
)


def text_rows(entries: Sequence[Mapping[str, Any]], arena: Arena, goal: Goal) -> list[Row]:
    """Returns the table of a game, one row for each rule, the best first."""
    return [Row(each["label"], _cells(each, arena, goal)) for each in entries]


def _cells(entry: Mapping[str, Any], arena: Arena, goal: Goal) -> dict[str, str]:
    stated = entry["stated"]
    cells = {
        "optimiser": entry["optimizer"],
        "tuned": ", ".join(f"{name.rpartition('/')[2]} {value:.2g}" for name, value in entry["tuned"].items()),
        "cost of a step": f"{entry['cost']:.2f}",
        "gradients, Ju, Jᵀu": f"{stated['gradients']:g}, {stated['forward']:g}, {stated['transposed']:g}",
        "measured cost": "" if entry["measured_cost"] is None else f"{entry['measured_cost']:.2f}",
        "steps": f"{entry['num_steps']:,}",
    }
    if goal.full is None:
        cells |= _rates(entry)
    for part, share in entry["share_at"].items():
        cells[f"seeds at {goal.name}, {float(part):.0%} of budget"] = _share(share)
    cells["ever"], cells["held"] = f"{entry['share_ever'][0]:.2f}", f"{entry['share_held'][0]:.2f}"
    cells["median budget to get there"] = _median(entry["budget_to_goal"], arena.protocol.budget, ",.0f")
    cells["median time, all seeds [s]"] = _median(entry["seconds_to_goal"], entry["seconds"], ".1f")
    for measure in goal.view.measures:
        mean, low, high = entry["measures"][measure.key]
        cells[measure.label] = f"{mean:{measure.form}} ({low:{measure.form}} to {high:{measure.form}})"
    cells["finite"] = f"{entry['seeds_finite']}/{entry['seeds']}"
    for ratio, share in entry["grid"]["share_ever_by_ratio"].items():
        cells[f"grid, ratio {ratio}"] = f"{share[0]:.2f}"
    return cells


def _rates(entry: Mapping[str, Any]) -> dict[str, str]:
    mean, low, high = entry["measured_rate"]
    local = entry["local_rate"]
    known = local is not None and np.isfinite(local)
    return {
        "local rate per step": f"{local:.5f}" if known else "",
        "measured rate per step": f"{mean:.5f} ({low:.5f} to {high:.5f})" if np.isfinite(mean) else "diverged",
        "local rate per simultaneous step": f"{local ** (1 / entry['cost']):.5f}" if known else "",
    }


def _share(share: Sequence[float]) -> str:
    return f"{share[0]:.2f} ({share[1]:.2f} to {share[2]:.2f})"


def _median(median: Sequence[float], end: float, form: str) -> str:
    def number(value: float) -> str:
        return f"{value:{form}}" if value < np.inf else f"> {end:{form}}"

    return f"{number(median[0])} ({number(median[1])} to {number(median[2])})"
