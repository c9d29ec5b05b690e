"""Which rules of a learning rate scale their own steps, as Adam does."""

from collections.abc import Callable
from typing import Any, TypeVar

Factory = TypeVar("Factory", bound=Callable[..., Any])


def own_scale(when: Callable[..., bool] = lambda **arguments: True) -> Callable[[Factory], Factory]:
    """Returns the decorator of a factory whose learning rate is of the size of Adam's, and not of plain steps.

    Args:
      when: from the factory's keyword arguments to whether its steps are scaled; by default they always are.

    Example:
      >>> from gangame.rules import competitive, optimistic_adam
      >>> has_own_scale(optimistic_adam), has_own_scale(competitive), has_own_scale(competitive, adaptive=True)
      (True, False, True)
    """

    def decorate(factory: Factory) -> Factory:
        factory.own_scale = when  # type: ignore[attr-defined]
        return factory

    return decorate


def has_own_scale(factory: Callable[..., Any], **arguments: Any) -> bool:
    """Returns whether the steps of a factory's rule are scaled by the rule itself, with the given arguments."""
    return hasattr(factory, "own_scale") and factory.own_scale(**arguments)
