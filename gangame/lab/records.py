"""What was measured along a run, in Parquet: `records/RULE-STEP.parquet`, named after the last step in it.

Columns are rule, seed, step and one for each measure; `pandas.read_parquet("runs/NAME/records")` reads all of a run.
While a rule plays there is a file for each piece of it, and at its end they become few (`merge`). A file is written
whole or not at all. One that holds what is also in those before it takes their place: whoever was stopped between the
writing of a merged file and the removal of its parts leaves both.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gangame.lab import columns, store
from gangame.lab.lane import Lane
from gangame.lab.spec import UserError

FOLDER = "records"
MERGED = 2**20
"""Numbers in a file that is made of others, at most."""


class Table(NamedTuple):
    """The records of one rule.

    Attributes:
      steps: `[records]`, in order.
      values: for each measure `[seeds, records]`.
    """

    steps: np.ndarray
    values: dict[str, np.ndarray]


def write(folder: Path, lane: Lane, position: int, every: int, values: Mapping[str, np.ndarray]) -> None:
    """Writes the records of one piece.

    Args:
      folder: the folder of the run.
      lane: the rule.
      position: steps done at the end of the piece.
      every: steps between two records, the last of which is at `position`.
      values: for each measure `[seeds, records]`.
    """
    num_records = next(iter(values.values())).shape[1]
    _write(folder, lane, Table(position - every * np.arange(num_records)[::-1], dict(values)))


def _write(folder: Path, lane: Lane, whole: Table) -> None:
    num_seeds, num_records = next(iter(whole.values.values())).shape
    numbers = {
        "seed": np.tile(np.arange(num_seeds, dtype=np.int32), num_records),
        "step": np.repeat(whole.steps.astype(np.int32), num_seeds),
        **{name: np.ravel(each.T) for name, each in whole.values.items()},
    }
    columns.write(folder / FOLDER / f"{lane.slug}-{whole.steps[-1]:08d}.parquet", lane.label, numbers)


def merge(folder: Path, lane: Lane, num_seeds: int) -> None:
    """Makes few files of the many of one rule, none of more than `MERGED` numbers; again, it changes nothing.

    Args:
      folder: the folder of the run.
      lane: the rule.
      num_seeds: how many seeds the run has.

    Raises:
      UserError: a file is damaged, or the folder cannot be written.
    """
    together: list[tuple[Path, Table]] = []
    for position, path in _parts(folder, lane):
        part = _part(path, lane, num_seeds, position)
        while together and together[-1][1].steps[0] >= part.steps[0]:
            _remove(together.pop()[0])
        if _size(*(each for _, each in together), part) > MERGED:
            _merge(folder, lane, together)
            together = []
        together.append((path, part))
    _merge(folder, lane, together)


def _merge(folder: Path, lane: Lane, parts: Sequence[tuple[Path, Table]]) -> None:
    if len(parts) > 1:
        _write(folder, lane, _joined([part for _, part in parts]))  # in the place of the last part
        for path, _ in parts[-2::-1]:  # the last one first, so that those that are left have no gap
            _remove(path)


def _size(*parts: Table) -> int:
    return sum(each.size for part in parts for each in part.values.values())


def _remove(path: Path) -> None:
    with store.told(path, "remove"):
        path.unlink()


def _joined(parts: Sequence[Table]) -> Table:
    names = list(parts[0].values)
    if any(list(part.values) != names for part in parts):
        raise UserError("Its records do not all have the same columns; restore them.")
    values = {name: np.concatenate([part.values[name] for part in parts], axis=1) for name in names}
    return Table(np.concatenate([part.steps for part in parts]), values)


def keep(folder: Path, lane: Lane, num_seeds: int, num_steps: int) -> None:
    """Drops the records of one rule beyond a step, which a resumed run will make again.

    Args:
      folder: the folder of the run.
      lane: the rule.
      num_seeds: how many seeds the run has.
      num_steps: the step, up to which the records are intact.
    """
    for position, path in reversed(_parts(folder, lane)):
        if position > num_steps:
            try:
                part = _part(path, lane, num_seeds, position)
            except store.ForbiddenError:
                raise
            except UserError:  # damaged, and so beyond what is intact
                part = Table(np.zeros(0, int), {})
            within = part.steps <= num_steps
            if within.any():
                values = {name: each[:, within] for name, each in part.values.items()}
                _write(folder, lane, Table(part.steps[within], values))
            _remove(path)
    with store.told(folder / FOLDER, "clean"):
        for path in (folder / FOLDER).glob(f".*{store.PART}"):
            path.unlink()


def reach(folder: Path, lane: Lane, num_seeds: int, every: int, num_steps: int, damage: list[str]) -> int:
    """Returns the step up to which the records of a rule are complete and intact.

    Args:
      folder: the folder of the run.
      lane: the rule.
      num_seeds: how many seeds the run has.
      every: steps between two records.
      num_steps: steps of the whole run, of which the last ones may have a record of their own.
      damage: gets one sentence for the first file that is damaged.
    """
    found: list[tuple[int, int]] = []  # of each file the first and the last step
    for position, path in _parts(folder, lane):
        try:
            steps = _part(path, lane, num_seeds, position).steps
        except store.ForbiddenError:
            raise
        except UserError as error:
            damage.append(str(error))
            break
        while found and found[-1][0] >= steps[0]:
            found.pop()
        before = found[-1][1] if found else 0
        gaps = np.diff(steps, prepend=before)
        last = gaps[-1] == every or (position == num_steps and 0 < gaps[-1] < every)
        if not (last and np.all(gaps[:-1] == every)):
            damage.append(f"The records of {lane.label} between the steps {before:,} and {position:,} are missing.")
            break
        found.append((int(steps[0]), position))
    return found[-1][1] if found else 0


def table(folder: Path, lane: Lane, num_seeds: int) -> Table:
    """Returns the records of one rule.

    Args:
      folder: the folder of the run.
      lane: the rule.
      num_seeds: how many seeds the run has.

    Raises:
      UserError: a file is damaged, or its records are not those of this rule; the sentence names it.
    """
    parts: list[Table] = []
    for position, path in _parts(folder, lane):
        part = _part(path, lane, num_seeds, position)
        while parts and parts[-1].steps[0] >= part.steps[0]:
            parts.pop()
        parts.append(part)
    return _joined(parts) if parts else Table(np.zeros(0, int), {})


def read_records(folder: Path | str) -> dict[str, np.ndarray]:
    """Returns all records of a run, a dict of columns, each `[rules * seeds * records]`.

    Args:
      folder: the folder of the run. `pandas.DataFrame(read_records(folder))` is a table of it.

    Raises:
      UserError: there are none, or a file is damaged.
    """
    paths = sorted((Path(folder) / FOLDER).glob("*.parquet"), key=_place)
    if not paths:
        raise UserError(f"There are no records in {Path(folder) / FOLDER}; give the folder that gangame play wrote.")
    parts: list[dict[str, np.ndarray]] = []
    for path in paths:
        part = columns.read(path)
        while parts and _begin(parts[-1])[0] == _begin(part)[0] and _begin(parts[-1]) >= _begin(part):
            parts.pop()
        parts.append(part)
    if any(list(part) != list(parts[0]) for part in parts):
        raise UserError(f"The records in {Path(folder) / FOLDER} do not have the same columns; restore them.")
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _place(path: Path) -> tuple[str, int]:
    """Returns rule and step in the name of a file, by which files are in their order."""
    rule, _, step = path.stem.rpartition("-")
    return rule, int(step) if step.isdecimal() else 0


def _begin(part: Mapping[str, np.ndarray]) -> tuple[str, int]:
    """Returns rule and step of the first record."""
    return (str(part["rule"][0]), int(part["step"][0])) if len(part["step"]) else ("", 0)


def _parts(folder: Path, lane: Lane) -> Sequence[tuple[int, Path]]:
    """Returns the files of one rule, by the step at their end and in its order."""
    found = []
    for path in (folder / FOLDER).glob("*.parquet"):
        slug, _, step = path.stem.rpartition("-")
        if slug == lane.slug and step.isdecimal() and step.isascii() and len(step) <= 10:
            found.append((int(step), path))
    return sorted(found)


def _part(path: Path, lane: Lane, num_seeds: int, position: int) -> Table:
    values = columns.read(path)
    rule, seed, step = (values.pop(name) for name in ("rule", "seed", "step"))
    num_records, rest = divmod(len(step), num_seeds)
    steps = step[::num_seeds]
    if (
        rest
        or not num_records
        or steps[-1] != position
        or not np.array_equal(seed, np.tile(np.arange(num_seeds), num_records))
        or set(rule) != {lane.label}
    ):
        raise UserError(f"{path} does not hold the records of {lane.label} up to step {position:,}; restore it.")
    return Table(steps, {name: each.reshape(num_records, num_seeds).T for name, each in values.items()})
