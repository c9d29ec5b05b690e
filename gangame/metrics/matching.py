"""Classes that were found without labels, against the true ones: a matching gives the found ones their names."""

import numpy as np

from gangame.core import Array


def best_matching(found: Array, labels: Array, num_classes: int) -> np.ndarray:
    """Returns for each found class the label it stands for, `[num_classes]`, a permutation that is right most often.

    Args:
      found: `[num_points]`, the class that each point was given, 0 to num_classes − 1.
      labels: `[num_points]`, its true class, 0 to num_classes − 1.
      num_classes: how many of either there are.

    Raises:
      ValueError: not one label for each point, or a class outside the range.

    Source: Kuhn, "The Hungarian method for the assignment problem", 1955, https://doi.org/10.1002/nav.3800020109.
    """
    from scipy.optimize import linear_sum_assignment  # takes half a second to import

    pair = np.asarray(found), np.asarray(labels)
    if pair[0].shape != pair[1].shape or pair[0].ndim != 1:
        raise ValueError(f"There are found classes of shape {pair[0].shape}, labels of {pair[1].shape}; match points.")
    both = np.concatenate(pair)
    if len(both) and not (both.min() >= 0 and both.max() < num_classes):
        raise ValueError(f"Classes go from {both.min()} to {both.max()}; they have to be from 0 to {num_classes - 1}.")
    together = np.zeros((num_classes, num_classes))
    np.add.at(together, pair, 1)
    return linear_sum_assignment(together, maximize=True)[1]


def matched_accuracy(found: Array, labels: Array, num_classes: int, matching: np.ndarray | None = None) -> float:
    """Returns the share of points whose found class stands for their true one.

    Where the matching is made on the very points that are counted, chance is above 1/num_classes: it is chosen to be
    the best. Made on other points it can be counted on.

    Args:
      found: `[num_points]`, the class that each point was given.
      labels: `[num_points]`, its true class.
      num_classes: how many of either there are.
      matching: what each found class stands for, from `best_matching`; `None` is the best one for these points.

    Raises:
      ValueError: as `best_matching` does.

    Source: Chen et al., "InfoGAN", 2016, https://arxiv.org/abs/1606.03657, which reports 1 less it, after matching.

    Example:
      >>> matched_accuracy(np.array([2, 2, 0, 1]), np.array([0, 0, 1, 1]), 3)
      0.75
    """
    best = best_matching(found, labels, num_classes)
    return float(np.mean((best if matching is None else matching)[np.asarray(found)] == np.asarray(labels)))
