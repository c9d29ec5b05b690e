"""Which candidate of a rule is the best on the tuning seeds."""

import numpy as np

from gangame.lab.tournament.cell import Records
from gangame.lab.tournament.goal import Goal

CRITERION = (
    "The candidate with the largest share of tuning seeds that are at the goal at the end; among equals the one that "
    "is nearest to it over the last fifth of the records, then the one whose median seed was there first, then the one "
    "with the smaller last measure (reverse KL), then the first of the grid."
)


def rank(records: Records, goal: Goal, num_candidates: int) -> list[int]:
    """Returns the candidates from the best to the worst.

    Args:
      records: of the tuning, `[num_candidates · seeds, records + 1]` by name.
      goal: what counts.
      num_candidates: how many there are.
    """
    reached = goal.reached(records)[:, 1:].reshape(num_candidates, -1, _length(records))
    worth = goal.worth(records)[:, 1:].reshape(reached.shape)
    last = records[goal.view.measures[-1].key][:, -1].reshape(num_candidates, -1)
    late = max(reached.shape[-1] // 5, 1)
    share = reached[..., -1].mean(axis=1)
    near = np.clip(worth[..., -late:], -1e6, 1e6).mean(axis=(1, 2))
    first = np.where(reached.any(axis=-1), reached.argmax(axis=-1).astype(float), np.inf)
    median = np.sort(first, axis=1)[:, (first.shape[1] - 1) // 2]
    rest = np.where(np.isfinite(last), last, np.inf).mean(axis=1)
    return np.lexsort((rest, median, -near, -share)).tolist()


def _length(records: Records) -> int:
    return next(iter(records.values())).shape[1] - 1
