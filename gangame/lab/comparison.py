"""Several runs in one page: what they reached, how their settings differ, and their curves in common pictures."""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gangame.lab import figures, spec, store
from gangame.lab.page import PAGE, Picture, Row, alarms, figure_of, items, table_of
from gangame.lab.pictures import BAND, curves, picture
from gangame.lab.records import Table
from gangame.lab.report import measured, read_tables
from gangame.lab.session import Session
from gangame.lab.views import Measure


def compare(sessions: Sequence[Session]) -> tuple[Path, list[Row]]:
    """Writes `comparison.html` into the folder of the first run; returns its path and the table.

    Args:
      sessions: two runs or more. Those of the same game are drawn over each other; others share the table alone.
    """
    names = _names([session.folder for session in sessions])
    damage: list[str] = []
    rows: list[Row] = []
    by_game: dict[tuple[Any, ...], tuple[Session, dict[str, Table]]] = {}
    for session, name in zip(sessions, names, strict=True):
        tables = read_tables(session, damage)
        for lane in session.config.lanes:
            if lane.label in tables:
                cells = {"game": str(session.config.game), "steps": f"{int(tables[lane.label].steps[-1]):,}"}
                rows.append(Row(f"{name}: {lane.label}", {**cells, **measured(session, tables, lane.label)}))
                group = by_game.setdefault(_kind(session), (session, {}))
                group[1][f"{name}: {lane.label}"] = tables[lane.label]
    headings = list(dict.fromkeys(heading for row in rows for heading in row.cells))
    rows = [row._replace(cells={heading: row.cells.get(heading, "") for heading in headings}) for row in rows]
    parts = [table_of(rows), *(f"<p><strong>{html.escape(each)}</strong></p>" for each in damage)]
    parts += [f"<p>{html.escape(f'{name}: {each}')}</p>" for session, name in zip(sessions, names, strict=True)
              for each in alarms(session)]  # fmt: skip
    for session, tables in by_game.values():
        parts += _drawn(session.view.measures, str(session.config.game), tables)
    parts.append("<h2>Settings</h2>" + items(_settings(sessions, names)))
    title = f"Comparison of {', '.join(names)}"
    page = PAGE.format(title=html.escape(title), subtitle=f"{len(sessions)} runs", body="\n".join(parts))
    path = sessions[0].folder / "comparison.html"
    store.write(path, page.encode())
    return path, rows


def _names(folders: Sequence[Path]) -> list[str]:
    """Returns the names of the folders, in full where two are called the same."""
    short = [folder.resolve().name for folder in folders]
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise spec.UserError("The same run is given twice; give each once.")
    return short if len(set(short)) == len(short) else [str(folder) for folder in folders]


def _kind(session: Session) -> tuple[Any, ...]:
    """Returns what two runs have in common when their curves may be drawn over each other."""
    return session.config.game.name, tuple((measure.key, measure.reference) for measure in session.view.measures)


def _drawn(measures: Sequence[Measure], game: str, tables: dict[str, Table]) -> list[str]:
    if not measures:
        return []
    by_key = {measure.key: curves(tables, measure.key) for measure in measures}
    shown: Picture = picture(f"{game}. {BAND}", figures.measures(by_key, measures))
    return [figure_of(f"measures on {game}", shown)]


def _settings(sessions: Sequence[Session], names: Sequence[str]) -> list[tuple[str, str]]:
    entries = []
    for session, name in zip(sessions, names, strict=True):
        made = session.config
        rules = "; ".join(f"{lane.label} with {lane.describe()}" for lane in made.lanes)
        entries.append((name, (
            f"{made.game}, {made.num_seeds} seeds, {made.num_steps:,} steps, key {made.key}, {made.dtype}; {rules}"
        )))  # fmt: skip
    return entries
