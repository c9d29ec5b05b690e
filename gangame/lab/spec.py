"""What a user types for a game, a rule or an optimiser, `name:key=value,key=value`, checked against its factory."""

import ast
import dataclasses
import inspect
import math
import re
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gangame.core import Array, UpdateRule
from gangame.names import did_you_mean

PARTNERS = {"(": ")", "[": "]", "{": "}"}


class UserError(Exception):
    """Something the user can put right; its text is one sentence that says what was wrong and what is allowed."""


class Parameter(NamedTuple):
    """One argument of a factory.

    Attributes:
      name: as in the signature.
      default: its default (of a function its name), or `inspect.Parameter.empty`.
      kinds: the types that its annotation allows.
      text: what the docstring says about it, ranges included.
    """

    name: str
    default: Any
    kinds: tuple[Any, ...]
    text: str


class Names:
    """Kind of an argument that is a sequence of names, one of which may stand without brackets."""


class Swept(NamedTuple):
    """Several values in place of one number, typed `0.1|1|10`, of which a comparison has to choose."""

    values: tuple[float, ...]


class Spec(NamedTuple):
    """A factory by name and the arguments it is called with."""

    name: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        """Returns the spec as one types it."""
        pairs = ",".join(f"{name}={_written(value)}" for name, value in self.arguments.items())
        return f"{self.name}:{pairs}" if pairs else self.name


