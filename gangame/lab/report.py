"""The report of a run: the table rule by rule, and the figures."""

import io
from pathlib import Path
from typing import Any

import jax
import numpy as np
from matplotlib.figure import Figure

from gangame.games import generate
from gangame.lab import figures, store
from gangame.lab.lane import Lane
from gangame.lab.page import Picture, Row, page
from gangame.lab.session import Session
from gangame.metrics import mean_and_error, wilson


def curves(records: list[dict], labels: list[str], key: str) -> figures.Curves:
    """Returns for each rule its steps `[records]` and the values `[seeds, records]` of one measure."""
    result = {}
    for label in labels:
        of_rule = [record for record in records if record["rule"] == label]
        steps = sorted({record["step"] for record in of_rule})
        seeds = sorted({record["seed"] for record in of_rule})
        if steps:
            values = np.full((len(seeds), len(steps)), np.nan)
            column = {step: index for index, step in enumerate(steps)}
            for record in of_rule:
                value = record[key]
                values[record["seed"], column[record["step"]]] = np.nan if value is None else value
            result[label] = (np.array(steps), values)
    return result


def table(session: Session, records: list[dict]) -> list[Row]:
    """Returns the summary, one row a rule that has been played: the state at its latest record."""
    rows = []
    for lane in _played(session):
        status = session.status[lane.label]
        cells = {"steps": f"{status['steps']:,}"}
        for measure in session.view.measures:
            mean, error = mean_and_error(curves(records, [lane.label], measure.key)[lane.label][1][:, -1])
            cells[measure.label] = f"{mean:{measure.form}} ± {error:{measure.form}}"
        if session.view.full is not None:
            key, everything = session.view.full
            final = curves(records, [lane.label], key)[lane.label][1][:, -1]
            reached = int(np.sum(final >= everything))
            low, high = wilson(reached, len(final))
            cells[f"seeds with all {everything}"] = f"{reached}/{len(final)} ({low:.2f} to {high:.2f})"
        bad = {each["seed"] for each in status.get("diverged", [])}
        cells["seeds not finite"] = f"{len(bad)}/{session.config.num_seeds}"
        cells["gradients per step"] = f"{status['gradients_per_step']}"
        cells["ms per step, all seeds"] = f"{1000 * max(status['seconds'], 0.0) / status['steps']:.3g}"
        cells["compile [s]"] = f"{status.get('compile_seconds', 0.0):.1f}"
        rows.append(Row(lane.label + (" (control)" if lane.control else ""), cells))
    return rows


def draw(session: Session, records: list[dict]) -> dict[str, Picture]:
    """Returns the figures of a run by file name."""
    view, played = session.view, _played(session)
    if not played:
        return {}
    labels = [lane.label for lane in played]
    band = "Mean over seeds and two standard errors on either side."
    made: dict[str, Picture] = {}
    if view.kind in ("mixture", "images"):
        made |= _draw_samples(session, played)
    if view.kind == "plane":
        made["field"] = _draw_plane(session, played, records)
    if view.measures:
        by_key = {measure.key: curves(records, labels, measure.key) for measure in view.measures}
        made["measures"] = _picture(band, figures.measures(by_key, view.measures))
    players = sorted(name.removeprefix("loss_") for name in records[0] if name.startswith("loss_"))
    by_player = {name: curves(records, labels, f"loss_{name}") for name in players}
    caption = f"{band} Dotted: the losses at the equilibrium." if view.loss_references else band
    made["losses"] = _picture(caption, figures.losses(by_player, view.loss_references))
    return made


def write_report(session: Session, facts: dict[str, Any]) -> tuple[Path, list[Row]]:
    """Draws the figures of a run and writes them and `report.html`; returns the path of the page and the table."""
    records = store.read_records(session.folder)
    pictures = draw(session, records)
    for name, picture in pictures.items():
        store.write(session.folder / "figures" / f"{name}.png", picture.png)
    rows = table(session, records)
    path = session.folder / "report.html"
    store.write(path, page(session, rows, pictures, facts).encode())
    return path, rows


def _played(session: Session) -> list[Lane]:
    return [lane for lane in session.config.lanes if session.status.get(lane.label, {}).get("steps")]


def _draw_plane(session: Session, played: list[Lane], records: list[dict]) -> Picture:
    names = sorted(jax.eval_shape(session.game.init, jax.random.key(0)))
    paths, starts = {}, {}
    for lane in played:
        axes = [curves(records, [lane.label], f"position_{name}")[lane.label][1] for name in names]
        paths[lane.label] = np.stack(axes, axis=-1)
        begin = next(iter(session.snapshots(lane).values()))
        starts[lane.label] = np.stack([np.ravel(begin[name]) for name in names], axis=-1)
    caption = "The field −v and the first trajectories of each rule, from the dots on; the cross is the equilibrium."
    return _picture(caption, figures.plane(session.game, (names[0], names[1]), paths, starts))


def _draw_samples(session: Session, played: list[Lane]) -> dict[str, Picture]:
    game, data = session.game, session.game.sample.data  # type: ignore[attr-defined]
    num_samples = 1000 if session.view.kind == "mixture" else 30

    @jax.jit
    @jax.vmap
    def sampled(players: Any) -> jax.Array:
        return generate(game, players, session.config.key_shown(), num_samples)

    clouds = {
        lane.label: {step: np.asarray(sampled(players)) for step, players in session.snapshots(lane).items()}
        for lane in played
    }
    last = {label: of_steps[max(of_steps)] for label, of_steps in clouds.items()}
    if session.view.kind == "images":
        grid = figures.image_grid({label: each[0] for label, each in last.items()}, data)
        return {"samples": _picture("Samples of seed 0 at the end, below real images.", grid)}
    over_time = {label: {step: each[0] for step, each in of_steps.items()} for label, of_steps in clouds.items()}
    return {
        "samples": _picture(
            "Samples of seed 0 (the first, not a chosen one) over time; circles mark the modes.",
            figures.samples_over_time(over_time, data),
        ),
        "every_seed": _picture("Samples at the end, for each of the first 16 seeds.", figures.every_seed(last, data)),
    }


def _picture(caption: str, figure: Figure) -> Picture:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=130)
    return Picture(caption, buffer.getvalue())
