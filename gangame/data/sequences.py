"""Real sequences of symbols, on the device: surnames, and pieces of a text."""

import dataclasses
import sysconfig
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, Key
from gangame.data import shipped
from gangame.data.sources import Facts
from gangame.ranges import check_sizes

END = "."
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NAMES = END + LETTERS
PRINTABLE = "".join(map(chr, range(32, 127)))
SPLIT = "test: every fifth, in the order of the set; train: the others"
MOST_BYTES = 2**28
"""Bytes of a text from which on it is not read."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Sequences:
    """Sequences of one length, drawn from uniformly with replacement: a sampler `(key, num_samples) -> symbols`.

    Attributes:
      symbols: `[num_sequences, length]`, uint8, places in the alphabet.
      alphabet: the symbols as characters.
    """

    symbols: Array
    alphabet: str = dataclasses.field(metadata={"static": True})

    @property
    def num_symbols(self) -> int:
        """How many symbols there are."""
        return len(self.alphabet)

    @property
    def length(self) -> int:
        """Symbols of a sequence."""
        return self.symbols.shape[1]

    def __call__(self, key: Key, num_samples: int) -> Array:
        """Returns sequences of whole numbers, `[num_samples, length]`, int32."""
        index = jax.random.randint(key, (num_samples,), 0, self.symbols.shape[0])
        return self.symbols[index].astype(jnp.int32)

    def texts(self, symbols: Array) -> list[str]:
        """Returns sequences `[num_sequences, length]` as text; a name is all that comes before its first end."""
        rows = ["".join(self.alphabet[place] for place in row) for row in np.asarray(symbols)]
        return [row.split(END)[0] for row in rows] if self.alphabet == NAMES else rows


class SequenceSet(NamedTuple):
    """A set of sequences, with what has to be known of it.

    Attributes:
      train: the sequences for training.
      test: the others.
      facts: content, licence, source and split, in words.
    """

    train: Sequences
    test: Sequences
    facts: Facts


def surnames(length: int = 8) -> SequenceSet:
    """Returns the surnames of the census of the United States of 1990, without their frequencies.

    Args:
      length: letters of the longest names that are taken, 2 or more; shorter ones end with the symbol ".".

    Raises:
      ValueError: a number outside its range, or the package `names` is not installed.

    Example:
      >>> found = surnames(6)
      >>> found.train.texts(found.train.symbols[:3])
      ['SMITH', 'JONES', 'BROWN']
    """
    check_sizes(length=length)
    path = shipped.file("names", "names", "dist.all.last")
    words = [line.split()[0] for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    kept = [word for word in words if len(word) <= length and set(word) <= set(LETTERS)]
    if not kept:
        raise ValueError(f"length is {length}; no surname is as short as that, so give 2 or more.")
    symbols = np.array([[NAMES.index(letter) for letter in word.ljust(length, END)] for word in kept], np.uint8)
    return _split(symbols, NAMES, Facts(
        name="surnames",
        content=f"surnames of at most {length} letters, the most frequent first",
        classes=(),
        licence="the census: public domain; the package: MIT",
        source="United States Census Bureau, 1990, dist.all.last, as the package names ships it",
        split=SPLIT,
    ))  # fmt: skip


def text(path: str | Path | None = None, length: int = 32, most_bytes: int = MOST_BYTES) -> SequenceSet:
    """Returns the pieces of a text, one after the other; what is no printable ASCII character becomes a space.

    Args:
      path: a file of text in UTF-8; `None` is the source code of Python's standard library, which every machine has.
      length: characters of a piece, 1 or more.
      most_bytes: a longer text is refused before it is read.

    Raises:
      ValueError: a number outside its range, or a file that is missing, too long, or shorter than five pieces.

    Example:
      >>> text(length=16).train.symbols.shape[1]
      16
    """
    check_sizes(length=length)
    library = path is None
    called = "The standard library" if path is None else str(path)
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")) if path is None else [Path(path).expanduser()]
    try:
        size = sum(file.stat().st_size for file in files)
        if size > most_bytes:
            raise ValueError(f"{called} has {size:,} bytes, and most_bytes is {most_bytes:,}; give a shorter text.")
        content = b"\n".join(file.read_bytes() for file in files)
    except OSError as error:
        raise ValueError(f"{called} cannot be read ({error.strerror}); give a file of text.") from error
    characters = np.frombuffer(content, np.uint8)
    places = np.where((characters >= 32) & (characters < 127), characters - 32, 0).astype(np.uint8)
    pieces = places[: len(places) // length * length].reshape(-1, length)
    if len(pieces) < 5:
        raise ValueError(f"{called} has {len(places)} characters; it needs five pieces of {length} or more.")
    return _split(pieces, PRINTABLE, Facts(
        name="text",
        content=f"pieces of {length} characters",
        classes=(),
        licence="PSF-2.0, with Python" if library else "that of the file",
        source="the modules of Python's standard library" if library else str(path),
        split=SPLIT,
    ))  # fmt: skip


def _split(symbols: np.ndarray, alphabet: str, facts: Facts) -> SequenceSet:
    """Returns every fifth sequence for testing, and the others for training."""
    testing = np.arange(len(symbols)) % 5 == 4
    train, test = (Sequences(jnp.asarray(symbols[chosen]), alphabet) for chosen in (~testing, testing))
    return SequenceSet(train, test, facts)
