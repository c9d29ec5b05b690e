"""The command `gangame compare`: rules on one game at equal budget, each tuned by the same protocol."""

import math
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.table import Table
from rich.text import Text

from gangame.games import GAMES
from gangame.lab import spec, store, strangers
from gangame.lab.engine import Engine
from gangame.lab.folder import choose_same
from gangame.lab.intervals import ABOUT
from gangame.lab.machine import machine, today
from gangame.lab.optimizers import parse_optimizer, smooth
from gangame.lab.recipes import recipe_for
from gangame.lab.spec import UserError
from gangame.lab.terminal import console
from gangame.lab.tournament import Arena, Contender, Protocol, clock, contender, play_all, tasks_of
from gangame.lab.tournament.cell import Cell
from gangame.lab.tournament.contenders import check_labels, check_values
from gangame.lab.tournament.goal import Goal
from gangame.lab.tournament.standings import goal_in
from gangame.lab.tournament.tables import brief_rows

MARK = "comparison"


class Comparison(NamedTuple):
    """What the user typed, complete; kept as config.json, from which the same comparison goes on.

    Attributes:
      game: the game.
      rules: the rules; numbers to choose from are written `0.1|1|10`.
      optimizer: of every player, unless a rule takes plain steps.
      protocol: budget, candidates and seeds.
      dtype: "float32" or "float64".
    """

    game: str
    rules: list[str]
    optimizer: str
    protocol: dict[str, Any]
    dtype: str


def comparison(
    game: str,
    rules: Sequence[str],
    optimizer: str | None,
    settings: Mapping[str, Any],
    dtype: str,
    room: float = math.inf,
) -> Comparison:
    """Returns the complete comparison; whatever is wrong with it is told before anything is computed.

    Args:
      game: as typed.
      rules: as typed.
      optimizer: as typed, `None` for that of the game's recipe.
      settings: what was typed of the protocol; `None` where nothing was.
      dtype: "float32" or "float64".
      room: bytes of memory that a rule may take.

    Raises:
      UserError: something is wrong.
    """
    recipe = recipe_for(spec.parse(game, GAMES, "game"))
    if optimizer is None:
        first = next(iter(recipe.settings(["any"]).values()))
        arguments = ",".join(f"{name}={value:g}" for name, value in first.arguments.items() if name != "eps_root")
        optimizer = f"{first.name}:{arguments}" if arguments else first.name
    given = {name: value for name, value in settings.items() if value is not None}
    _check(given)
    given.setdefault("tuning_budget", given.get("budget", Protocol.budget) / 2)
    given.setdefault("lanes", given.get("num_seeds", Protocol.num_seeds))
    made = Comparison(game, list(rules), optimizer, Protocol(**given).to_json(), dtype)
    arena, rows = parts(made)
    check_labels(rows)
    for row in rows:
        arena.protocol.candidates(row)
        check_values(row)
        try:
            Cell(row, arena.game, arena.protocol.lanes).check(room)
        except (ValueError, TypeError, NotImplementedError, MemoryError) as error:
            raise UserError(f"{row.label}: {error}") from error
    return made


OPTIONS = {
    "num_seeds": "--seeds", "num_tuning_seeds": "--tuning-seeds", "num_candidates": "--candidates",
    "num_records": "--records",
}  # fmt: skip


def _check(given: Mapping[str, Any]) -> None:
    """Makes sure of the numbers that the protocol calls by other names than the command line."""
    for name, option in OPTIONS.items():
        if given.get(name, 1) < 1:
            raise UserError(f"{option} is {given[name]}; it has to be 1 or more.")
    budget, num_records = given.get("budget", Protocol.budget), given.get("num_records", Protocol.num_records)
    if "tuning_budget" not in given and num_records <= budget < 2 * num_records:
        raise UserError(
            f"--budget is {budget:g}, and half of it for the tuning is less than {num_records} simultaneous steps, one "
            f"for each record; take a --budget of {2 * num_records} or more, fewer --records, or a --tuning-budget."
        )


def parts(made: Comparison) -> tuple[Arena, list[Contender]]:
    """Returns the game with its protocol, and the rules."""
    parsed = spec.parse(made.game, GAMES, "game")
    arena = Arena(parsed.name, parsed, Protocol.from_json(made.protocol), dtype=made.dtype)
    name, arguments = parse_optimizer(made.optimizer)
    return arena, [contender(text, name, smooth(name, arguments)) for text in made.rules]


def choose_folder(made: Comparison, output: Path | None, overwrite: bool) -> Path:
    """Returns the folder of a comparison; see `folder.choose_same`."""
    name, results = ["compare", made.game, *made.rules], ["cells/**/*.npz", clock.NAME]
    return choose_same(made, read, MARK, name, results, output, overwrite)


def read(folder: Path) -> Comparison:
    """Returns the comparison of a folder.

    Raises:
      UserError: it holds none.
    """
    whole = store.read_config(folder, MARK)
    try:
        saved = strangers.mapping(strangers.mapping(whole, MARK, [MARK])[MARK], MARK, Comparison._fields)
        return Comparison(
            strangers.label(saved["game"]),
            [strangers.label(each) for each in strangers.sequence(saved["rules"], "rules", 1, 1000)],
            strangers.label(saved["optimizer"]),
            Protocol.from_json(saved["protocol"]).to_json(),
            strangers.choice(saved["dtype"], "dtype", ("float32", "float64")),
        )
    except UserError as error:
        raise UserError(f"{folder}/config.json is not that of a comparison: {error}") from error


def run(made: Comparison, folder: Path, engine: Engine, quiet: bool) -> Path:
    """Plays what is missing and writes the report.

    Args:
      made: the comparison.
      folder: its folder.
      engine: where the rules are played.
      quiet: say nothing on the way.

    Returns:
      The report.
    """
    from gangame.lab.tournament.report import write_report  # matplotlib takes a second to import

    arena, rows = parts(made)
    facts = {"command": " ".join(["gangame", *map(shlex.quote, sys.argv[1:])]), "date": today(), **machine()}
    store.write_json(folder / "config.json", {MARK: made._asdict(), **facts})
    tasks = tasks_of(rows, [arena], folder.absolute())

    def told(line: str) -> None:
        if not quiet:
            console.print(line, markup=False)

    refused = play_all(tasks, engine, told)
    clock.measure_all(tasks, engine, told)
    told("Drawing the report.")
    title = f"{arena.game}: {', '.join(row.label for row in rows)}"
    found = write_report(folder, title, tasks, [arena], facts, refused=refused)
    for cell, reason in refused.items():
        print(f"{cell}: {reason}", file=sys.stderr)
    if not quiet:
        for entries in found.values():
            print_standings(entries, goal_in(arena))
    return folder / "report.html"


def print_standings(entries: Sequence[Mapping[str, Any]], goal: Goal) -> None:
    """Prints the standings, one line a rule, the best first; the report has more columns."""
    rows = brief_rows(entries, goal)
    table = Table("rule", *rows[0].cells, box=None, pad_edge=False)
    for row in rows:
        table.add_row(Text(row.label), *map(Text, row.cells.values()))
    console.print(table)
    console.print(f"{ABOUT} Of a median it is that of its order statistics.", style="dim")


def pair(text: str, option: str) -> tuple[float, float]:
    """Returns two numbers typed as LOW:HIGH."""
    low, colon, high = text.partition(":")
    try:
        return float(low), float(high if colon else low)
    except ValueError:
        raise UserError(f"{option} is {text!r}; it has to be two numbers, such as 3e-4:1e-2.") from None
