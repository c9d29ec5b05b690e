"""Where do gradient steps go on V(x, y) = xy? Exercise 2 of the tutorial, slides 49 to 52.

    python experiments/bilinear.py            ten seconds on one core

x descends V, y ascends it, and the equilibrium is the origin. In continuous time the players circle it for ever (slide
52). One step of a rule with step size η is a matrix M, w⁺ = Mw with w = (x, y):

    simultaneous  [[1, −η], [η, 1]]              spirals outward, the radius grows by √(1+η²) in each step
    alternating   [[1, −η], [η, 1−η²]], x first  stays on the ellipse x² + y² − ηxy = constant
    unrolled      [[1−2kη², −η], [η, 1]]         spirals inward, by √(1−(2k−1)η²) per step on average

What one should see: the circle, the spirals and the ellipse, and numbers that agree with the closed forms below to a
relative 1e-12 over 1,000 steps. Slide 52 says that discrete steps can spiral outward "for large step sizes"; for
simultaneous steps it is every step size, small ones only take longer.

Closed forms. Where M has complex eigenvalues ρ exp(±iφ), it is M = ρ (cos φ I + sin φ K) with K² = −I, hence
Mᵗ = ρᵗ (cos tφ I + sin tφ K). And the area that two successive points span with the origin, E(w) = det[w, Mw], obeys
E(Mw) = det M · E(w), because det[Mw, MMw] = det M · det[w, Mw]. Divided by η, E is x² + y² (simultaneous),
x² + y² − ηxy (alternating: the players sweep equal areas, as planets do), and x² + y² + 2kη xy (unrolled).
"""

import dataclasses
import itertools
import sys

import jax
import jax.numpy as jnp
import numpy as np
from scipy.integrate import solve_ivp

import gangame as gg
from gangame import analysis, games, rules
from gangame.lab import experiment


@dataclasses.dataclass(frozen=True)
class Config:
    """Where to start, how far to go."""

    step_size: float = experiment.option(0.1, "η of both players, above 0")
    depth: int = experiment.option(5, "number k of unrolling steps, 1 or more, kη below 1")
    num_steps: int = experiment.option(1000, "steps of each rule, 1 or more")
    shown_steps: int = experiment.option(150, "steps in the picture of the trajectories, 1 or more")
    start: tuple[float, ...] = experiment.option((1.0, 1.0), "x and y at the start, not both 0")

    def __post_init__(self):
        """Checks the values."""
        if not 0 < self.step_size < 2:
            raise ValueError(f"step_size is {self.step_size}; it has to be above 0 and below 2.")
        if self.depth < 1 or self.depth * self.step_size >= 1:
            raise ValueError(
                f"depth is {self.depth}; it has to be 1 or more and below 1/step_size = {1 / self.step_size:g}, "
                "from where on the unrolled rule no longer spirals."
            )
        if min(self.num_steps, self.shown_steps) < 1:
            raise ValueError(f"num_steps is {self.num_steps} and shown_steps {self.shown_steps}; both have to be 1 up.")
        if len(self.start) != 2 or not np.all(np.isfinite(self.start)) or not np.any(self.start):
            raise ValueError(f"start is {self.start}; it has to be two finite numbers, x and y, not both 0.")


TINY = Config(num_steps=60, shown_steps=40)


def run(config: Config, key: gg.core.Key) -> dict[str, jax.Array | np.ndarray]:
    """Returns the path `[num_steps + 1, 2]` of (x, y) for the flow and for each rule."""
    game = games.bilinear(start=config.start)
    paths = {"flow": flow(game, config)}
    for name, rule in {
        "simultaneous": rules.simultaneous(config.step_size),
        "alternating": rules.alternating(config.step_size),
        "unrolled": rules.unrolled(config.step_size, leader="x", depth=config.depth),
    }.items():
        paths[name] = path(game, rule, key, config.num_steps)
    return paths


def path(game: gg.Game, rule: gg.UpdateRule, key: gg.core.Key, num_steps: int) -> jax.Array:
    """Returns (x, y) before the first and after every step of a rule, `[num_steps + 1, 2]`."""

    def as_row(players: gg.core.Players, key: gg.core.Key) -> jax.Array:
        del key
        return jnp.stack([players["x"], players["y"]])

    begin = gg.start(game, rule, key)
    records = jax.jit(lambda run: gg.advance(game, rule, run, num_steps, as_row).records)(begin)
    return jnp.concatenate([as_row(begin.players, key)[None], records])


