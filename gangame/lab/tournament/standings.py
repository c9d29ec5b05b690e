"""What a tournament has found, as numbers with their intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np

from gangame.games import GAMES
from gangame.lab import spec
from gangame.lab.tournament.choose import rank
from gangame.lab.tournament.clock import Clock, clock_of
from gangame.lab.tournament.goal import Goal, goal_of
from gangame.lab.tournament.rates import measured_rates
from gangame.lab.tournament.work import Arena, Task, load
from gangame.metrics import mean_interval, median_time, wilson

REFERENCE = "simultaneous"
"""The row whose time is the measure of all others'."""
FRACTIONS = (0.25, 0.5, 1.0)
"""Fractions of the budget at which a leaderboard looks."""


def goal_in(arena: Arena) -> Goal:
    """Returns the goal of an arena."""
    with jax.enable_x64(arena.dtype == "float64"):
        return goal_of(spec.build(arena.game, GAMES))


def standings(tasks: Sequence[Task], arena: Arena) -> list[dict[str, Any]]:
    """Returns one entry for each rule that has been played on a game, the best first.

    Best is the largest share of seeds at the goal at the end of the budget, then the smallest median budget to get
    there, then the smallest last measure. All times are those of the clock, or `None` where it knows none:
    "measured_cost" is the time of a step over that of the row `REFERENCE`, and "share_at_equal_time" the share after
    as much time as this row takes for its whole budget, of a rule that is through by then where it ended.
    """
    goal = goal_in(arena)
    here = [task for task in tasks if task.arena.name == arena.name and not task.missing()]
    clock = clock_of(here)
    found = [_entry(task, goal, clock) for task in here]
    num_steps = next((each["num_steps"] for each in found if each["label"] == REFERENCE), 0)
    for task, each in zip(here, found, strict=True):
        each["measured_cost"] = cost = clock.ratio(task.row.label, REFERENCE)
        each["share_at_equal_time"] = None if cost is None else _share_after(task, goal, num_steps / cost)
    return sorted(found, key=_order)


def _order(entry: dict[str, Any]) -> tuple[float, float, float]:
    last = list(entry["measures"].values())[-1][0]
    median = entry["budget_to_goal"][0]
    return -entry["share"][0], median if np.isfinite(median) else np.inf, last if np.isfinite(last) else np.inf


def _entry(task: Task, goal: Goal, clock: Clock) -> dict[str, Any]:
    played, about = load(task.path("reporting"))
    protocol, records = task.arena.protocol, played.records
    steps, reached = np.array(about["steps"]), goal.reached(records)[:, 1:]
    first = np.where(reached.any(axis=1), reached.argmax(axis=1), -1)
    budget = protocol.budget * task.row.more
    spent = budget * np.arange(1, protocol.num_records + 1) / protocol.num_records

    def to_goal(along: np.ndarray) -> tuple[float, float, float]:
        return median_time(np.where(first >= 0, along[first], np.inf))

    late, of_step = max(protocol.num_records // 5, 1), clock.step(task.row.label)
    steps_to_goal = to_goal(steps.astype(float))
    finite = records["finite"][:, -1]
    entry = {
        "label": task.row.label,
        "optimizer": about["optimizer"],
        "tuned": about["candidates"][0],
        "budget": budget,
        "cost": about["cost"],
        "stated": about["stated"],
        "num_steps": int(steps[-1]),
        "milliseconds_per_step": None if of_step is None else 1e3 * of_step,
        "seconds": None if of_step is None else of_step * int(steps[-1]),
        "compile_seconds": about["compile_seconds"],
        "seeds": len(reached),
        "seeds_finite": int(finite.sum()),
        "share": _share(reached[:, -1]),
        "share_at": {f"{part:g}": _share(reached[:, _index(part, len(spent))]) for part in FRACTIONS},
        "share_ever": _share(reached.any(axis=1)),
        "share_held": _share(reached[:, -late:].all(axis=1)),
        "budget_to_goal": to_goal(spent),
        "steps_to_goal": steps_to_goal,
        "seconds_to_goal": None if of_step is None else [of_step * each for each in steps_to_goal],
        "measures": {each.key: each.interval(records[each.key][:, -1]) for each in goal.view.measures},
        "grid": _grid(task, goal),
    }
    if goal.full is None:
        entry["local_rate"] = about["local_rate"]
        entry["measured_rate"] = mean_interval(measured_rates(records["distance"], np.array([0, *steps])))
    return entry


def _index(part: float, length: int) -> int:
    return max(round(part * length) - 1, 0)


def _share(successes: Any) -> tuple[float, float, float]:
    count = int(np.sum(successes))
    return (count / len(successes), *wilson(count, len(successes)))


def _grid(task: Task, goal: Goal) -> dict[str, Any]:
    """Returns how a rule did over the whole tuning grid: how much it depends on its numbers."""
    played, about = load(task.path("tuning"))
    candidates = about["candidates"]
    ranked = rank(played.records, goal, len(candidates))
    ever = goal.reached(played.records)[:, 1:].any(axis=1).reshape(len(candidates), -1)
    last = goal.reached(played.records)[:, -1].reshape(len(candidates), -1)
    by_ratio = {}
    for ratio in sorted({each["ratio"] for each in candidates}):
        chosen = [index for index, each in enumerate(candidates) if each["ratio"] == ratio]
        by_ratio[f"{ratio:g}"] = _share(ever[chosen].ravel())
    return {
        "share_ever": _share(ever.ravel()),
        "share_ever_by_ratio": by_ratio,
        "best": {**candidates[ranked[0]], "share": float(last[ranked[0]].mean())},
        "candidates": [
            {**each, "share": float(last[index].mean()), "share_ever": float(ever[index].mean())}
            for index, each in enumerate(candidates)
        ],
    }


def _share_after(task: Task, goal: Goal, num_steps: float) -> tuple[float, float, float]:
    played, about = load(task.path("reporting"))
    passed = int(np.searchsorted(about["steps"], num_steps, side="right"))
    return _share(goal.reached(played.records)[:, passed])


def front(entries: Sequence[Mapping[str, Any]], cost: str = "cost") -> list[str]:
    """Returns the labels on the Pareto front: no other rule covers as much, or more, for less.

    A rule that covers nothing is not on it, nor is a row of reference with a budget of its own.

    Args:
      entries: the standings.
      cost: "cost" per step, or "budget_to_goal".
    """

    def price(entry: Mapping[str, Any]) -> float:
        return float(entry[cost] if cost == "cost" else entry[cost][0])

    kept: list[str] = []
    best = 0.0
    equal = [entry for entry in entries if entry["budget"] == min(each["budget"] for each in entries)]
    for each in sorted(equal, key=lambda entry: (price(entry), -entry["share"][0])):
        if np.isfinite(price(each)) and each["share"][0] > best:
            kept.append(each["label"])
            best = each["share"][0]
    return kept
