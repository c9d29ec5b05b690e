"""The report as one self-contained HTML page."""

import base64
import html
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gangame.lab.intervals import ABOUT
from gangame.lab.session import Session
from gangame.lab.spec import summary
from gangame.lab.watch import sentences as sentences_about_divergence
from gangame.rules import RULES

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; color: #1c2330; max-width: 1080px; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; }} h2 {{ font-size: 1.15rem; margin-top: 2.2rem; }}
table {{ border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .4rem .7rem; border-bottom: 1px solid #dde2ea; text-align: right; }}
th:first-child, td:first-child {{ text-align: left; }}
thead th {{ border-bottom: 2px solid #1c2330; vertical-align: bottom; }}
img {{ max-width: 100%; }} figure {{ margin: 1.2rem 0; }} figcaption, .note {{ color: #56607a; font-size: .88rem; }}
pre {{ background: #f4f6f9; padding: .8rem; overflow-x: auto; font-size: .82rem; }} .scroll {{ overflow-x: auto; }}
</style></head><body>
<h1>{title}</h1>
<p class="note">{subtitle}</p>
{body}
</body></html>
"""
ABOUT_TABLE = (
    f"What was reached at the last record. {ABOUT} A gradient is that of one player's own loss; those taken through an "
    "unrolled follower cost about twice as much as others. The time of a step is estimated without the measuring."
)
ABOUT_CONTROLS = (
    "Whether a rule collapses depends on networks and learning rates, not on the rule alone. The row marked control "
    "plays the same game with one setting changed; it was added to the rules asked for, so that the table does not "
    "show one side only."
)


class Row(NamedTuple):
    """One line of the summary table: what a rule has reached, as text.

    Attributes:
      label: the rule.
      cells: text by heading.
    """

    label: str
    cells: dict[str, str]


class Picture(NamedTuple):
    """A figure of the report.

    Attributes:
      caption: one sentence or two.
      png: the file.
    """

    caption: str
    png: bytes


def page(
    session: Session,
    rows: Sequence[Row],
    pictures: Mapping[str, Picture],
    facts: Mapping[str, Any],
    events: Sequence[Mapping[str, Any]] = (),
    damage: Sequence[str] = (),
) -> str:
    """Returns the report as one HTML page that needs no other file.

    Args:
      session: the run.
      rows: the summary table.
      pictures: figures by name.
      facts: command, date, versions and device.
      events: what happened when.
      damage: one sentence for each file that could not be used.
    """
    config = session.config
    parts = [table_of(rows)]
    parts += [f"<p><strong>{html.escape(alarm)}</strong></p>" for alarm in [*alarms(session), *damage]]
    if any(lane.control for lane in config.lanes):
        parts.append(f"<h2>Both sides</h2><p>{ABOUT_CONTROLS}</p>")
    parts += [figure_of(name.replace("_", " "), picture) for name, picture in pictures.items()]
    parts.append("<h2>What is measured</h2>")
    parts.append(items((measure.label, measure.meaning) for measure in session.view.measures))
    parts.append("<h2>Rules</h2>")
    parts.append(items((lane.label, f"{summary(RULES[lane.rule.name])} {lane.describe()}") for lane in config.lanes))
    setting = "\n".join(f"{key}: {value}" for key, value in facts.items())
    parts.append(f"<h2>Setting</h2><pre>{html.escape(setting)}</pre>")
    if events:
        parts.append(f"<h2>What happened</h2><pre>{html.escape(_told(events))}</pre>")
    title = f"{config.game} played by {', '.join(lane.label for lane in config.lanes)}"
    subtitle = f"{config.num_seeds} seeds, {config.num_steps:,} steps each; {facts.get('device')}, {facts.get('date')}"
    return PAGE.format(title=html.escape(title), subtitle=html.escape(subtitle), body="\n".join(parts))


def alarms(session: Session) -> list[str]:
    """Returns one sentence for each seed that diverged and for each rule that has not played all its steps."""
    config, sentences = session.config, []
    for lane in config.lanes:
        status = session.status.get(lane.label, {})
        sentences += sentences_about_divergence(lane.label, status.get("diverged", []), config.num_seeds)
        if status.get("diverged") and config.on_divergence == "freeze":
            sentences.append(f"{lane.label}: these seeds stay where they were before that step.")
        if "ended" in status:
            sentences.append(f"{lane.label}: {status['ended']}.")
        elif status.get("steps", 0) < config.num_steps:
            sentences.append(f"{lane.label}: stopped after {status.get('steps', 0):,} of {config.num_steps:,} steps.")
    return sentences


def _told(events: Sequence[Mapping[str, Any]]) -> str:
    """Returns the events but for the many of a kind that say the run went on, the last of which is enough."""
    last = {(event["event"], str(event.get("rule"))): index for index, event in enumerate(events)}
    shown = [
        event
        for index, event in enumerate(events)
        if event["event"] not in ("saved", "compiled") or last[event["event"], str(event.get("rule"))] == index
    ]
    return "\n".join(
        "  ".join([str(event.get("time")), event["event"], *(
            f"{name} {value}" for name, value in event.items() if name not in ("time", "event")
        )])
        for event in shown[-200:]
    )  # fmt: skip


def figure_of(name: str, picture: Picture) -> str:
    """Returns a figure with its heading."""
    image = base64.b64encode(picture.png).decode()
    return (
        f'<h2>{html.escape(name[:1].upper() + name[1:])}</h2><figure><img alt="{html.escape(name)}" '
        f'src="data:image/png;base64,{image}"><figcaption>{html.escape(picture.caption)}</figcaption></figure>'
    )


def table_of(rows: Sequence[Row]) -> str:
    """Returns the summary table."""
    if not rows:
        return "<p>Nothing has been played yet.</p>"

    def line(tag: str, texts: Sequence[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(text)}</{tag}>" for text in texts) + "</tr>"

    head = line("th", ["rule", *rows[0].cells])
    body = "".join(line("td", [row.label, *row.cells.values()]) for row in rows)
    table = f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"
    return f'<div class="scroll">{table}</div><p class="note">{ABOUT_TABLE}</p>'


def items(pairs: Any) -> str:
    """Returns a list of heads and what is said about each."""
    entries = "".join(f"<li><strong>{html.escape(head)}</strong>: {html.escape(text)}</li>" for head, text in pairs)
    return f"<ul>{entries}</ul>"