def flow(game: gg.Game, config: Config) -> np.ndarray:
    """Returns (x, y) at the times 0, η, 2η, ..., from integrating ẇ = −v(w), `[num_steps + 1, 2]`."""
    velocity = jax.jit(lambda w: -jnp.stack(list(analysis.field(game)({"x": w[0], "y": w[1]}, None).values())))
    times = config.step_size * np.arange(config.num_steps + 1)
    points = [np.asarray(config.start)]
    # One call from each time to the next: the end of a step is of order 8, what solve_ivp interpolates is not.
    for begin, end in itertools.pairwise(times):
        solution = solve_ivp(
            lambda _, w: np.asarray(velocity(w)), (begin, end), points[-1], "DOP853", rtol=1e-13, atol=0.0
        )
        points.append(solution.y[:, -1])
    return np.stack(points)


def matrices(config: Config) -> dict[str, np.ndarray]:
    """Returns the matrix of one step of each rule, in the longest float that the machine has."""
    h, k, one = np.longdouble(config.step_size), config.depth, np.longdouble(1)
    return {
        "simultaneous": np.array([[one, -h], [h, one]]),
        "alternating": np.array([[one, -h], [h, 1 - h * h]]),
        "unrolled": np.array([[1 - 2 * k * h * h, -h], [h, one]]),
    }


def determinant(matrix: np.ndarray) -> np.floating:
    """Returns det M of a 2×2 matrix, in its own precision."""
    return matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]


def closed_forms(config: Config) -> dict[str, np.ndarray]:
    """Returns the exact paths `[num_steps + 1, 2]`, by the formulas at the head of this file."""
    steps = np.arange(config.num_steps + 1)
    start = np.asarray(config.start, np.longdouble)
    times = np.asarray(config.step_size * steps, np.longdouble)[:, None]
    exact = {"flow": np.cos(times) * start + np.sin(times) * start[::-1] * [-1, 1]}
    for name, matrix in matrices(config).items():
        (a, b), (c, d) = matrix
        omega = np.sqrt(-((a - d) ** 2) - 4 * b * c) / 2  # the eigenvalues are (a + d)/2 ± i omega
        turn = (matrix - (a + d) / 2 * np.eye(2)) @ start / omega  # K w
        rho, angle = np.sqrt(determinant(matrix)), np.arctan2(omega, (a + d) / 2) * steps[:, None]
        exact[name] = rho ** steps[:, None] * (np.cos(angle) * start + np.sin(angle) * turn)
    return exact


def area(matrix: np.ndarray, path: np.ndarray) -> np.ndarray:
    """Returns E(w) = det[w, Mw] along a path `[..., 2]`."""
    (a, b), (c, d) = matrix
    x, y = path[..., 0].astype(np.longdouble), path[..., 1].astype(np.longdouble)
    return c * x * x + (d - a) * x * y - b * y * y


def deviations(config: Config, paths: experiment.Arrays) -> experiment.Arrays:
    """Returns how far each path is from its closed form, relative to the radius there, `[num_steps + 1]`."""
    return {
        name: (radius(paths[name] - exact) / radius(exact)).astype(float)
        for name, exact in closed_forms(config).items()
    }


def radius(path: np.ndarray) -> np.ndarray:
    """Returns the distance from the equilibrium along a path `[..., 2]`."""
    return np.linalg.norm(path, axis=-1)


def summarize(config: Config, paths: experiment.Arrays) -> dict:
    """Returns the largest relative deviations over all steps, from the closed form and from the two laws."""
    steps = np.arange(config.num_steps + 1)
    measured = {name: {"from_closed_form": np.max(each)} for name, each in deviations(config, paths).items()}
    for name, matrix in matrices(config).items():
        areas = area(matrix, paths[name])
        measured[name] |= {
            "from_area_law": float(np.max(np.abs(areas / areas[0] / determinant(matrix) ** steps - 1))),
            "area_factor_per_step": float(determinant(matrix)),
            "radius_after_last_step": radius(paths[name])[-1],
        }
    grown = radius(paths["simultaneous"])
    law = np.sqrt(1 + np.longdouble(config.step_size) ** 2) ** steps
    measured["simultaneous"]["from_radius_law"] = float(np.max(np.abs(grown / grown[0] / law - 1)))
    return measured


COLORS = {"flow": "#555555", "simultaneous": "#d55e00", "alternating": "#0072b2", "unrolled": "#009e73"}


