"""Pictures of games and rules. Each function returns a matplotlib figure and touches no global state."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from gangame.analysis.basins import Basins
from gangame.analysis.path import Path
from gangame.analysis.plane import axes_of, field_on_grid
from gangame.analysis.style import COLORS, drawn
from gangame.core import Array, Batch, Game

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RATES = (
    "PuOr_r"  # purple where a rule converges, orange where it diverges: told apart by every eye, and in grey by depth
)


@drawn
def vector_field(
    game: Game,
    paths: Mapping[str, np.ndarray] | None = None,
    *,
    bound: float = 2.0,
    batch: Batch = None,
    title: str = "",
) -> "Figure":
    """The field −v of a game of two scalars, the nullclines on which one of them rests, and trajectories.

    Args:
      game: the game.
      paths: trajectories `[num_points, 2]` by their labels, in the order of the players' names.
      bound: the picture shows [−bound, bound]², positive.
      batch: the sample on which the field is taken; by default one drawn with key 0.
      title: above the picture.
    """
    from matplotlib.figure import Figure

    (first, second), _, point_of = axes_of(game)
    figure = Figure(figsize=(5.0, 5.0))
    axes = figure.subplots()
    coarse, fine = jnp.linspace(-bound, bound, 21), jnp.linspace(-bound, bound, 201)
    arrows = -np.asarray(field_on_grid(game, coarse, coarse, batch))
    speed = np.linalg.norm(arrows, axis=-1, keepdims=True)
    # Arrows of nearly one length show the direction everywhere; their shade shows the speed.
    unit = arrows / np.where(speed > 0, speed, 1)
    shade: dict[str, Any] = {
        "cmap": "Greys",
        "clim": (-1.0, 2.0 * bound**0.5),
        "pivot": "mid",
        "scale": 32,
        "width": 0.0032,
    }
    axes.quiver(coarse, coarse, *np.moveaxis(unit, -1, 0), speed[..., 0] ** 0.5, **shade)
    v = np.asarray(field_on_grid(game, fine, fine, batch))
    handles = []
    for i, (name, dash) in enumerate(zip((first, second), ("--", ":"), strict=True)):
        axes.contour(fine, fine, v[..., i], levels=[0.0], colors="#555555", linestyles=[dash], linewidths=1.1)
        handles += axes.plot([], [], dash, color="#555555", linewidth=1.1, label=f"{name} rests")
    for (label, path), color in zip((paths or {}).items(), COLORS * 9, strict=False):
        path = np.where(np.abs(path) < 1e3 * bound, path, np.nan)
        handles += axes.plot(*path.T, color=color, linewidth=1.4, label=label)
        axes.plot(*path[0], "o", color=color, markersize=5)
    if game.equilibrium is not None:
        handles += axes.plot(
            *point_of(game.equilibrium), "k+", markersize=11, markeredgewidth=1.8, label="equilibrium", linestyle=""
        )
    axes.set(xlim=(-bound, bound), ylim=(-bound, bound), xlabel=first, ylabel=second, aspect="equal", title=title)
    axes.grid(visible=False)
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


@drawn
def eigenvalue_plane(
    values: Mapping[str, np.ndarray], region: tuple[Array, Array, np.ndarray] | None = None, *, title: str = ""
) -> "Figure":
    """Eigenvalues of J in the complex plane, over the region in which a rule is stable.

    Args:
      values: eigenvalues `[k]` by their labels, such as a step of training.
      region: real parts `[columns]`, imaginary parts `[rows]`, and the radii `[rows, columns]` of `stability_region`.
      title: above the picture.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.4, 4.4))
    axes = figure.subplots()
    if region is not None:
        real, imaginary, radii = (np.asarray(part) for part in region)
        _rates(figure, axes, real, imaginary, radii, "radius of one step")
        axes.set(xlim=(real[0], real[-1]), ylim=(imaginary[0], imaginary[-1]))
    for (label, each), color, marker in zip(values.items(), ("#111111", *COLORS) * 9, "o^sDvPX*h" * 9, strict=False):
        axes.plot(each.real, each.imag, marker, color=color, markeredgecolor="white", markersize=6, label=label)
    axes.axvline(0.0, color="#555555", linewidth=0.8, linestyle=":")
    axes.set(xlabel="Re λ  (attraction)", ylabel="Im λ  (rotation)", title=title)
    axes.grid(visible=False)
    if values:
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


