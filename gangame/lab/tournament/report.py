"""What a tournament leaves behind: results.json, arrays.npz, figures, and one self-contained page."""

import base64
import html
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gangame.lab import store
from gangame.lab.page import PAGE, Row
from gangame.lab.spec import summary
from gangame.lab.tournament import pictures
from gangame.lab.tournament.cell import Played
from gangame.lab.tournament.choose import CRITERION
from gangame.lab.tournament.standings import goal_in, standings
from gangame.lab.tournament.tables import ABOUT, text_rows
from gangame.lab.tournament.work import PHASES, Arena, Task, load, save
from gangame.rules import RULES

NUM_CURVES = 12


def bundle(tasks: Sequence[Task], path: Path) -> None:
    """Writes all cells into one file; `unbundle` makes the cells again."""
    arrays: dict[str, np.ndarray] = {}
    for task in tasks:
        kept = {measure.key for measure in goal_in(task.arena).view.measures} | {"finite"}
        for phase in set(PHASES) - set(task.missing()):
            played, about = load(task.path(phase))
            place = f"{task.arena.name}/{task.path(phase).stem}"
            arrays |= {f"{place}/records/{name}": each for name, each in played.records.items() if name in kept}
            arrays[f"{place}/seconds"], arrays[f"{place}/about"] = played.seconds, np.array(json.dumps(about))
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    store.write(path, content.getvalue())


def unbundle(path: Path, folder: Path) -> None:
    """Makes the cells in a folder that a bundle holds and the folder lacks."""
    with store.told(path, "read"), path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        for name in archive.files:
            place, _, last = name.rpartition("/")
            target = folder / "cells" / f"{place}.npz"
            if last != "about" or target.exists():
                continue
            start = f"{place}/records/"
            records = {each.removeprefix(start): archive[each] for each in archive.files if each.startswith(start)}
            save(target, Played(records, archive[f"{place}/seconds"]), json.loads(str(archive[name])))


def write_report(
    folder: Path, title: str, tasks: Sequence[Task], arenas: Sequence[Arena], facts: Mapping[str, Any],
    *, refused: Mapping[str, str] | None = None, answers: Mapping[str, Any] | None = None,
    sections: Sequence[tuple[str, str]] = (),
) -> dict[str, list[dict[str, Any]]]:  # fmt: skip
    """Writes everything that a tournament leaves, of what has been played so far.

    Args:
      folder: where.
      title: of the page.
      tasks: the cells.
      arenas: the games.
      facts: command, date, versions and device.
      refused: cells that cannot be played, and why.
      answers: what else goes into results.json.
      sections: headings and HTML that stand before the tables.

    Returns:
      The standings of each game.
    """
    found = {arena.name: standings(tasks, arena) for arena in arenas}
    found = {name: entries for name, entries in found.items() if entries}
    by_name = {arena.name: arena for arena in arenas}
    goals = {name: goal_in(by_name[name]) for name in found}
    tables = {name: text_rows(entries, goals[name]) for name, entries in found.items()}
    results = {
        **facts,
        "protocol": {arena.name: {"game": str(arena.game), **arena.protocol.to_json()} for arena in arenas},
        "criterion": CRITERION,
        "answers": dict(answers or {}),
        "standings": found,
        "refused": dict(refused or {}),
    }
    bundle(tasks, folder / "arrays.npz")
    store.write_json(folder / "results.json", results)
    names = {name: goal.name for name, goal in goals.items()}
    drawn = _draw(found, names, tasks) if found else {}
    for name, content in drawn.items():
        store.write(folder / f"{name}.png", content)
    parts = [f"<h2>{html.escape(head)}</h2>{content}" for head, content in sections]
    for name, rows in tables.items():
        held_to = html.escape(by_name[name].describe())
        parts.append(f'<h2>{html.escape(name)}</h2><p class="note">{held_to}</p>{_table(rows)}')
    parts.append(f'<p class="note">{html.escape(ABOUT)} Tuning: {html.escape(CRITERION)}</p>')
    for name, content in drawn.items():
        image = base64.b64encode(content).decode()
        parts.append(f'<figure><img alt="{name}" src="data:image/png;base64,{image}"></figure>')
    if refused:
        items = "".join(f"<li>{html.escape(cell)}: {html.escape(why)}</li>" for cell, why in refused.items())
        parts.append(f"<h2>Not played</h2><ul>{items}</ul>")
    rules = sorted({task.row.rule.name for task in tasks})
    items = "".join(f"<li><strong>{rule}</strong>: {html.escape(summary(RULES[rule]))}</li>" for rule in rules)
    setting = html.escape("\n".join(f"{key}: {value}" for key, value in facts.items()))
    parts.append(f"<h2>Rules</h2><ul>{items}</ul><h2>Setting</h2><pre>{setting}</pre>")
    subtitle = f"{facts.get('device', '')}, {facts.get('date', '')}"
    page = PAGE.format(title=html.escape(title), subtitle=html.escape(subtitle), body="\n".join(parts))
    store.write(folder / "report.html", page.encode())
    return found


def _draw(found: dict[str, list[dict]], goals: dict[str, str], tasks: Sequence[Task]) -> dict[str, bytes]:
    made = {"leaderboard": pictures.leaderboard(found, goals), "pareto": pictures.pareto(found, goals)}
    shares: dict[str, dict[str, np.ndarray]] = {}
    for name, entries in found.items():
        best = [entry["label"] for entry in entries[:NUM_CURVES]]
        cells = {task.row.label: task for task in tasks if task.arena.name == name}
        goal = goal_in(next(iter(cells.values())).arena)
        shares[name] = {
            label: goal.reached(load(cells[label].path("reporting"))[0].records).mean(axis=0) for label in best
        }
    made["curves"] = pictures.curves(shares, goals)
    contents = {}
    for name, figure in made.items():
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=110)
        contents[name] = buffer.getvalue()
    return contents


def _table(rows: Sequence[Row]) -> str:
    headings = ["", "rule", *rows[0].cells]
    head = "".join(f"<th>{html.escape(each)}</th>" for each in headings)
    body = ""
    for place, row in enumerate(rows, 1):
        texts = [str(place), row.label, *row.cells.values()]
        body += "<tr>" + "".join(f"<td>{html.escape(each)}</td>" for each in texts) + "</tr>"
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
