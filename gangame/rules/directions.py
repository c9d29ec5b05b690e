"""Directions: what players may follow in place of the field of own gradients.

A direction is a function of the type of `gangame.calculus.field`, `direction(game)(players, batch)`. Each entry of
`DIRECTIONS` makes one from its strengths, and every rule that asks only who moves when has an argument for it:

    rules.extragradient({"x": optax.adam(1e-3), "y": 0.1}, direction=rules.directions.consensus(strength=1.0))
"""

from collections.abc import Callable

from gangame.calculus import Direction, field

__all__ = ["DIRECTIONS"]


DIRECTIONS: dict[str, Callable[..., Direction]] = {
    "field": lambda: field,
}
