"""Pictures of a run. Each function returns a matplotlib figure and touches no global state."""

import re
from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from gangame.analysis.style import COLORS, drawn
from gangame.calculus import field
from gangame.core import Game, Players
from gangame.data import Images, Mixture
from gangame.lab.views import Measure

DENSITY = LinearSegmentedColormap.from_list("density", ["#ffffff", "#b9d7c5", "#3f8f63", "#0b3d24"])

Curves = Mapping[str, tuple[np.ndarray, np.ndarray]]
"""For each rule its steps `[records]` and values `[seeds, records]`."""


def broken(label: str) -> str:
    """Returns the label of a rule on several lines, broken after its punctuation, for narrow places."""
    return re.sub(r"([:,.])(?=[a-z])", r"\1\n", label)


def band(
    axes: Axes,
    steps: np.ndarray,
    values: np.ndarray,
    color: str,
    label: str,
    within: tuple[float, float] = (-np.inf, np.inf),
) -> None:
    """Draws the mean over seeds and its 95 % interval of Student's t; a seed that is not finite is left out.

    Args:
      axes: where.
      steps: `[records]`.
      values: `[seeds, records]`.
      color: of line and band.
      label: for the legend.
      within: the smallest and the largest value that there can be, where the interval ends.
    """
    from scipy.stats import t  # takes a second to import

    finite = np.where(np.isfinite(values), values, np.nan)
    count = np.sum(np.isfinite(finite), axis=0)
    shown = count > 0
    steps, finite, count = steps[shown], finite[:, shown], count[shown]
    mean = np.nansum(finite, axis=0) / count
    spread = np.sqrt(np.nansum((finite - mean) ** 2, axis=0) / np.maximum(count - 1, 1))
    error = t.ppf(0.975, count - 1) * spread / np.sqrt(count)
    axes.plot(steps, mean, color=color, label=label)
    low, high = np.clip([mean - error, mean + error], *within)
    axes.fill_between(steps, low, high, color=color, alpha=0.18, linewidth=0)


@drawn
def measures(curves: Mapping[str, Curves], table: Sequence[Measure]) -> Figure:
    """Every measure over steps, mean over seeds and its 95 % interval, with its perfect value as a line.

    Args:
      curves: for each measure's key the curves of all rules.
      table: the measures.
    """
    figure = Figure(figsize=(4.2 * len(table), 3.5))
    for axes, measure in zip(np.atleast_1d(figure.subplots(1, len(table))), table, strict=True):
        for (label, (steps, values)), color in zip(curves[measure.key].items(), COLORS * 9, strict=False):
            band(axes, steps, values, color, label, (0, measure.most))
        finite = np.concatenate([values[np.isfinite(values)] for _, values in curves[measure.key].values()])
        if measure.key == "distance" and len(finite) and np.all(finite > 0):
            axes.set_yscale("log")
        elif measure.reference is not None:
            axes.axhline(measure.reference, color="black", linewidth=1, linestyle=":", label="perfect")
        axes.set(title=measure.label, xlabel="step")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


@drawn
def losses(curves: Mapping[str, Curves], references: Mapping[str, float]) -> Figure:
    """Each player's loss over steps, one panel a rule, with the values at the equilibrium as lines.

    Args:
      curves: for each player the curves of all rules.
      references: for each player the loss at the equilibrium, where it is known.
    """
    labels = list(next(iter(curves.values())))
    figure = Figure(figsize=(4.2 * len(labels), 3.0))
    panels = figure.subplots(1, len(labels), sharey=True, squeeze=False)[0]
    for axes, label in zip(panels, labels, strict=True):
        for (player, of_rules), color in zip(curves.items(), COLORS * 9, strict=False):
            steps, values = of_rules[label]
            band(axes, steps, values, color, player)
            if player in references:
                name = "at the equilibrium" if color == COLORS[0] else None
                axes.axhline(references[player], color=color, linewidth=1, linestyle=":", label=name)
        axes.set_xlabel("step")
        axes.set_title(label, fontsize=9)
    panels[0].set_ylabel("loss")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _point_panel(axes: Axes, points: np.ndarray, data: Mixture) -> None:
    """Draws samples as dots over the places of the modes."""
    centers = np.asarray(data.centers)
    bound = 1.45 * np.abs(centers).max() + 3 * float(data.std)
    axes.scatter(centers[:, 0], centers[:, 1], s=46, facecolors="none", edgecolors="#ff725c", linewidths=0.7)
    axes.scatter(points[:, 0], points[:, 1], s=1.4, color="#0b3d24", alpha=0.35, linewidths=0)
    axes.set(xlim=(-bound, bound), ylim=(-bound, bound), aspect="equal", xticks=[], yticks=[])
    axes.grid(visible=False)


def _density_panel(axes: Axes, data: Mixture) -> None:
    """Draws the true density, each mode widened to be seen."""
    centers = np.asarray(data.centers)
    bound = 1.45 * np.abs(centers).max() + 3 * float(data.std)
    line = jnp.linspace(-bound, bound, 160)
    points = jnp.stack(jnp.meshgrid(line, line), axis=-1)
    wide = Mixture(data.centers, jnp.maximum(data.std, bound / 40), data.weights)
    extent = (-bound, bound, -bound, bound)
    axes.imshow(np.asarray(jnp.exp(wide.log_density(points))), extent=extent, origin="lower", cmap=DENSITY)
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)


