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


def costs(
    cost: Cost | Callable[..., Cost], *, in_turn: bool | Callable[..., bool] = False
) -> Callable[[Factory], Factory]:
    """Returns the decorator of a factory that states what a step costs.

    Args:
      cost: the cost, or a function from the factory's keyword arguments to it. A wrapper states what it adds to the
        rule that it wraps.
      in_turn: whether players move one after the other, or a function from the factory's keyword arguments to that.

    Example:
      >>> from gangame.rules import cost_of, simultaneous
      >>> cost_of(simultaneous).gradients
      1.0
    """

    def decorate(factory: Factory) -> Factory:
        factory.cost = cost if callable(cost) else lambda **arguments: cost  # type: ignore[attr-defined]
        factory.in_turn = in_turn if callable(in_turn) else lambda **arguments: in_turn  # type: ignore[attr-defined]
        return factory

    return decorate


def cost_of(factory: Callable[..., Any], **arguments: Any) -> Cost:
    """Returns what a factory of `RULES` states as the cost of a step, with the given arguments or at the defaults."""
    return Cost(*map(float, factory.cost(**arguments)))  # type: ignore[attr-defined]


def cost_along(factory: Callable[..., Any], direction: Cost, **arguments: Any) -> Cost:
    """Returns the cost of a step that follows a direction where `cost_of` has the field.

    A rule evaluates its direction as often as it would the field. In turn, each of two players needs the whole field
    and its own half of the products: one and a half of all.

    Args:
      factory: the rule.
      direction: what one evaluation costs for all players, as a step of the rule of its name does.
      **arguments: of the factory, without the direction.

    Example:
      >>> from gangame.rules import consensus, extragradient
      >>> print(cost_along(extragradient, cost_of(consensus)))
      Cost(gradients=2.0, forward=0.0, transposed=2.0, copies=0.0)
    """
    own = cost_of(factory, **arguments)
    times = own.gradients * (1.5 if factory.in_turn(**arguments) else 1.0)  # type: ignore[attr-defined]
    return Cost(
        times * direction.gradients,
        own.forward + times * direction.forward,
        own.transposed + times * direction.transposed,
        own.copies,
    )


def moves_in_order(order: Any = None, **others: Any) -> bool:
    """Returns whether players move in turn, for `costs`, of rules where they do so if an order is given."""
    del others
    return order is not None
