"""Steps of one learning rate through a transformation that remembers, all at once or in turn."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import optax

from gangame.calculus import Direction, field
from gangame.core import Players, State, UpdateRule
from gangame.rules.alternating import alternating
from gangame.rules.optimizer import LearningRate, PlayerRates
from gangame.rules.simultaneous import simultaneous


def with_memory(
    make: Callable[[Any], optax.GradientTransformation],
    learning_rate: LearningRate,
    order: Sequence[str] | None = None,
    direction: Direction = field,
) -> UpdateRule:
    """Returns simultaneous or alternating steps of the transformation that `make` makes of each learning rate."""
    rates = PlayerRates(learning_rate)
    optimizer = (
        {name: make(rate) for name, rate in learning_rate.items()}
        if isinstance(learning_rate, Mapping)
        else make(learning_rate)
    )
    if order is None:
        rule = simultaneous(optimizer, direction=direction)
    else:
        rule = alternating(optimizer, order=order, direction=direction)

    def init(players: Players) -> State:
        rates.check(players)
        return rule.init(players)

    return UpdateRule(init, rule.update)
