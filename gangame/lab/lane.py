"""One rule with its optimisers, from what a user types to the rule."""

import collections.abc
import dataclasses
from collections.abc import Mapping
from typing import Any

from gangame.core import UpdateRule
from gangame.lab import spec
from gangame.lab.optimizers import Setting
from gangame.lab.slug import slug
from gangame.rules import RULES, first_argument, make
from gangame.rules.directions import DIRECTIONS


def make_rule(typed: spec.Spec, settings: Mapping[str, Setting]) -> UpdateRule:
    """Returns the rule that a spec stands for.

    Args:
      typed: the rule; what it wraps and the direction it follows are specs in turn in its arguments, parsed or as text.
      settings: each player's optimiser. A rule that is defined by plain steps takes the learning rate alone.

    Raises:
      UserError: a name or an argument that is wrong, here or in what is nested.
    """
    arguments: dict[str, Any] = dict(typed.arguments)
    for name, known in spec.parameters(RULES[typed.name]).items():
        if name not in arguments:
            continue
        if UpdateRule in known.kinds:
            arguments[name] = make_rule(spec.parsed(arguments[name], RULES, "rule"), settings)
        elif collections.abc.Callable in known.kinds:
            arguments[name] = spec.build(spec.parsed(arguments[name], DIRECTIONS, "direction"), DIRECTIONS)
    plain = first_argument(RULES[typed.name]) == "learning_rate"
    optimizers = {player: each.learning_rate if plain else each.make() for player, each in settings.items()}
    try:
        return make(typed.name, optimizers, **arguments)
    except (ValueError, TypeError) as error:
        raise spec.UserError(f"{typed}: {error}") from error


@dataclasses.dataclass(frozen=True)
class Lane:
    """One rule with its optimisers, as configuration.

    Attributes:
      label: what the user typed.
      rule: the rule as a spec.
      optimizers: for each player its setting.
      control: added by the recipe, not asked for by the user.
    """

    label: str
    rule: spec.Spec
    optimizers: dict[str, Setting]
    control: bool = False

    @property
    def slug(self) -> str:
        """Returns the label as the name of a file."""
        return slug(self.label)

    def describe(self) -> str:
        """Returns the optimisers in words."""
        return "; ".join(f"{player}: {setting}" for player, setting in self.optimizers.items())

    def make(self) -> UpdateRule:
        """Returns the rule."""
        return make_rule(self.rule, self.optimizers)
