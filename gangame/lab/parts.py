"""Long runs in parts, each of which is kept when it is done: a run that was cut goes on where it was."""

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from gangame.core import Array, Key
from gangame.data.kept import Arrays, kept
from gangame.lab import store


def part(folder: str, name: str, about: Any, make: Callable[[], Arrays]) -> Arrays:
    """Returns the arrays of a part of a run, from its file where that is there and whole, or makes and keeps them.

    Args:
      folder: where parts are kept; "" keeps none.
      name: of the part, with which the name of its file begins.
      about: all that its arrays depend on, of which the text is compared: settings, seed.
      make: returns the arrays.

    Raises:
      UserError: the folder cannot be made.

    Example:
      >>> part("", "first", (), lambda: {"x": np.zeros(2)})["x"].shape
      (2,)
    """
    if not folder:
        return make()
    with store.told(Path(folder), "write to"):
        Path(folder).mkdir(parents=True, exist_ok=True)
    return kept(name, (repr(about),), make, Path(folder))


def part_for_each_seed(
    folder: str, name: str, about: Any, keys: Key, play: Callable[..., dict[str, Array]], *held: Any
) -> Arrays:
    """Returns what a program makes of each key, stacked, each key being a part; it is compiled if one is missing.

    Args:
      folder: as in `part`.
      name: of the parts, which get a number besides.
      about: all that the arrays depend on besides the key and the name.
      keys: `[seeds]`.
      play: `play(*held, key) -> arrays`, pure.
      held: what it needs besides, such as a game: pytrees, which are arguments of the program.

    Returns:
      The arrays, `[seeds, ...]`, and `cpu_seconds` `[seeds]`, in which compiling does not count.

    Raises:
      UserError: the folder cannot be made.
    """
    compiled = functools.cache(lambda: jax.jit(play).lower(*held, keys[0]).compile())

    def one(key: Key) -> Arrays:
        program, began = compiled(), time.process_time()
        arrays = {what: np.asarray(each) for what, each in program(*held, key).items()}
        return arrays | {"cpu_seconds": np.asarray(time.process_time() - began)}

    parts = [
        part(folder, f"{name}-{seed}", (name, about, jax.random.key_data(key).tolist()), functools.partial(one, key))
        for seed, key in enumerate(keys)
    ]
    return {what: np.stack([each[what] for each in parts]) for what in parts[0]}
