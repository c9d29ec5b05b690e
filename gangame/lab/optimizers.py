"""Optimisers by name, as the command line gives them: `adam:b1=0.5`, for all players or for each."""

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import optax

from gangame.lab.spec import Spec, UserError, find

NAMES = (
    "adabelief", "adagrad", "adam", "adamw", "amsgrad", "lion", "nadam", "optimistic_adam_v2",
    "optimistic_gradient_descent", "radam", "rmsprop", "sgd", "yogi",
)  # fmt: skip
OPTIMIZERS = {name: getattr(optax, name) for name in NAMES if hasattr(optax, name)}

# Where an argument of these names has to lie, both ends included; half of optax's factories take any number in silence.
# A momentum below zero is one of the field's own ideas (Gidel et al. 2019, https://arxiv.org/abs/1807.04740).
RANGES = {
    **dict.fromkeys(("b1", "b2", "b3", "decay"), (0.0, 1.0)),
    "momentum": (-1.0, 1.0),
    **dict.fromkeys(
        ("eps", "eps_root", "initial_accumulator_value", "initial_scale", "threshold", "weight_decay"),
        (0.0, math.inf),
    ),
}

# The square root of Adam and its like has an infinite derivative at zero, and a rule that differentiates through the
# optimiser then yields NaN. The root of 1e-16 is 1e-8, as large as Adam's own eps outside of the root.
SMOOTH_ROOT = 1e-16


def smooth(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Returns the arguments of an optimiser with `eps_root` where it has one that is not given."""
    has_root = "eps_root" in inspect.signature(OPTIMIZERS[name]).parameters
    return {"eps_root": SMOOTH_ROOT, **arguments} if has_root else dict(arguments)


class Setting(NamedTuple):
    """One player's optimiser, as configuration.

    Attributes:
      name: one of `OPTIMIZERS`.
      learning_rate: 0 or more.
      arguments: further arguments of the optax factory.
    """

    name: str
    learning_rate: float
    arguments: dict[str, Any]

    def make(self) -> optax.GradientTransformation:
        """Returns the optax transformation."""
        try:
            return OPTIMIZERS[self.name](self.learning_rate, **self.arguments)
        except (TypeError, ValueError) as error:
            raise UserError(f"Optimizer {self.name!r} does not take these arguments: {error}.") from error

    def __str__(self) -> str:
        """Returns the setting as one types it, with the learning rate."""
        return str(Spec(self.name, {"learning_rate": f"{self.learning_rate:g}", **self.arguments}))


def parse_optimizer(text: str) -> tuple[str, dict[str, Any]]:
    """Returns name and arguments of an optimiser typed as `name:key=value,key=value`."""
    name, _, rest = text.partition(":")
    known = inspect.signature(find(name, OPTIMIZERS, "optimizer")).parameters
    arguments: dict[str, Any] = {}
    for piece in rest.split(",") if rest else []:
        key, equals, value = piece.partition("=")
        options = [each for each in known if each not in ("learning_rate", "mask", "mu_dtype", "accumulator_dtype")]
        if key not in options or not equals:
            raise UserError(f"{piece!r} in {text!r} is no key=value of {name}; its keys are {', '.join(options)}.")
        if isinstance(known[key].default, bool):
            if value.lower() not in ("true", "false"):
                raise UserError(f"{key}={value} in {text!r} has to be true or false.")
            arguments[key] = value.lower() == "true"
            continue
        try:
            arguments[key] = float(value)
        except ValueError:
            raise UserError(f"{key}={value} in {text!r} has to be a number.") from None
        low, high = RANGES.get(key, (-math.inf, math.inf))
        if not (low <= arguments[key] <= high and math.isfinite(arguments[key])):
            bounds = f"from {low:g} to {high:g}" if math.isfinite(high) else "0 or more" if low == 0 else "finite"
            raise UserError(f"{key}={value} in {text!r} is out of range; it has to be {bounds}.")
    return name, arguments


def parse_rate(text: str) -> float:
    """Returns a learning rate, a finite number of at least 0."""
    try:
        rate = float(text)
    except ValueError:
        hint = "; several are for gangame sweep, and for gangame compare as --rates" if "|" in text else ""
        raise UserError(
            f"The learning rate {text!r} is not a number; it has to be 0 or more, such as 1e-3{hint}."
        ) from None
    if not 0 <= rate < float("inf"):
        raise UserError(f"The learning rate {text} is out of range; it has to be finite and 0 or more.")
    return rate


def by_player(texts: Sequence[str], players: Sequence[str], option: str) -> dict[str, str]:
    """Returns for each player what was typed for it, from `value` (for all) and `player=value` (for one)."""
    given: dict[str, str] = {}
    for text in texts:
        head, equals, value = text.partition("=")
        if equals and ":" not in head:
            if head not in players:
                raise UserError(f"{option} names {head!r}, but the players of this game are {', '.join(players)}.")
            given[head] = value
        else:
            given = {**dict.fromkeys(players, text), **given}
    return given


def settings_for(
    players: Sequence[str], default: Mapping[str, Setting], optimizers: Sequence[str], rates: Sequence[str]
) -> dict[str, Setting]:
    """Returns each player's optimiser: the default, changed by what was typed.

    Args:
      players: names of the players.
      default: the setting of each player where nothing was typed.
      optimizers: what was typed for `--optimizer`, `name:key=value` or `player=name:key=value`.
      rates: what was typed for `--learning-rate`, `rate` or `player=rate`.
    """
    settings = dict(default)
    for player, text in by_player(optimizers, players, "--optimizer").items():
        name, arguments = parse_optimizer(text)
        settings[player] = Setting(name, settings[player].learning_rate, smooth(name, arguments))
    for player, text in by_player(rates, players, "--learning-rate").items():
        settings[player] = settings[player]._replace(learning_rate=parse_rate(text))
    for setting in settings.values():
        setting.make()
    return settings
