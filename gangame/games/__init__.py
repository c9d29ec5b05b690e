"""Games: what each player wants. `GAMES` is the one catalogue."""

from collections.abc import Callable

from gangame.core import Game
from gangame.games.bilinear import bilinear
from gangame.games.costs import COSTS
from gangame.games.digits import digits
from gangame.games.dirac import dirac
from gangame.games.finite_sum import Terms, finite_sum
from gangame.games.gan import gan, generate
from gangame.games.mixture import mixture
from gangame.games.quadratic import quadratic

GAMES: dict[str, Callable[..., Game]] = {
    "bilinear": bilinear,
    "quadratic": quadratic,
    "dirac": dirac,
    "mixture": mixture,
    "digits": digits,
}

__all__ = ["COSTS", "GAMES", "Terms", "finite_sum", "gan", "generate", *GAMES]
