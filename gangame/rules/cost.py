"""What a step of a rule costs, as its file states it."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

Factory = TypeVar("Factory", bound=Callable[..., Any])


class Cost(NamedTuple):
    """The work of one step beyond the optimisers' own arithmetic, for two players.

    Attributes:
      gradients: how often the field v is evaluated; one player's own gradient is half of it.
      forward: products J_o u with the game's Jacobian outside of its diagonal blocks: how the gradient of each player
        changes as the others move. One with the whole of J counts for two, unless it shares what it computes with a
        transposed product: with the blocks on the diagonal both factors of a layer's matrix products move. A product
        for the gradient of one player is half of one for both.
      transposed: products Jᵀ u. One with the blocks outside of the diagonal alone is half of it, for the same reason,
        and one with a single such block a quarter.
      copies: trees of the size of all players that the rule remembers from step to step, besides what the optimisers
        remember.
    """

    gradients: float = 0.0
    forward: float = 0.0
    transposed: float = 0.0
    copies: float = 0.0

    def flops(self) -> float:
        """Returns the estimated work in simultaneous steps.

        A layer of a network costs three matrix products for a gradient: one forward, two backward. A product J_o u adds
        the tangent of each of them in one of its factors, as much again; Jᵀ u goes backward through each of them to
        both of its factors, twice as much. The tenth on top is all that is no matrix product, such as the derivatives
        of activations.
        """
        return self.gradients + 1.1 * self.forward + 2.1 * self.transposed


def costs(cost: Cost | Callable[..., Cost]) -> Callable[[Factory], Factory]:
    """Returns the decorator of a factory that states what a step costs.

    Args:
      cost: the cost, or a function from the factory's keyword arguments to it. A wrapper states what it adds to the
        rule that it wraps.

    Example:
      >>> from gangame.rules import cost_of, simultaneous
      >>> cost_of(simultaneous).gradients
      1.0
    """

    def decorate(factory: Factory) -> Factory:
        factory.cost = cost if callable(cost) else lambda **arguments: cost  # type: ignore[attr-defined]
        return factory

    return decorate


def cost_of(factory: Callable[..., Any], **arguments: Any) -> Cost:
    """Returns what a factory of `RULES` states as the cost of a step, with the given arguments or at the defaults."""
    return Cost(*map(float, factory.cost(**arguments)))  # type: ignore[attr-defined]
