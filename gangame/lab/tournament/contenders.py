"""One row of a tournament: a rule, its optimiser, and the numbers that are chosen for it."""

import collections.abc
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from gangame.core import UpdateRule
from gangame.lab import spec
from gangame.lab.lane import make_rule
from gangame.lab.optimizers import Setting
from gangame.lab.slug import slug
from gangame.lab.spec import Spec, Swept, UserError
from gangame.rules import RULES, Cost, cost_of, first_argument
from gangame.rules.cost import cost_along
from gangame.rules.directions import DIRECTIONS
from gangame.rules.scale import has_own_scale

Values = Mapping[str, Any]
"""The numbers of one candidate: "rate", "ratio", and the swept arguments by their place, such as "rule/strength"."""


@dataclasses.dataclass(frozen=True)
class Contender:
    """A rule as it enters a tournament.

    Attributes:
      label: its name in tables.
      rule: the rule; a number in it, or in what it wraps or follows, may be `Swept`.
      optimizer: name and arguments of the optimiser that every player gets; of a rule which is defined by plain steps
        "sgd", or where it scales its own steps "own".
      arguments: further arguments of the optimiser.
      game: arguments of the game that this row changes, such as a penalty of the losses; a number may be `Swept`.
      more: how many times the budget of the others it has in the report; other than 1 for a row of reference.
    """

    label: str
    rule: Spec
    optimizer: str
    arguments: dict[str, Any] = dataclasses.field(default_factory=dict)
    game: dict[str, Any] = dataclasses.field(default_factory=dict)
    more: float = 1.0

    @property
    def slug(self) -> str:
        """Returns the label as the name of a file."""
        return slug(self.label)

    def swept(self) -> dict[str, tuple[float, ...]]:
        """Returns the values of every swept argument, by its place."""
        return dict([*_swept("rule", self.rule.arguments), *_swept("game", self.game)])

    def make(self, players: Sequence[str], values: Values) -> UpdateRule:
        """Returns the rule of a candidate, whose numbers may be traced.

        Args:
          players: names of the players. The first by name, in a GAN the discriminator, has "ratio" times the learning
            rate of the others.
          values: the numbers.
        """
        first = min(players)
        rates = {name: values["rate"] * values["ratio"] if name == first else values["rate"] for name in players}
        name = "sgd" if self.optimizer == "own" else self.optimizer
        settings = {player: Setting(name, rate, self.arguments) for player, rate in rates.items()}
        return make_rule(_named(_filled("rule", self.rule, values), sorted(players)), settings)

    def game_arguments(self, values: Values) -> dict[str, Any]:
        """Returns what this row changes in the game."""
        return _filled("game", Spec("", self.game), values).arguments

    def cost(self) -> Cost:
        """Returns what a step costs, as the rules state it."""
        return _cost(self.rule)

    def describe(self) -> str:
        """Returns the optimiser in words."""
        if self.optimizer == "own":
            return "its own"
        return str(Spec(self.optimizer, {key: each for key, each in self.arguments.items() if key != "eps_root"}))


def contender(
    text: str,
    optimizer: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    label: str = "",
    game: dict[str, Any] | None = None,
    more: float = 1.0,
) -> Contender:
    """Returns the row of a rule.

    Args:
      text: the rule as one types it; numbers to choose from are written `0.1|1|10`, and an order of players may call
        them first, second, ..., by the places of their sorted names.
      optimizer: the optimiser of all players; a rule which is defined by plain steps has "sgd" whatever this says.
      arguments: further arguments of the optimiser.
      label: its name in tables; the text without what is swept by default.
      game: arguments of the game that this row changes.
      more: how many times the budget of the others it has in the report.

    Raises:
      UserError: a name or an argument that is wrong.
    """
    rule = _resolved(spec.parse(text, RULES, "rule", sweep=True))
    if takes_plain_steps(rule):
        optimizer, arguments = ("own" if scales_own_steps(rule) else "sgd"), {}
    name = label or str(_without_swept(rule))
    return Contender(name, rule, optimizer, dict(arguments or {}), dict(game or {}), more)


def takes_plain_steps(rule: Spec) -> bool:
    """Returns whether a rule, or what it wraps, is defined by plain steps of a learning rate."""
    inner = rule.arguments.get("rule")
    first = first_argument(RULES[rule.name])
    return first == "learning_rate" or (first == "rule" and isinstance(inner, Spec) and takes_plain_steps(inner))


