"""What a file or folder from a stranger may say: it is checked by name, type and size before anything is made of it."""

import collections.abc
import math
import os
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import jax
import numpy as np

from gangame.core import UpdateRule
from gangame.lab.spec import Spec, UserError, find, parameters

T = TypeVar("T")
MOST = 2**31 - 1
"""Steps and seeds are counted in 32 bits."""
MOST_LETTERS = 2000
MOST_ENTRIES = 2**20
CONTAINERS = {tuple, list, collections.abc.Sequence, jax.Array, np.ndarray}


def check_folder(folder: Path) -> None:
    """Makes sure that all that stands in the folder of a run is in that folder.

    Raises:
      UserError: something in it is a link, through which writing and deleting would reach other places, or no file at
        all, such as a pipe, which never ends.
    """
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = Path(place) / name
            if path.is_symlink():
                raise UserError(
                    f"{path} is a link to another place; gangame writes none and follows none: replace it by what it "
                    "points to, or remove it."
                )
            if not path.is_file() and not path.is_dir():
                raise UserError(f"{path} is neither a file nor a folder; remove it.")


def mapping(content: Any, what: str, names: Sequence[str] | None = None) -> dict[str, Any]:
    """Returns a dict with the given entries, or with any whose names are words."""
    if not isinstance(content, dict):
        raise UserError(f"its {what} is {_shown(content)}; it has to be an object.")
    missing = [name for name in names or () if name not in content]
    if missing:
        raise UserError(f"its {what} has no {missing[0]!r}; it needs {', '.join(names or ())}.")
    for name in content:
        if names is None and not name.isidentifier():
            raise UserError(f"its {what} has an entry named {_shown(name)}; names are letters, digits and underscores.")
    return content


def sequence(content: Any, what: str, least: int, most: int) -> list[Any]:
    """Returns a list whose length is within bounds."""
    if not isinstance(content, list) or not least <= len(content) <= most:
        raise UserError(f"its {what} is {_shown(content)}; it has to be a list of {least} to {most} entries.")
    return content


def whole_number(content: Any, what: str, least: int) -> int:
    """Returns a whole number of at least `least` that 32 bits hold."""
    if isinstance(content, bool) or not isinstance(content, int) or not least <= content <= MOST:
        raise UserError(f"its {what} is {_shown(content)}; it has to be a whole number from {least} to {MOST}.")
    return content


def number(content: Any, what: str) -> float:
    """Returns a finite number or a truth value."""
    if not isinstance(content, (bool, int, float)) or not abs(content) <= 1e300:
        raise UserError(f"its {what} is {_shown(content)}; it has to be a finite number.")
    return content


def choice(content: Any, what: str, allowed: Sequence[T]) -> T:
    """Returns one of the allowed values."""
    for each in allowed:
        if type(content) is type(each) and content == each:
            return each
    raise UserError(f"its {what} is {_shown(content)}; it has to be one of {', '.join(map(str, allowed))}.")


def label(content: Any) -> str:
    """Returns a text of one line that a terminal may print."""
    if not isinstance(content, str) or not content.isprintable() or not 1 <= len(content) <= MOST_LETTERS:
        raise UserError(f"a label is {_shown(content)}; it has to be 1 to {MOST_LETTERS} printable letters.")
    return content


def status(content: Any, step: int) -> dict[str, Any]:
    """Returns what a checkpoint of so many steps says about how far a rule came."""
    whole = mapping(content, "status", ["steps", "seconds", "compile_seconds", "gradients_per_step"])
    for name in ("seconds", "compile_seconds", "gradients_per_step"):
        number(whole[name], name)
    choice(whole["steps"], "steps", (step,))
    for each in sequence(whole.get("diverged", []), "diverged", 0, MOST):
        entry = mapping(each, "entry of diverged", ["player", "seed", "step"])
        label(entry["player"])
        whole_number(entry["seed"], "seed", 0)
        whole_number(entry["step"], "step", 0)
    if "ended" in whole:
        label(whole["ended"])
    if "images" in whole:
        whole_number(whole["images"], "images", 0)
    return whole


def spec_of(content: Any, catalogue: Mapping[str, Callable], what: str) -> Spec:
    """Returns a spec whose name is in the catalogue and whose arguments have the types of its factory."""
    whole = mapping(content, what, ["name", "arguments"])
    factory = find(label(whole["name"]), catalogue, what)
    known = parameters(factory)
    for name, value in mapping(whole["arguments"], f"arguments of the {what}").items():
        if name not in known or name in ("optimizer", "learning_rate"):
            raise UserError(f"its {what} {whole['name']!r} takes no argument {_shown(name)}.")
        if not _fits(value, set(known[name].kinds)):
            raise UserError(f"its {what} has {name}={_shown(value)}, which is not of a type that {name} takes.")
    return Spec(whole["name"], dict(whole["arguments"]))


def _fits(value: Any, kinds: set[Any]) -> bool:
    if value is None:
        return types.NoneType in kinds
    if isinstance(value, bool):
        return bool in kinds
    if isinstance(value, int):
        return bool({int, float} & kinds) and abs(value) <= MOST
    if isinstance(value, float):
        return float in kinds and math.isfinite(value)
    if isinstance(value, str):
        texts = {str, UpdateRule, collections.abc.Callable}
        return bool(texts & kinds) and value.isprintable() and len(value) <= MOST_LETTERS
    if isinstance(value, dict):
        return collections.abc.Mapping in kinds and all(_is_number(each) for each in value.values())
    return bool(CONTAINERS & kinds) and _entries(value) <= MOST_ENTRIES


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and abs(value) <= 1e300


def _entries(value: Any, depth: int = 0) -> float:
    """Returns how many numbers or names nested lists have; infinitely many where there is something else."""
    if isinstance(value, list) and depth < 4:
        return sum(_entries(each, depth + 1) for each in value)
    return 1 if _is_number(value) or (isinstance(value, str) and len(value) <= 100) else math.inf


def _shown(content: Any) -> str:
    text = repr(content)
    return text if len(text) <= 60 else f"{text[:50]}... ({len(text):,} letters)"
