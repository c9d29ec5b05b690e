"""The picture of the explorer: field and trajectory, spectrum, distance over steps."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gangame.analysis.style import drawn
from gangame.lab.exploration import BOUND, NUM_STEPS, Look, Subject, reference_of

# Okabe and Ito's colours, which remain apart in every kind of colour blindness.
PATH, RATE, INSIDE, ON, OUTSIDE = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#D55E00"
CLOSE = 1e-6
"""How near the unit circle is on it: eigenvalues that coincide are known to the root of eps only."""


@drawn
def panels(subject: Subject, arrows: tuple[np.ndarray, np.ndarray], look: Look) -> Figure:
    """Returns the three panels for one setting.

    Args:
      subject: the rule at a game.
      arrows: what `exploration.arrows` gives for the game.
      look: what there is to see.
    """
    figure = Figure(figsize=(13.2, 5.0), dpi=110)
    plane, spectrum, distance = figure.subplots(1, 3)
    _draw_plane(plane, subject, arrows, look)
    _draw_spectrum(spectrum, look)
    _draw_distance(distance, look, reference_of(subject))
    return figure


def _draw_plane(axes: Axes, subject: Subject, arrows: tuple[np.ndarray, np.ndarray], look: Look) -> None:
    points, downhill = arrows
    length = np.linalg.norm(downhill, axis=-1, keepdims=True)
    # Direction is what one reads; lengths are compressed, or all arrows but those in the corners would be dots.
    shown = downhill / np.sqrt(length * max(length.max(), 1e-30) + 1e-30)
    axes.quiver(*np.moveaxis(points, -1, 0), *np.moveaxis(shown, -1, 0), color="#a0a0a0", width=0.004, scale=20)
    near = np.all(np.abs(look.path) < 20 * BOUND, axis=1)
    path = np.where(near[:, None], look.path, np.nan)
    axes.plot(*path.T, color=PATH, linewidth=0.9, marker=".", markersize=3.5, markeredgewidth=0, label="trajectory")
    axes.plot(*path[0], "o", color=PATH, markersize=7, label="start")
    axes.plot(*look.reference, "P", color="black", markersize=8, markeredgecolor="white", label=reference_of(subject))
    axes.set(xlim=(-BOUND, BOUND), ylim=(-BOUND, BOUND), aspect="equal", title="vector field −v and trajectory")
    axes.set(xlabel=subject.names[0], ylabel=subject.names[1])
    axes.grid(visible=False)
    _legend_below(axes, 3)


def _legend_below(axes: Axes, columns: int) -> None:
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=columns)


def _draw_spectrum(axes: Axes, look: Look) -> None:
    angle = np.linspace(0, 2 * np.pi, 200)
    axes.fill(np.cos(angle), np.sin(angle), color=INSIDE, alpha=0.08, linewidth=0)
    axes.plot(np.cos(angle), np.sin(angle), color="black", linewidth=1)
    eigenvalues = look.eigenvalues
    off = np.abs(eigenvalues) - 1
    style: dict[str, Any] = {"linestyle": "none", "markersize": 10, "markeredgecolor": "white"}
    for these, marker, color, label in (
        (off < -CLOSE, "o", INSIDE, "inside: shrinks"),
        (np.abs(off) <= CLOSE, "s", ON, "on it: stays"),
        (off > CLOSE, "X", OUTSIDE, "outside: grows"),
    ):
        if these.any():
            axes.plot(eigenvalues[these].real, eigenvalues[these].imag, marker, color=color, label=label, **style)
    reach = max(1.45, 1.1 * float(np.abs(eigenvalues).max(initial=0)))
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="real part", ylabel="imaginary part")
    axes.set_title("eigenvalues of one step, and the unit circle")
    if len(eigenvalues):
        _legend_below(axes, 3)
    else:
        axes.text(0, 0, "the matrix of one step\nis not finite here", ha="center", va="center")


def _draw_distance(axes: Axes, look: Look, where: str) -> None:
    steps = np.arange(NUM_STEPS + 1)
    positive = np.where(np.isfinite(look.distance) & (look.distance > 0), look.distance, np.nan)
    axes.semilogy(steps, positive, color=PATH, linewidth=2, label="distance")
    for radius, style, name in (
        (look.radius, "--", "ρ of the matrix"),
        (look.closed_form, ":", "ρ of the closed form"),
    ):
        if radius is not None and np.isfinite(radius) and radius > 0:
            with np.errstate(over="ignore", under="ignore"):
                line = np.exp(np.log(look.distance[0]) + steps * np.log(radius)) if look.distance[0] > 0 else steps * 0
            color = RATE if style == "--" else "black"
            shown = np.where((line > 1e-300) & (line < 1e300), line, np.nan)
            axes.semilogy(steps, shown, style, color=color, linewidth=1.6, label=f"{name}: × {radius:.4f} per step")
    low = np.nanmin(positive, initial=np.inf)
    high = np.nanmax(positive, initial=0)
    if 0 < low <= high < np.inf:
        axes.set_ylim(max(low / 3, 1e-16), max(min(high * 3, 1e12), low * 10))
    axes.set(xlabel="step", ylabel="distance from the " + where, title="distance over steps", box_aspect=1)
    _legend_below(axes, 1)
