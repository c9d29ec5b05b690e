"""Arrays in the format safetensors: read and written with numpy alone, and checked when read.

A file is eight bytes that say how long its header is, the header in JSON (for each array its type, its shape, and where
it begins and ends in what follows; and texts under `__metadata__`), and the arrays one after the other.

Source: "Safetensors", https://github.com/huggingface/safetensors, section "Format".
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from gangame.data import kept

Arrays = dict[str, np.ndarray]
TYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8", "U8": "|u1"}
METADATA = "__metadata__"
DIGEST = "sha256"
"""Name of the text that holds the SHA-256 of the arrays, their names, types and shapes, in hexadecimal."""
MOST_BYTES = 2**28
"""Bytes of a file from which on it is not read."""


def write(path: Path, arrays: Arrays, texts: dict[str, str]) -> None:
    """Writes arrays and texts; the digest of the arrays is among the texts.

    Args:
      path: the file, which appears whole or not at all.
      arrays: float16, float32, float64, int32, int64 or uint8.
      texts: anything that has to be known of them.

    Raises:
      ValueError: an array of another type.
      OSError: it cannot be written.
    """
    names = {np.dtype(stored): name for name, stored in TYPES.items()}
    header: dict[str, Any] = {METADATA: {**texts, DIGEST: kept.digest(arrays).hex()}}
    content, begin = [], 0
    for name, array in sorted(arrays.items()):
        if array.dtype not in names:
            raise ValueError(f"{name} holds {array.dtype}; it has to be one of {', '.join(map(str, names))}.")
        end = begin + array.nbytes
        header[name] = {"dtype": names[array.dtype], "shape": list(array.shape), "data_offsets": [begin, end]}
        content.append(np.ascontiguousarray(array).tobytes())
        begin = end
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_bytes(b"".join([len(head).to_bytes(8, "little"), head, *content]))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read(path: Path) -> tuple[Arrays, dict[str, str]]:
    """Returns the arrays and texts of a file.

    Args:
      path: the file, by whomever; where it says a digest, this is checked.

    Raises:
      OSError: it cannot be opened.
      ValueError: it is damaged, or too large.
    """
    if (size := path.stat().st_size) > MOST_BYTES:
        raise ValueError(f"{path} has {size:,} bytes, and {MOST_BYTES:,} is the most that is read.")
    content = path.read_bytes()
    try:
        start = 8 + int.from_bytes(content[:8], "little")
        if not 8 < start <= len(content):
            raise ValueError("its header is longer than the file")
        header = json.loads(content[8:start])
        texts = dict(header.pop(METADATA, {}))
        arrays = {name: _array(content[start:], **about) for name, about in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path} is damaged, or no file of safetensors: {error}.") from error
    if DIGEST in texts and texts[DIGEST] != kept.digest(arrays).hex():
        raise ValueError(f"{path} is damaged: its SHA-256 is another one than the file says.")
    return arrays, texts


def _array(content: bytes, dtype: str, shape: list[int], data_offsets: list[int]) -> np.ndarray:
    begin, end = data_offsets
    if dtype not in TYPES:
        raise ValueError(f"an array holds {dtype}, and not one of {', '.join(TYPES)}")
    if not 0 <= begin <= end <= len(content):
        raise ValueError("an array lies outside of the file")
    return np.frombuffer(content[begin:end], TYPES[dtype]).reshape(shape)