def _written(value: Any) -> str:
    if isinstance(value, Spec) or (isinstance(value, str) and ":" in value):
        return f"({value})"
    if isinstance(value, Swept):
        return "|".join(f"{each:g}" for each in value.values)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{_written(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (tuple, list)):
        return "[" + ",".join(_written(each) for each in value) + "]"
    return str(value)


def summary(factory: Callable) -> str:
    """Returns the first line of the docstring."""
    return (inspect.getdoc(factory) or "").split("\n", 1)[0]


def parameters(factory: Callable) -> dict[str, Parameter]:
    """Returns the arguments of a factory, with what its docstring says about each."""
    hints = typing.get_type_hints(factory)
    texts = _described(inspect.getdoc(factory) or "")
    return {
        name: Parameter(name, _named(each.default), _flat(hints.get(name, str)), texts.get(name, ""))
        for name, each in inspect.signature(factory).parameters.items()
    }


def _named(default: Any) -> Any:
    return default.__name__ if inspect.isfunction(default) else default


def _described(docstring: str) -> dict[str, str]:
    """Returns the entries of the section "Args" of a docstring, each on one line."""
    section = re.search(r"^Args:\n(.*?)(?:\n\S|\Z)", docstring, re.DOTALL | re.MULTILINE)
    entries = re.split(r"\n? {2}(?=\w+: )(?<! {4})", "\n" + section.group(1)) if section else []
    pairs = (entry.split(": ", 1) for entry in entries if ": " in entry)
    return {name.strip(): " ".join(text.split()) for name, text in pairs}


def _flat(hint: Any) -> tuple[Any, ...]:
    if hint is Any:  # a number which may be traced
        return (float,)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return tuple(kind for each in typing.get_args(hint) for kind in _flat(each))
    if hint == Sequence[str]:
        return (Names,)
    return (typing.get_origin(hint) or hint,)


def find(name: str, catalogue: Mapping[str, Any], what: str) -> Any:
    """Returns the entry of a catalogue, or raises a UserError with the nearest name and the list."""
    if name in catalogue:
        return catalogue[name]
    hint = did_you_mean(name, catalogue)
    raise UserError(f"There is no {what} named {name!r}.{hint} There are {', '.join(sorted(catalogue))}.")


def parse(
    text: str, catalogue: Mapping[str, Callable], what: str, extra: Sequence[str] = (), *, sweep: bool = False
) -> Spec:
    """Returns the spec that `name:key=value,key=value` stands for.

    Args:
      text: what the user typed. Lists are written [1,2] or 64x64, dicts {name:1}, and `none` is None.
      catalogue: factories by name.
      what: what the catalogue holds, for messages, in the singular.
      extra: keys which are allowed besides the arguments of the factory and stay text.
      sweep: a number may be several, `0.1|1|10`, which become `Swept`.

    Raises:
      UserError: an unknown name, an unknown key, or a value of the wrong type.
    """
    _check_brackets(text)
    name, _, rest = text.partition(":")
    known = parameters(find(name, catalogue, what))
    arguments: dict[str, Any] = {}
    for piece in _split(rest):
        key, equals, value = piece.partition("=")
        key = key.strip()
        if not equals or not key:
            raise UserError(
                f"{piece!r} in {text!r} is not of the form key=value; write {name}:key=value,key=value, and a list as "
                "key=[value,value]."
            )
        if key in arguments:
            raise UserError(f"{key!r} is given twice in {text!r}; give it once.")
        if key in extra:
            arguments[key] = value
            continue
        allowed = {each: known[each] for each in known if each not in ("optimizer", "learning_rate")}
        if key not in allowed:
            hint = did_you_mean(key, [*allowed, *extra])
            options = f"It takes {', '.join([*allowed, *extra])}." if allowed or extra else "It takes no arguments."
            raise UserError(f"{what.capitalize()} {name!r} takes no argument {key!r}.{hint} {options}")
        if sweep and "|" in value and _is_number(allowed[key]):
            arguments[key] = Swept(tuple(_value(each.strip(), allowed[key], text) for each in value.split("|")))
            continue
        if "|" in value and what == "rule" and _is_number(allowed[key]):
            raise UserError(
                f"{key}={value} in {text!r} are several values, all of which gangame sweep plays and the best of which "
                "gangame compare chooses; give one here."
            )
        arguments[key] = _value(value.strip(), allowed[key], text)
    return Spec(name, arguments)


def parsed(given: str | Spec, catalogue: Mapping[str, Callable], what: str, *, sweep: bool = False) -> Spec:
    """Returns the spec that was given, as text or ready."""
    return given if isinstance(given, Spec) else parse(given, catalogue, what, sweep=sweep)


def _is_number(parameter: Parameter) -> bool:
    """Returns whether an argument may be a number, so that it survives being traced."""
    return float in parameter.kinds and not {UpdateRule, Callable} & set(parameter.kinds)


def _check_brackets(text: str) -> None:
    opened = []
    for letter in text:
        if letter in PARTNERS:
            opened.append(PARTNERS[letter])
        elif letter in PARTNERS.values() and (not opened or opened.pop() != letter):
            raise UserError(f"A {letter!r} in {text!r} closes nothing; open it before, or leave it out.")
    if opened:
        raise UserError(f"{text!r} ends before a bracket is closed; add {''.join(reversed(opened))!r}.")


def _split(text: str) -> list[str]:
    """Returns the pieces between commas that stand outside all brackets."""
    pieces, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += letter
    return [] if pieces == [""] else pieces


def _value(text: str, parameter: Parameter, context: str) -> Any:
    kinds = parameter.kinds
    if types.NoneType in kinds and text.lower() == "none":
        return None
    if UpdateRule in kinds or Callable in kinds:  # a spec in turn, which stays text until it is made
        return text[1:-1] if text.startswith("(") and text.endswith(")") else text
    containers = {tuple, list, Sequence, Names, Mapping, Array, np.ndarray}
    readers = ((bool, _bool), (int, _int), (float, _float), (None, _container), (str, str), (Names, _names))
    for kind, reader in readers:
        if kind in kinds or (kind is None and containers & set(kinds)):
            try:
                return reader(text)
            except (ValueError, SyntaxError):
                continue
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a name", types.NoneType: "none"}
    wanted = [names[kind] for kind in kinds if kind in names]
    if containers & set(kinds):
        likes = {Mapping: "a dict like {name:1}", Names: "names like [a,b]"}
        wanted.append(next((like for kind, like in likes.items() if kind in kinds), "a list like [1,2]"))
    meaning = f" ({parameter.text.rstrip('.')})" if parameter.text else ""
    raise UserError(f"{parameter.name}={text} in {context!r} has to be {' or '.join(wanted)}{meaning}.")


def _bool(text: str) -> bool:
    if text.lower() in ("true", "yes", "on"):
        return True
    if text.lower() in ("false", "no", "off"):
        return False
    raise ValueError(text)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _int(text: str) -> int:
    number = _float(text)
    if number != int(number):
        raise ValueError(text)
    return int(number)


def _container(text: str) -> Any:
    if re.fullmatch(r"\d+(x\d+)+|\d+", text):
        return tuple(int(width) for width in text.split("x"))
    if text.startswith("{") and text.endswith("}"):
        pairs = (piece.partition(":") for piece in _split(text[1:-1]))
        return {key.strip(" '\""): _number(value.strip()) for key, _, value in pairs}
    if text.startswith(("[", "(")):
        try:
            value = ast.literal_eval(text)
            np.asarray(value, complex)
        except (ValueError, SyntaxError, TypeError):
            return tuple(_name(piece) for piece in _split(text[1:-1]))
        return value if isinstance(value, (list, tuple)) else (value,)
    raise ValueError(text)


def _names(text: str) -> tuple[str, ...]:
    return (_name(text),)


def _number(text: str) -> int | float:
    try:
        return _int(text)
    except ValueError:
        return _float(text)


def _name(text: str) -> str:
    name = text.strip(" '\"")
    if not name.isidentifier():
        raise ValueError(text)
    return name


def settings(factory: Callable) -> dict[str, dict[str, Any]]:
    """Returns what each `setting` of a factory fixes, which is what `SETTINGS` of its module says; else nothing."""
    if "setting" not in inspect.signature(factory).parameters:
        return {}
    return {name: dataclasses.asdict(each) for name, each in sys.modules[factory.__module__].SETTINGS.items()}


def complete(spec: Spec, catalogue: Mapping[str, Callable]) -> dict[str, Any]:
    """Returns all arguments of a spec's factory; those that were not given are at their defaults, or at its setting."""
    factory = catalogue[spec.name]
    defaults = {
        name: each.default for name, each in parameters(factory).items() if each.default is not inspect.Parameter.empty
    }
    arguments = {**defaults, **spec.arguments}
    fixed = settings(factory).get(arguments.get("setting", ""), {})
    return {name: fixed.get(name) if value is None else value for name, value in arguments.items()}


def build(spec: Spec, catalogue: Mapping[str, Callable], *arguments: Any) -> Any:
    """Returns what the factory makes of the spec, its own complaints as a UserError.

    Args:
      spec: which factory, and its arguments by name.
      catalogue: where the factory stands.
      *arguments: arguments by position, such as the optimiser of a rule.
    """
    try:
        return catalogue[spec.name](*arguments, **spec.arguments)
    except (ValueError, TypeError, OverflowError) as error:
        raise UserError(f"{spec}: {error}") from error
    except MemoryError as error:
        raise UserError(f"{spec} does not fit into the memory of this machine; make it smaller.") from error
