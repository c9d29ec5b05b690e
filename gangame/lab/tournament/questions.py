"""Questions to a tournament: one rule against another on the same seeds, and whether a cheap one does as well."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gangame.lab.tournament.standings import goal_in, standings
from gangame.lab.tournament.work import Arena, Task, load
from gangame.metrics import difference_of_rates, mean_interval

MARGIN = 0.1
"""A rule covers as well as another where, with 95 % confidence, its share of seeds is less than this below."""


class Questions(NamedTuple):
    """What is asked.

    Attributes:
      pairs: labels of rules that are held against each other, on the same seeds.
      references: labels of rules that a cheap one has to equal.
      most: what a step of a cheap rule may cost, in simultaneous steps.
      medians: labels of the rules whose median budget to the goal is told.
      claims: for each claim in words its pair of labels, the number that it is about, and the sign that it claims.
    """

    pairs: tuple[tuple[str, str], ...]
    references: tuple[str, ...]
    most: float
    medians: tuple[str, ...]
    claims: Mapping[str, tuple[str, str, str, int]]


def answers(asked: Questions, tasks: Sequence[Task], arena: Arena) -> dict[str, Any]:
    """Returns the answers of one game, as numbers, verdicts and sentences."""
    cells, entries = Cells(tasks, arena), {each["label"]: each for each in standings(tasks, arena)}
    pairs = {pair: against(cells, *pair) for pair in asked.pairs}
    best = {}
    for measure in cells.goal.view.measures:
        worth = {label: entry["measures"][measure.key][0] for label, entry in entries.items()}
        finite = {label: value for label, value in worth.items() if np.isfinite(value)}
        if finite and measure.reference != 0:  # of what should vanish the largest is not the best
            best[measure.key] = max(finite, key=finite.__getitem__)
    return {
        "pairs": {f"{one} - {other}": difference for (one, other), difference in pairs.items()},
        "sentences": [sentence(*pair, difference, cells) for pair, difference in pairs.items() if difference],
        "medians": {label: entries[label]["budget_to_goal"] for label in asked.medians if label in entries},
        "best": best,
        "as well as": {name: as_well_as(cells, name, asked.most) for name in asked.references},
        "claims": {
            text: claim(against(cells, one, other), key, sign) for text, (one, other, key, sign) in asked.claims.items()
        },
    }


class Cells:
    """The reporting cells of one game, by label."""

    def __init__(self, tasks: Sequence[Task], arena: Arena):
        """Finds those that have been played."""
        self.goal = goal_in(arena)
        self._tasks = {task.row.label: task for task in tasks if task.arena == arena and not task.missing()}

    def labels(self) -> list[str]:
        """Returns the rules that have been played."""
        return list(self._tasks)

    def cost(self, label: str) -> float:
        """Returns what a step costs."""
        return float(load(self._tasks[label].path("reporting"))[1]["cost"])

    def there(self, label: str) -> np.ndarray:
        """Returns which seeds are at the goal at the end, `[seeds]`."""
        return self.goal.reached(load(self._tasks[label].path("reporting"))[0].records)[:, -1]

    def last(self, label: str, key: str) -> np.ndarray:
        """Returns a measure at the end, `[seeds]`."""
        return load(self._tasks[label].path("reporting"))[0].records[key][:, -1].astype(float)


def against(cells: Cells, one: str, other: str) -> dict[str, Any] | None:
    """Returns how one rule differs from another, seed by seed; `None` where either has not been played.

    Returns:
      "share": the difference of the shares of seeds at the goal, first minus second, with its interval; and for each
      measure the mean difference with its interval, over the seeds where both are finite.
    """
    if not {one, other} <= set(cells.labels()):
        return None
    differences = {
        measure.key: mean_interval(cells.last(one, measure.key) - cells.last(other, measure.key))
        for measure in cells.goal.view.measures
    }
    return {"share": difference_of_rates(cells.there(one), cells.there(other)), **differences}


def as_well_as(cells: Cells, reference: str, most: float) -> dict[str, Any] | None:
    """Returns which rules of a step that costs at most `most` cover as well as a reference.

    Returns:
      For each such rule its difference from the reference, and the verdict: "as well" where the interval lies above
      −`MARGIN`, "worse" where it lies below 0, else "undecided".
    """
    if reference not in cells.labels():
        return None
    verdicts = {}
    for label in cells.labels():
        if cells.cost(label) <= most + 1e-9 and label != reference:
            share = difference_of_rates(cells.there(label), cells.there(reference))
            verdict = "as well" if share[1] > -MARGIN else "worse" if share[2] < 0 else "undecided"
            verdicts[label] = {"difference": share, "verdict": verdict, "cost": cells.cost(label)}
    return verdicts


def claim(difference: Mapping[str, Any] | None, key: str, sign: int) -> str:
    """Returns whether a difference has the sign that somebody claims.

    Args:
      difference: what `against` returns.
      key: of the share or of a measure.
      sign: of the difference that is claimed, 1 or −1.

    Returns:
      "confirmed" where the interval lies on that side of 0, "refuted" where it lies on the other, else "undecided".
    """
    if difference is None or not np.all(np.isfinite(difference[key])):
        return "not played"
    _, low, high = np.multiply(sign, difference[key])
    low, high = min(low, high), max(low, high)
    return "confirmed" if low > 0 else "refuted" if high < 0 else "undecided"


def sentence(one: str, other: str, difference: Mapping[str, Any], cells: Cells) -> str:
    """Returns a difference in words."""
    mean, low, high = difference["share"]
    parts = [f"share of seeds at {cells.goal.name} {mean:+.2f} ({low:+.2f} to {high:+.2f})"]
    for measure in cells.goal.view.measures:
        mean, low, high = difference[measure.key]
        parts.append(f"{measure.key.replace('_', ' ')} {mean:+.3f} ({low:+.3f} to {high:+.3f})")
    return f"{one} minus {other}: {'; '.join(parts)}"
