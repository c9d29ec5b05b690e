"""The report of a run: the table rule by rule, and the figures, from what is in its folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gangame.lab import diary, records, store
from gangame.lab.intervals import written
from gangame.lab.page import Row, page
from gangame.lab.pictures import Tables, curves, draw
from gangame.lab.session import Session
from gangame.metrics import wilson


def write_report(session: Session, facts: Mapping[str, Any]) -> tuple[Path, list[Row]]:
    """Draws the figures of a run and writes them and `report.html`; returns the path of the page and the table."""
    damage: list[str] = []
    tables = read_tables(session, damage)
    pictures = draw(session, [lane for lane in session.config.lanes if lane.label in tables], tables, damage)
    for name, picture in pictures.items():
        store.write(session.folder / "figures" / f"{name}.png", picture.png)
    rows = table(session, tables)
    path = session.folder / "report.html"
    store.write(path, page(session, rows, pictures, facts, diary.read(session.folder), damage).encode())
    return path, rows


def read_tables(session: Session, damage: list[str]) -> Tables:
    """Returns the records of the rules that have some, by label; of what is damaged, a sentence goes to `damage`."""
    tables = {}
    for lane in session.config.lanes:
        try:
            found = records.table(session.folder, lane, session.config.num_seeds)
        except store.UserError as error:
            damage.append(str(error))
            continue
        if len(found.steps) and {measure.key for measure in session.view.measures} <= set(found.values):
            tables[lane.label] = found
    return tables


def table(session: Session, tables: Tables) -> list[Row]:
    """Returns the summary, one row a rule that has been played: the state at its latest record."""
    rows = []
    for lane in session.config.lanes:
        if lane.label not in tables:
            continue
        status = session.status.get(lane.label, {})
        steps = int(tables[lane.label].steps[-1])
        cells = {"steps": f"{steps:,}", **measured(session, tables, lane.label)}
        bad = {each["seed"] for each in status.get("diverged", [])}
        cells["seeds not finite"] = f"{len(bad)}/{session.config.num_seeds}"
        if status.get("steps"):
            cells["gradients per step"] = f"{status['gradients_per_step']}"
            cells["ms per step, all seeds"] = f"{1000 * max(status['seconds'], 0.0) / status['steps']:.3g}"
            cells["compile [s]"] = f"{status.get('compile_seconds', 0.0):.1f}"
        else:
            cells |= dict.fromkeys(["gradients per step", "ms per step, all seeds", "compile [s]"], "not saved yet")
        rows.append(Row(lane.label + (" (control)" if lane.control else ""), cells))
    return rows


def measured(session: Session, tables: Tables, label: str) -> dict[str, str]:
    """Returns what a rule has reached at its latest record, by heading."""
    cells = {}
    for measure in session.view.measures:
        found = measure.interval(curves(tables, measure.key)[label][1][:, -1])
        cells[measure.label] = written(found, measure.form)
    if session.view.full is not None:
        key, everything = session.view.full
        final = curves(tables, key)[label][1][:, -1]
        reached = int(np.sum(final >= everything))
        low, high = wilson(reached, len(final))
        cells[f"seeds with all {everything}"] = f"{reached}/{len(final)} ({low:.2f} to {high:.2f})"
    return cells
