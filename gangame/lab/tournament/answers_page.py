"""The answers of a tournament as HTML."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from gangame.lab.tournament.questions import MARGIN


def questions_page(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Returns what `questions.answers` says of each game, as a part of a page."""
    parts = []
    for name, answer in found.items():
        parts.append(f"<h3>{html.escape(name)}</h3>{_items(answer['sentences'])}")
        for reference, verdicts in answer["as well as"].items():
            parts.append(
                f"<p>Cheap rules against {html.escape(reference)}; as well: with 95 % confidence less than {MARGIN} "
                f"below its share of seeds.</p>{_items(_verdicts(verdicts or {}))}"
            )
        medians = [
            f"{label}: median budget to the goal {median:,.0f} ({low:,.0f} to {high:,.0f})"
            for label, (median, low, high) in answer["medians"].items()
        ]
        best = [f"best {key.replace('_', ' ')}: {label}" for key, label in answer["best"].items()]
        claims = [f"{text}: {verdict}" for text, verdict in answer["claims"].items()]
        parts.append(_items([*medians, *best, *claims]))
    return "".join(parts)


def _verdicts(verdicts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    groups: dict[str, list[str]] = {"as well": [], "undecided": [], "worse": []}
    for label, each in verdicts.items():
        mean, low, high = each["difference"]
        groups[each["verdict"]].append(f"{label} {mean:+.2f} ({low:+.2f} to {high:+.2f})")
    return [f"{verdict}: {', '.join(labels) or 'none'}" for verdict, labels in groups.items()]


def _items(texts: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(text)}</li>" for text in texts) + "</ul>"
