"""Update rules: how everybody moves.

Each factory takes `optimizer` first (a learning rate, an optax transformation, or a dict with one of these for each
player), everything else by keyword, and returns an `UpdateRule`. `RULES` is the one catalogue.
"""

from collections.abc import Callable

from gangame.core import UpdateRule
from gangame.rules.alternating import alternating
from gangame.rules.simultaneous import simultaneous
from gangame.rules.unrolled import unrolled

RULES: dict[str, Callable[..., UpdateRule]] = {
    "simultaneous": simultaneous,
    "alternating": alternating,
    "unrolled": unrolled,
}

__all__ = ["RULES", *RULES]
