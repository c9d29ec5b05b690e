"""What was measured along a run, in Parquet: a file for each piece of the run, `records/RULE-STEP.parquet`.

Columns are rule, seed, step and one for each measure; `pandas.read_parquet("runs/NAME/records")` reads all of a run.
A file is written whole or not at all, and is never changed.
"""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gangame.lab import store
from gangame.lab.lane import Lane
from gangame.lab.spec import UserError

FOLDER = "records"
MOST_NUMBERS = 2**30
"""Numbers in the records of a run from which on they are not read at once."""


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
    import pyarrow as pa  # here, because only who plays or reports should pay for the import
    import pyarrow.parquet as pq

    # From buffers, since pyarrow's own conversion of arrays imports pandas, which takes longer than all else here.
    def column(each: np.ndarray) -> Any:
        each = each.astype(np.uint8) if each.dtype == bool else each
        return pa.Array.from_buffers(pa.from_numpy_dtype(each.dtype), each.size, [None, pa.py_buffer(each)])

    num_seeds, num_records = next(iter(values.values())).shape
    steps = position - every * np.arange(num_records)[::-1]
    label, num_rows = lane.label.encode(), num_seeds * num_records
    places = len(label) * np.arange(num_rows + 1, dtype=np.int32)
    columns = {
        "rule": pa.StringArray.from_buffers(num_rows, pa.py_buffer(places), pa.py_buffer(label * num_rows)),
        "seed": column(np.tile(np.arange(num_seeds, dtype=np.int32), num_records)),
        "step": column(np.repeat(steps.astype(np.int32), num_seeds)),
        **{name: column(np.ravel(each.T)) for name, each in values.items()},
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, write_page_checksum=True)
    store.write(_path(folder, lane, position), buffer.getvalue())


def keep(folder: Path, lane: Lane, num_steps: int) -> None:
    """Drops the records of one rule beyond a step, which a resumed run will make again."""
    with store.told(folder / FOLDER, "clean"):
        for position, path in _parts(folder, lane):
            if position > num_steps:
                path.unlink()
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
    reached = 0
    for position, path in _parts(folder, lane):
        try:
            steps = _part(path, lane, num_seeds, position).steps
        except store.ForbiddenError:
            raise
        except UserError as error:
            damage.append(str(error))
            break
        gaps = np.diff(steps, prepend=reached)
        if not (np.all(gaps == every) or (len(gaps) == 1 and position == num_steps and 0 < gaps[0] < every)):
            damage.append(f"The records of {lane.label} between the steps {reached:,} and {position:,} are missing.")
            break
        reached = position
    return reached


def table(folder: Path, lane: Lane, num_seeds: int) -> Table:
    """Returns the records of one rule.

    Args:
      folder: the folder of the run.
      lane: the rule.
      num_seeds: how many seeds the run has.

    Raises:
      UserError: a file is damaged, or its records are not those of this rule; the sentence names it.
    """
    parts = [_part(path, lane, num_seeds, position) for position, path in _parts(folder, lane)]
    if not parts:
        return Table(np.zeros(0, int), {})
    names = list(parts[0].values)
    if any(list(part.values) != names for part in parts):
        raise UserError(f"The records in {folder / FOLDER} do not have the same columns; restore them.")
    values = {name: np.concatenate([part.values[name] for part in parts], axis=1) for name in names}
    return Table(np.concatenate([part.steps for part in parts]), values)


def read_records(folder: Path | str) -> dict[str, np.ndarray]:
    """Returns all records of a run, a dict of columns, each `[rules * seeds * records]`.

    Args:
      folder: the folder of the run. `pandas.DataFrame(read_records(folder))` is a table of it.

    Raises:
      UserError: there are none, or a file is damaged.
    """
    paths = sorted((Path(folder) / FOLDER).glob("*.parquet"))
    if not paths:
        raise UserError(f"There are no records in {Path(folder) / FOLDER}; give the folder that gangame play wrote.")
    parts = [_columns(path) for path in paths]
    if any(list(part) != list(parts[0]) for part in parts):
        raise UserError(f"The records in {Path(folder) / FOLDER} do not have the same columns; restore them.")
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _path(folder: Path, lane: Lane, position: int) -> Path:
    return folder / FOLDER / f"{lane.slug}-{position:08d}.parquet"


def _parts(folder: Path, lane: Lane) -> Sequence[tuple[int, Path]]:
    """Returns the files of one rule, by the step at their end and in its order."""
    found = []
    for path in (folder / FOLDER).glob("*.parquet"):
        slug, _, step = path.stem.rpartition("-")
        if slug == lane.slug and step.isdecimal() and step.isascii() and len(step) <= 10:
            found.append((int(step), path))
    return sorted(found)


def _columns(path: Path) -> dict[str, np.ndarray]:
    """Returns the columns of one file; what is not a plain number or the rule's label is refused before it is read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with store.told(path, "read"), pq.ParquetFile(path, page_checksum_verification=True) as file:
            schema = file.schema_arrow
            plain = all(
                pa.types.is_integer(each.type) or pa.types.is_floating(each.type)
                for each in schema
                if each.name != "rule"
            )
            kinds = {name: schema.field(name).type for name in ("rule", "seed", "step")}
            if not plain or kinds != {"rule": pa.string(), "seed": pa.int32(), "step": pa.int32()}:
                raise UserError(f"{path} holds no records of a run (columns of other names or types); remove it.")
            if file.metadata.num_rows * len(schema) > MOST_NUMBERS:
                raise UserError(
                    f"{path} claims {file.metadata.num_rows:,} rows, more than are read at once; remove it."
                )
            content = file.read()
        if any(column.null_count for column in content.columns):
            raise UserError(f"{path} has gaps, which the records of a run have not; restore it.")
        numbers = {name: _array(content[name]) for name in content.column_names if name != "rule"}
        return {"rule": np.array(content["rule"].to_pylist()), **numbers}
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise UserError(f"{path} is damaged ({store.first_line(error)}); restore it, or play again.") from error


def _array(column: Any) -> np.ndarray:
    """Returns a column of numbers as an array, without pandas."""
    whole = column.combine_chunks()
    found = np.frombuffer(whole.buffers()[1], whole.type.to_pandas_dtype())
    return found[whole.offset : whole.offset + len(whole)]


def _part(path: Path, lane: Lane, num_seeds: int, position: int) -> Table:
    columns = _columns(path)
    rule, seed, step = (columns.pop(name) for name in ("rule", "seed", "step"))
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
    return Table(steps, {name: each.reshape(num_records, num_seeds).T for name, each in columns.items()})
