"""Which pictures there are of a run, from what is in its folder."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
from matplotlib.figure import Figure

from gangame.core import Players
from gangame.games import generate
from gangame.lab import figures
from gangame.lab.lane import Lane
from gangame.lab.page import Picture
from gangame.lab.records import Table
from gangame.lab.session import Session

BAND = "Mean over seeds with its 95 % interval."
Tables = Mapping[str, Table]
"""The records of each rule, by its label."""


def curves(tables: Tables, key: str) -> figures.Curves:
    """Returns for each rule its steps `[records]` and the values `[seeds, records]` of one measure."""
    return {label: (table.steps, np.asarray(table.values[key], float)) for label, table in tables.items()}


def draw(session: Session, lanes: Sequence[Lane], tables: Tables, damage: list[str]) -> dict[str, Picture]:
    """Returns the figures of a run by file name.

    Args:
      session: the run.
      lanes: the rules that have records.
      tables: their records.
      damage: gets one sentence for each file that is damaged and left out.
    """
    view = session.view
    if not lanes:
        return {}
    made: dict[str, Picture] = {}
    snapshots = {lane.label: session.snapshots.load(lane, damage) for lane in lanes}
    snapshots = {label: of_steps for label, of_steps in snapshots.items() if of_steps}
    if view.kind in ("mixture", "images") and snapshots:
        made |= _draw_samples(session, snapshots)
    if view.kind == "plane":
        starts = {label: of_steps[0] for label, of_steps in snapshots.items() if 0 in of_steps}
        if starts:
            made["field"] = _draw_plane(session, tables, starts)
    if view.measures:
        by_key = {measure.key: curves(tables, measure.key) for measure in view.measures}
        made["measures"] = picture(BAND, figures.measures(by_key, view.measures))
    first = next(iter(tables.values()))
    players = sorted(name.removeprefix("loss_") for name in first.values if name.startswith("loss_"))
    by_player = {name: curves(tables, f"loss_{name}") for name in players}
    caption = f"{BAND} Dotted: the losses at the equilibrium." if view.loss_references else BAND
    made["losses"] = picture(caption, figures.losses(by_player, view.loss_references))
    return made


def image_of_samples(session: Session, lane: Lane, players: Players, step: int) -> np.ndarray | None:
    """Returns samples of the first seed as a picture `[height, width, 3]` of bytes, where the game has samples."""
    if session.view.kind not in ("mixture", "images"):
        return None
    cloud = np.asarray(_sampler(session)(players))[0]
    data: Any = session.game.sample.data  # type: ignore[attr-defined]
    if session.view.kind == "images":
        figure = figures.image_grid({lane.label: cloud}, data)
    else:
        figure = figures.samples_over_time({lane.label: {step: cloud}}, data)
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def _draw_plane(session: Session, tables: Tables, begun: Mapping[str, Players]) -> Picture:
    names = sorted(jax.eval_shape(session.game.init, jax.random.key(0)))
    paths = {label: np.stack([tables[label].values[f"position_{name}"] for name in names], axis=-1) for label in begun}
    starts = {label: np.stack([np.ravel(begin[name]) for name in names], axis=-1) for label, begin in begun.items()}
    caption = "The field −v and the first trajectories of each rule, from the dots on; the cross is the equilibrium."
    return picture(caption, figures.plane(session.game, (names[0], names[1]), paths, starts))


def _sampler(session: Session) -> Any:
    """Returns the function from the players of all seeds to samples `[seeds, num_samples, ...]`."""
    num_samples = 1000 if session.view.kind == "mixture" else 30
    samples, key = session.view.samples, session.config.key_shown()
    return jax.jit(jax.vmap(lambda players: samples(session.game, players, key, num_samples)))


def _draw_samples(session: Session, snapshots: Mapping[str, Mapping[int, Players]]) -> dict[str, Picture]:
    data, sampled = session.game.sample.data, _sampler(session)  # type: ignore[attr-defined]
    clouds = {
        label: {step: np.asarray(sampled(players)) for step, players in of_steps.items()}
        for label, of_steps in snapshots.items()
    }
    last = {label: of_steps[max(of_steps)] for label, of_steps in clouds.items()}
    if session.view.kind == "images":
        grid = figures.image_grid({label: each[0] for label, each in last.items()}, data)
        order = "" if session.view.samples is generate else ", class after class"
        return {"samples": picture(f"Samples of seed 0 at the end{order}, below real images.", grid)}
    over_time = {label: {step: each[0] for step, each in of_steps.items()} for label, of_steps in clouds.items()}
    return {
        "samples": picture(
            "Samples of seed 0 (the first, not a chosen one) over time; circles mark the modes.",
            figures.samples_over_time(over_time, data),
        ),
        "every_seed": picture("Samples at the end, for each of the first 16 seeds.", figures.every_seed(last, data)),
    }


def picture(caption: str, figure: Figure) -> Picture:
    """Returns a figure with what stands below it."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=130)
    return Picture(caption, buffer.getvalue())