@drawn
def phase(
    columns: Array,
    rows: Array,
    factors: np.ndarray,
    *,
    xlabel: str = "learning rate",
    ylabel: str = "strength",
    title: str = "",
) -> "Figure":
    """A phase diagram: the factor by which each step changes the distance to the equilibrium.

    Args:
      columns: values of the horizontal axis, `[columns]`; equal ratios make its axis logarithmic.
      rows: values of the vertical axis, `[rows]`.
      factors: from `phase_diagram`, `[rows, columns]`.
      xlabel: what the columns are.
      ylabel: what the rows are.
      title: above the picture.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.4, 4.2))
    axes = figure.subplots()
    _rates(figure, axes, np.asarray(columns), np.asarray(rows), np.asarray(factors), "distance factor per step")
    for axis, each in (("x", np.asarray(columns)), ("y", np.asarray(rows))):
        if each.min() > 0 and np.allclose(np.diff(np.log(each)), np.log(each[1] / each[0])):
            axes.set(**{f"{axis}scale": "log"})
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axes.grid(visible=False)
    return figure


def _rates(
    figure: "Figure", axes: "Axes", columns: np.ndarray, rows: np.ndarray, rates: np.ndarray, label: str
) -> None:
    """Draws rates around 1, with a line where they are 1; what is not finite diverges."""
    shown = np.where(np.isfinite(rates), rates, 9.0)
    image = axes.pcolormesh(columns, rows, shown, cmap=RATES, vmin=0.0, vmax=2.0, shading="nearest", rasterized=True)
    if shown.min() < 1 < shown.max():
        axes.contour(columns, rows, np.minimum(shown, 3.0), levels=[1.0], colors="black", linewidths=1.2)
    bar = figure.colorbar(image, ax=axes, extend="max", label=f"{label}: below 1 converges")
    bar.ax.axhline(1.0, color="black", linewidth=1.2)


@drawn
def basins(
    found: Basins, horizontal: Array, vertical: Array, *, names: tuple[str, str] = ("x", "y"), title: str = ""
) -> "Figure":
    """Basins of attraction: each start in the colour of the attractor to which it goes.

    Args:
      found: from `analysis.basins`.
      horizontal: starts of the first player, `[columns]`.
      vertical: starts of the second player, `[rows]`.
      names: of the two players.
      title: above the picture.
    """
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    figure = Figure(figsize=(5.0, 4.9))
    axes = figure.subplots()
    num = len(found.attractors)
    palette = ["#d9d9d9", *(COLORS * 9)[:num]]
    norm = BoundaryNorm(np.arange(-1.5, num + 0.5), num + 1)
    axes.pcolormesh(
        horizontal, vertical, found.labels, cmap=ListedColormap(palette), norm=norm, alpha=0.55, rasterized=True
    )
    handles: list[Any] = [Patch(color=palette[0], label="escapes or circles")] if np.any(found.labels < 0) else []
    for i, point in enumerate(found.attractors):
        axes.plot(*point, "o", color=palette[i + 1], markeredgecolor="black", markersize=9)
        handles.append(Patch(color=palette[i + 1], label=f"to ({point[0]:.2f}, {point[1]:.2f})"))
    axes.set(xlabel=f"start of {names[0]}", ylabel=f"start of {names[1]}", title=title, aspect="equal")
    axes.grid(visible=False)
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


@drawn
def path(curves: Path, *, title: str = "") -> "Figure":
    """Norm and angle of the field on a line between two points: what is around the end of a training.

    Args:
      curves: from `analysis.path`.
      title: above the picture.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.4, 4.6))
    above, below = figure.subplots(2, 1, sharex=True)
    above.plot(curves.alphas, curves.norms, color=COLORS[0])
    above.set(ylabel="path norm  ‖v‖", title=title)
    below.plot(curves.alphas, curves.cosines, color=COLORS[2])
    below.set(ylabel="path angle, its cosine", xlabel="α, from early (0) to late (1) players", ylim=(-1.05, 1.05))
    below.axhline(0.0, color="#555555", linewidth=0.8)
    for axes in (above, below):
        axes.axvline(1.0, color="#555555", linewidth=0.8, linestyle=":")
    return figure