def scales_own_steps(rule: Spec) -> bool:
    """Returns whether a rule, or what it wraps, scales its own steps as Adam does."""
    inner = rule.arguments.get("rule")
    return (isinstance(inner, Spec) and scales_own_steps(inner)) or has_own_scale(RULES[rule.name], **_plain(rule))


def _plain(rule: Spec) -> dict[str, Any]:
    """Returns the arguments of a rule that have their values already and hold no specs."""
    return {name: value for name, value in rule.arguments.items() if not isinstance(value, (Spec, Swept))}


def _nested(rule: Spec) -> dict[str, tuple[Mapping[str, Any], str]]:
    """Returns the arguments of a rule that are specs in turn, with their catalogue and what it holds."""
    found: dict[str, tuple[Mapping[str, Any], str]] = {}
    for name, known in spec.parameters(RULES[rule.name]).items():
        if name in rule.arguments:
            if UpdateRule in known.kinds:
                found[name] = (RULES, "rule")
            elif collections.abc.Callable in known.kinds:
                found[name] = (DIRECTIONS, "direction")
    return found


def _resolved(rule: Spec) -> Spec:
    arguments = dict(rule.arguments)
    for name, (catalogue, what) in _nested(rule).items():
        inner = spec.parsed(arguments[name], catalogue, what, sweep=True)
        arguments[name] = _resolved(inner) if what == "rule" else inner
    return Spec(rule.name, arguments)


def _swept(place: str, arguments: Mapping[str, Any]) -> list[tuple[str, tuple[float, ...]]]:
    found = []
    for name, value in arguments.items():
        if isinstance(value, Swept):
            found.append((f"{place}/{name}", value.values))
        elif isinstance(value, Spec):
            found += _swept(f"{place}/{name}", value.arguments)
    return found


def _filled(place: str, rule: Spec, values: Values) -> Spec:
    arguments = {
        name: values[f"{place}/{name}"]
        if isinstance(value, Swept)
        else _filled(f"{place}/{name}", value, values)
        if isinstance(value, Spec)
        else value
        for name, value in rule.arguments.items()
    }
    return Spec(rule.name, arguments)


PLACES = ("first", "second", "third", "fourth")
"""What an order may call the players by, whatever their names: their places among the sorted names."""


def _named(rule: Spec, players: Sequence[str]) -> Spec:
    """Returns a rule with the players' names in the place of "first", "second", ..."""
    known = dict(zip(PLACES, players, strict=False))

    def name(value: Any) -> Any:
        if isinstance(value, Spec):
            return _named(value, players)
        if isinstance(value, (list, tuple)):
            return tuple(known.get(each, each) if isinstance(each, str) else each for each in value)
        return value

    return Spec(rule.name, {key: name(value) for key, value in rule.arguments.items()})


def _without_swept(rule: Spec) -> Spec:
    kept = {
        name: _without_swept(value) if isinstance(value, Spec) else value
        for name, value in rule.arguments.items()
        if not isinstance(value, Swept)
    }
    return Spec(rule.name, kept)


def _cost(rule: Spec) -> Cost:
    factory, arguments, inner = RULES[rule.name], _plain(rule), rule.arguments.get("rule")
    if first_argument(factory) == "rule":
        wrapped = _cost(inner) if isinstance(inner, Spec) else cost_of(RULES["simultaneous"])
        return Cost(*(one + other for one, other in zip(cost_of(factory, **arguments), wrapped, strict=True)))
    direction = rule.arguments.get("direction")
    if not isinstance(direction, Spec) or direction.name not in RULES:
        return cost_of(factory, **arguments)
    return cost_along(factory, _cost(direction), **arguments)  # a direction costs what the rule of its name does


def check_labels(contenders: Sequence[Contender]) -> None:
    """Raises a UserError where two rows have the same name."""
    slugs = [each.slug for each in contenders]
    for each in contenders:
        if slugs.count(each.slug) > 1:
            raise UserError(f"Two of the rules are named {each.label!r}; give each of them once.")


def check_values(row: Contender) -> None:
    """Raises a UserError where a rule refuses one of its swept values, which later are traced and pass unseen."""
    swept = row.swept()
    usual = {"rate": 0.0, "ratio": 1.0, **{name: values[0] for name, values in swept.items()}}
    for place, values in swept.items():
        for value in values:
            row.make(PLACES[:2], {**usual, place: value})