@drawn
def samples_over_time(points: Mapping[str, Mapping[int, np.ndarray]], data: Mixture) -> Figure:
    """Samples of one seed at several steps, one row a rule, and the true density at the end of each row.

    Args:
      points: for each rule and step the samples `[num_samples, 2]`.
      data: the mixture that the samples should follow; its modes are the red circles.
    """
    columns = max(len(of_steps) for of_steps in points.values()) + 1
    figure = Figure(figsize=(1.7 * columns, 1.8 * len(points) + 0.25))
    rows = figure.subplots(len(points), columns, squeeze=False)
    for row, (label, of_steps) in zip(rows, points.items(), strict=True):
        for axes in row[len(of_steps) : -1]:
            axes.set_axis_off()
        for axes, (step, cloud) in zip(row, of_steps.items(), strict=False):
            _point_panel(axes, cloud, data)
            axes.set_title(f"step {step:,}", fontsize=8)
        row[0].set_ylabel(broken(label), fontsize=8)
        _density_panel(row[-1], data)
        row[-1].set_title("true, widened", fontsize=8)
    return figure


@drawn
def every_seed(points: Mapping[str, np.ndarray], data: Mixture) -> Figure:
    """Samples of every seed at the end, one row a rule, so that no lucky picture is shown alone.

    Args:
      points: for each rule the samples `[seeds, num_samples, 2]`.
      data: the mixture that the samples should follow.
    """
    num_seeds = min(max(len(clouds) for clouds in points.values()), 16)
    figure = Figure(figsize=(1.05 * num_seeds, 1.15 * len(points) + 0.3))
    for row, (label, clouds) in zip(
        figure.subplots(len(points), num_seeds, squeeze=False), points.items(), strict=True
    ):
        for seed, axes in enumerate(row):
            _point_panel(axes, clouds[seed], data)
            axes.set_title(f"seed {seed}", fontsize=7)
        row[0].set_ylabel(broken(label), fontsize=7)
    return figure


@drawn
def image_grid(images: Mapping[str, np.ndarray], data: Images) -> Figure:
    """Samples of one seed as images, one row a rule, above them real ones.

    Args:
      images: for each rule images `[num_samples, ...]` in [−1, 1], of the form of the data.
      data: the real images.
    """
    rows = {"real": np.asarray(data(jax.random.key(0), 30)), **images}
    figure = Figure(figsize=(9, 1.75 * len(rows)))
    for axes, (label, flat) in zip(figure.subplots(len(rows), 1, squeeze=False)[:, 0], rows.items(), strict=True):
        height, width, channels = data.shape
        tiles = flat[:30].reshape(2, 15, height, width, channels)[..., : 3 if channels >= 3 else 1]
        tiles = np.pad(tiles, ((0, 0), (0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-1)
        mosaic = tiles.transpose(0, 2, 1, 3, 4).reshape(2 * (height + 2), 15 * (width + 2), -1)
        if channels >= 3:
            axes.imshow(np.clip((mosaic + 1) / 2, 0, 1))
        else:
            axes.imshow(mosaic[..., 0], cmap="gray_r", vmin=-1, vmax=1)
        axes.set(xticks=[], yticks=[])
        axes.set_title(label, fontsize=9, loc="left")
        axes.grid(visible=False)
    return figure


@drawn
def plane(
    game: Game, names: tuple[str, str], paths: Mapping[str, np.ndarray], starts: Mapping[str, np.ndarray]
) -> Figure:
    """The vector field −v of a game of two scalars, with the trajectories of each rule over it.

    Args:
      game: the game.
      names: the players on the horizontal and on the vertical axis.
      paths: for each rule the trajectories `[seeds, records, 2]`.
      starts: for each rule where they begin, `[seeds, 2]`.
    """
    bound = 1.3 * max(float(np.abs(start).max()) for start in starts.values()) + 1e-9
    line = jnp.linspace(-bound, bound, 19)
    template = game.init(jax.random.key(0))

    def downhill(point: jax.Array) -> jax.Array:
        players: Players = {name: ravel_pytree(template[name])[1](point[i : i + 1]) for i, name in enumerate(names)}
        v = field(game)(players, game.sample(jax.random.key(0)))
        return -jnp.stack([ravel_pytree(v[name])[0][0] for name in names])

    horizontal, vertical = jnp.meshgrid(line, line)
    arrows = np.asarray(jax.vmap(jax.vmap(downhill))(jnp.stack([horizontal, vertical], axis=-1)))
    figure = Figure(figsize=(3.4 * len(paths), 3.6))
    for axes, (label, trajectories) in zip(
        figure.subplots(1, len(paths), squeeze=False)[0], paths.items(), strict=True
    ):
        axes.quiver(horizontal, vertical, *np.moveaxis(arrows, -1, 0), color="#c9c9c9", width=0.004)
        for seed, color in zip(range(min(len(trajectories), 4)), COLORS, strict=False):
            path = np.concatenate([starts[label][seed][None], trajectories[seed]])
            path = np.where(np.abs(path) < 1e3 * bound, path, np.nan)
            axes.plot(*path.T, color=color, linewidth=0.9)
            axes.plot(*path[0], "o", color=color, markersize=4)
        if game.equilibrium is not None:
            axes.plot(*(float(ravel_pytree(game.equilibrium[name])[0][0]) for name in names), "k+", markersize=9)
        axes.set(xlim=(-bound, bound), ylim=(-bound, bound), xlabel=names[0], aspect="equal")
        axes.set_title(broken(label), fontsize=9)
        axes.grid(visible=False)
    figure.axes[0].set_ylabel(names[1])
    return figure
