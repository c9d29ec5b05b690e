"""The measured points as a picture."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gangame.analysis.style import COLORS, drawn
from gangame.lab.figures import broken


@drawn
def points(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """What a step costs, measured, counted and stated; and the throughput over the number of seeds.

    Args:
      rows: points as `gangame bench` writes them.
    """
    games = list(dict.fromkeys((row["game"], row["batch_size"]) for row in rows))
    figure = Figure(figsize=(10, 3.4 * len(games)))
    for (costs, speed), (game, batch) in zip(figure.subplots(len(games), 2, squeeze=False), games, strict=True):
        own = [row for row in rows if (row["game"], row["batch_size"]) == (game, batch)]
        rules = list(dict.fromkeys(row["rule"] for row in own))
        first = [next(row for row in own if row["rule"] == rule) for rule in rules]
        height = np.arange(len(rules))
        for offset, (key, label) in enumerate(
            (("cost", "measured"), ("cost_counted", "counted by XLA"), ("cost_stated", "stated"))
        ):
            widths = [row[key] for row in first]
            costs.barh(height + (offset - 1) * 0.27, widths, 0.25, color=COLORS[offset], label=label)
        costs.set_yticks(height, [broken(rule) for rule in rules], fontsize=8)
        costs.invert_yaxis()
        costs.set(xlabel="cost of a step, in simultaneous steps", title=broken(game))
        costs.legend()
        for rule, color in zip(rules, COLORS * 9, strict=False):
            line = [row for row in own if row["rule"] == rule]
            speed.plot(
                [row["seeds"] for row in line], [row["seed_steps_per_second"] for row in line], "o-", color=color,
                label=rule,
            )  # fmt: skip
        speed.set(xscale="log", yscale="log", xlabel="seeds", ylabel="seeds·steps/s")
        speed.legend()
    return figure