def draw(config: Config, paths: experiment.Arrays) -> dict:
    """Returns the figures: trajectories over the field; radius and deviation over steps."""
    return {"trajectories": draw_trajectories(config, paths), "radius": draw_radius(config, paths)}


def draw_trajectories(config: Config, paths: experiment.Arrays):
    """Returns one panel for the flow and one for each rule, with the direction of the flow behind it."""
    figure, axes = experiment.figure(1, 4, (13.0, 4.1), sharex=True, sharey=True)
    titles = {
        "flow": "continuous time\na circle",
        "simultaneous": "simultaneous\nspirals outward",
        "alternating": "alternating\nstays on an ellipse",
        "unrolled": f"unrolled, depth {config.depth}\nspirals inward",
    }
    shown = {name: each[: config.shown_steps + 1] for name, each in paths.items()}
    reach = 1.12 * max(np.max(radius(each)) for each in shown.values())
    grid = np.linspace(-reach, reach, 13)
    x, y = np.meshgrid(grid, grid)
    for (name, points), axis in zip(shown.items(), axes, strict=True):
        length = np.where(np.hypot(x, y) > 0, np.hypot(x, y), 1)
        axis.quiver(x, y, -y / length, x / length, color="#cfcfcf", pivot="mid", scale=22, width=0.005)
        axis.plot(*points.T, color=COLORS[name], linewidth=1.2, alpha=0.45)
        if name != "flow":
            axis.scatter(*points.T, s=7, color=COLORS[name], alpha=np.linspace(0.35, 1, len(points)), linewidths=0)
        arrow = {"arrowstyle": "-|>", "color": COLORS[name]}
        ahead = min(12, len(points) - 1)
        axis.annotate("", points[ahead], points[ahead - 1], arrowprops=arrow).set_in_layout(False)
        axis.grid(False)
        axis.plot(*points[0], "o", color="white", markeredgecolor="black", markersize=6, label="start")
        axis.plot(0, 0, "+", color="black", markersize=9, label="equilibrium")
        axis.set(title=titles[name], xlabel="x, descends V", aspect="equal", xlim=(-reach, reach), ylim=(-reach, reach))
    axes[0].set_ylabel("y, ascends V")
    axes[0].legend(loc="lower left")
    num_shown = min(config.shown_steps, config.num_steps)
    figure.suptitle(f"V(x, y) = xy: {num_shown} steps of size η = {config.step_size:g} over the direction of the flow")
    return figure


def draw_radius(config: Config, paths: experiment.Arrays):
    """Returns radius over steps against the closed forms, and the deviation from these."""
    figure, (left, right) = experiment.figure(1, 2, (11.0, 4.4))
    steps = np.arange(config.num_steps + 1)
    marks = steps[:: max(1, config.num_steps // 40)]
    exact, deviation, start = closed_forms(config), deviations(config, paths), np.linalg.norm(config.start)
    inward = f"unrolled, depth {config.depth}: √(1 − {2 * config.depth - 1}η²) per step"
    labels = {
        "flow": "continuous time: constant",
        "simultaneous": "simultaneous: √(1 + η²) per step",
        "alternating": "alternating: x² + y² − ηxy constant",
        "unrolled": inward,
    }
    for name, label in labels.items():
        left.plot(
            steps, radius(paths[name]) / start, color=COLORS[name], linewidth=4 if name == "flow" else 1.6, label=label
        )
        left.plot(marks, radius(exact[name])[marks] / start, "o", color="black", fillstyle="none", markersize=3.5)
        right.plot(steps[1:], deviation[name][1:], color=COLORS[name], linewidth=1.2, label=name)
    left.plot([], [], "o", color="black", fillstyle="none", markersize=3.5, label="closed form")
    left.set(yscale="log", xlabel="step", ylabel="radius / radius at the start", title="Radius over steps")
    left.set_ylim(bottom=1e-4)
    if (last := radius(paths["unrolled"])[-1] / start) < 1e-4:
        left.text(steps[-1], 1.5e-4, f"unrolled goes on to {last:.0e}", color=COLORS["unrolled"], ha="right")
    left.legend(loc="best")
    right.axhline(1e-12, color="black", linestyle="--", linewidth=1)
    right.text(1, 1.3e-12, "the bound to keep, 1e-12", fontsize=8)
    right.set(xscale="log", yscale="log", xlabel="step", title="Relative distance from the closed form, float64")
    right.set_ylim(1e-17, 1e-11)
    right.legend(loc="lower right")
    return figure


if __name__ == "__main__":
    experiment.main(sys.modules[__name__], x64=True)
