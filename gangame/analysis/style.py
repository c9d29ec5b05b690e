"""How the figures of this project look."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLORS = ("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e")
STYLE: Any = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "font.size": 9,
    "legend.fontsize": 8,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "figure.constrained_layout.use": True,
}


def drawn(make: Callable[..., "Figure"]) -> Callable[..., "Figure"]:
    """Returns the same function, drawing in this style; matplotlib is imported when it is called."""

    @wraps(make)
    def draw(*arguments: Any, **named: Any) -> "Figure":
        import matplotlib

        with matplotlib.rc_context(STYLE):
            return make(*arguments, **named)

    return draw
