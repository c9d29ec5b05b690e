"""Who moves before whom."""

from collections.abc import Sequence

from gangame.core import Players


def check_names(names: Sequence[str], players: Players) -> None:
    """Raises a ValueError for a name that is no player of the game."""
    for name in names:
        if name not in players:
            raise ValueError(f"{name!r} is no player of this game; its players are {', '.join(sorted(players))}.")


def in_order(order: Sequence[str] | None, players: Players) -> list[str]:
    """Returns the names of the players, first mover first; `None` is their sorted order.

    Raises:
      ValueError: a name is no player of the game, or a player is left out.
    """
    if order is None:
        return sorted(players)
    check_names(order, players)
    if missing := set(players) - set(order):
        raise ValueError(f"order leaves out {', '.join(sorted(missing))}; name each player at least once.")
    return list(order)
