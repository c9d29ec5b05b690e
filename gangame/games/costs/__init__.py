"""What each player of a GAN pays, as a function of what the discriminator says. `COSTS` is the one catalogue.

A cost is `cost(logits_real, logits_fake) -> {"discriminator": ..., "generator": ...}`, from outputs `[batch]` on data
and on samples. One idea in a file: the tutorial's own costs, critics, relativistic ones, f-divergences; label smoothing
and penalties change what the discriminator pays under any of them.
"""

from collections.abc import Callable

from gangame.core import Array
from gangame.games.costs.contrastive import noise_contrastive, self_contrastive
from gangame.games.costs.critics import hinge, least_squares, wasserstein
from gangame.games.costs.density_ratio import jensen_shannon_of, kl_of, reverse_kl_of
from gangame.games.costs.divergences import DIVERGENCES, bound, f_gan
from gangame.games.costs.logistic import (
    discriminator_cost,
    guarded_exp,
    maximum_likelihood,
    minimax,
    non_saturating,
)
from gangame.games.costs.penalties import PENALTIES, charge
from gangame.games.costs.relativistic import relativistic, relativistic_average
from gangame.games.costs.smoothing import optimal_logit, smoothed_discriminator_cost

LOGISTIC: dict[str, Callable[[Array, Array], dict[str, Array]]] = {
    "minimax": minimax,
    "non_saturating": non_saturating,
    "maximum_likelihood": maximum_likelihood,
}
"""Costs whose discriminator is the cross-entropy, so that its best logit is log p_data/p_g."""

COSTS: dict[str, Callable[[Array, Array], dict[str, Array]]] = {
    **LOGISTIC,
    "wasserstein": wasserstein,
    "hinge": hinge,
    "least_squares": least_squares,
    "relativistic": relativistic,
    "relativistic_average": relativistic_average,
    **{f"f_{name}": f_gan(name) for name in DIVERGENCES},
}

INDIFFERENT: dict[str, float] = {**dict.fromkeys(COSTS, 0.0), "least_squares": 0.5, "f_kl": 1.0}
"""What the best discriminator says of everything where the generator is the data."""

__all__ = [
    "COSTS",
    "DIVERGENCES",
    "INDIFFERENT",
    "LOGISTIC",
    "PENALTIES",
    "bound",
    "charge",
    "discriminator_cost",
    "f_gan",
    "guarded_exp",
    "hinge",
    "jensen_shannon_of",
    "kl_of",
    "least_squares",
    "maximum_likelihood",
    "minimax",
    "noise_contrastive",
    "non_saturating",
    "optimal_logit",
    "relativistic",
    "relativistic_average",
    "reverse_kl_of",
    "self_contrastive",
    "smoothed_discriminator_cost",
    "wasserstein",
]
