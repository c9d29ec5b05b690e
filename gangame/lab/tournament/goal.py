"""What counts on a game: when a seed has reached the goal, and which numbers say how well."""

import dataclasses

import numpy as np

from gangame.core import Game
from gangame.lab.spec import UserError
from gangame.lab.views import Measure, View, view_of

TOLERANCE = 1e-3
"""A seed has converged where its distance to the equilibrium is below this share of where it started."""


@dataclasses.dataclass(frozen=True)
class Goal:
    """When a seed is there.

    Attributes:
      view: how the game is looked at.
      measure: the measure that decides, the first of the view.
      full: its value at which everything is reached (all modes); `None` where it is a distance to the equilibrium.
    """

    view: View
    measure: Measure
    full: float | None

    @property
    def name(self) -> str:
        """Returns the goal in words."""
        return f"all {self.full:g} {self.measure.key}" if self.full is not None else "the equilibrium"

    def reached(self, records: dict[str, np.ndarray]) -> np.ndarray:
        """Returns for each record whether the goal is reached there, `[lanes, records]`.

        Args:
          records: `[lanes, records]` by name, the first column being that before the first step.
        """
        values = records[self.measure.key]
        if self.full is not None:
            return values >= self.full
        return values <= TOLERANCE * values[:, :1]

    def worth(self, records: dict[str, np.ndarray]) -> np.ndarray:
        """Returns for each record how near the goal is, larger being nearer, `[lanes, records]`."""
        values = records[self.measure.key].astype(float)
        if self.full is not None:
            return np.where(np.isfinite(values), values, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            digits = -np.log10(values / values[:, :1])
        return np.where(np.isnan(digits), -np.inf, np.clip(digits, -300, 300))


def goal_of(game: Game) -> Goal:
    """Returns the goal of a game.

    Raises:
      UserError: the game has neither modes or classes to cover nor a known equilibrium.
    """
    view = view_of(game)
    if not view.measures:
        raise UserError(
            "This game has neither modes to cover nor an equilibrium that is known, so there is nothing to rank rules "
            "by; choose a mixture, digits, or a game with an equilibrium."
        )
    return Goal(view, view.measures[0], None if view.full is None else view.full[1])
