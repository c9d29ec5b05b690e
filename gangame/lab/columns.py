"""One Parquet file of records: a label for all rows and columns of numbers; read without trust, and without pandas.

pyarrow's own conversions between its arrays and those of NumPy import pandas, which takes longer than all else here.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gangame.lab import store, strangers
from gangame.lab.spec import UserError

MOST_NUMBERS = 2**28
"""Numbers in a file from which on it is nothing that gangame writes."""
OVERHEAD = 2**16
"""Bytes of a column beside its rows at most: what Parquet says about it, and labels, each of them once."""


def write(path: Path, label: str, numbers: Mapping[str, np.ndarray]) -> None:
    """Writes a file, whole or not at all.

    Args:
      path: the file.
      label: what the column "rule" has in each row.
      numbers: the other columns, `[rows]` each; truth values become 0 and 1.
    """
    import pyarrow as pa  # here, because only who plays or reports should pay for the import
    import pyarrow.parquet as pq

    def column(each: np.ndarray) -> Any:
        each = each.astype(np.uint8) if each.dtype == bool else each
        return pa.Array.from_buffers(pa.from_numpy_dtype(each.dtype), each.size, [None, pa.py_buffer(each)])

    text, num_rows = label.encode(), len(next(iter(numbers.values())))
    places = len(text) * np.arange(num_rows + 1, dtype=np.int32)
    labels = pa.StringArray.from_buffers(num_rows, pa.py_buffer(places), pa.py_buffer(text * num_rows))
    table = pa.table({"rule": labels, **{name: column(each) for name, each in numbers.items()}})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, write_page_checksum=True)
    store.write(path, buffer.getvalue())


def read(path: Path) -> dict[str, np.ndarray]:
    """Returns the columns of a file, labels as objects.

    What is no number and no label, or more than gangame writes, is refused before it is read.

    Raises:
      UserError: the file is damaged, or something else.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with (
            store.told(path, "read"),
            pq.ParquetFile(path, page_checksum_verification=True, read_dictionary=["rule"]) as file,
        ):
            schema = file.schema_arrow
            numeric = [pa.types.is_integer(each.type) or pa.types.is_floating(each.type) for each in schema]
            wanted = {"rule": pa.dictionary(pa.int32(), pa.string()), "seed": pa.int32(), "step": pa.int32()}
            kinds = {name: schema.field(name).type for name in wanted}
            if sum(numeric) != len(schema) - 1 or kinds != wanted:
                raise UserError(f"{path} holds no records of a run (columns of other names or types); remove it.")
            _check_size(path, file.metadata, schema.get_field_index("rule"))
            content = file.read()
        if any(column.null_count for column in content.columns):
            raise UserError(f"{path} has gaps, which the records of a run have not; restore it.")
        numbers = {name: _array(content[name].combine_chunks()) for name in content.column_names if name != "rule"}
        content["rule"].validate(full=True)
        rule = content["rule"].unify_dictionaries().combine_chunks()
        labels = [strangers.label(each) for each in rule.dictionary.to_pylist()]
        return {"rule": np.array(labels, object)[_array(rule.indices)], **numbers}
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise UserError(f"{path} is damaged ({store.first_line(error)}); restore it, or play again.") from error


def _check_size(path: Path, metadata: Any, place: int) -> None:
    """Makes sure that a file takes no more room than what is written here.

    Args:
      path: the file.
      metadata: what it says about itself.
      place: which of its columns has the labels.
    """
    num_rows, num_columns = metadata.num_rows, metadata.num_columns
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    labels = sum(group.column(place).total_uncompressed_size for group in groups)
    if labels > 8 * num_rows + OVERHEAD:
        raise UserError(f"{path} has {labels:,} bytes of labels, more than gangame writes; remove it.")
    # Eight bytes for a number at most, and as much again for what Parquet needs of its own.
    most = (16 * num_rows + OVERHEAD) * num_columns
    if num_rows * num_columns > MOST_NUMBERS or sum(group.total_byte_size for group in groups) > most:
        raise UserError(f"{path} claims {num_rows:,} rows, more than are read at once; remove it.")


def _array(whole: Any) -> np.ndarray:
    """Returns the numbers of an array of pyarrow."""
    found = np.frombuffer(whole.buffers()[1], whole.type.to_pandas_dtype())
    return found[whole.offset : whole.offset + len(whole)]
