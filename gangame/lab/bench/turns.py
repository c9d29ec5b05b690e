"""Contenders measured in turns, so that what disturbs the machine disturbs them alike."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gangame.lab.stopwatch import clock


def interleaved(contenders: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, np.ndarray]:
    """Returns the seconds of each contender in each round, `[rounds]`; one more round before them warms up.

    Args:
      contenders: functions that return when their work is done.
      rounds: how often each of them has its turn, 1 or more.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds + 1):
        for name, work in contenders.items():
            began = clock()
            work()
            seconds[name].append(clock() - began)
    return {name: np.array(each[1:]) for name, each in seconds.items()}


def ratios(seconds: Mapping[str, np.ndarray], base: str) -> list[dict[str, Any]]:
    """Returns a row for each contender: median seconds, and their ratio to those of `base` in the same turn.

    Args:
      seconds: of each contender in each round, as `interleaved` returns them.
      base: the contender against which the others are held.
    """
    rows = []
    for name, each in seconds.items():
        low, middle, high = np.quantile(each / seconds[base], [0.25, 0.5, 0.75])
        rows.append({
            "contender": name, "seconds": float(np.median(each)), "ratio": float(middle),
            "spread": float((high - low) / 2 / middle),
        })  # fmt: skip
    return rows


def median_ratio(top: np.ndarray, bottom: np.ndarray) -> float:
    """Returns the median over rounds of top / bottom."""
    return float(np.median(top / bottom))
