"""What a game does, seen from outside: its field and its Jacobian."""

from gangame.calculus import field, jacobian

__all__ = ["field", "jacobian"]
