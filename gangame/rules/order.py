"""Who moves before whom."""

from collections.abc import Iterable, Sequence

from gangame.core import Players


def check_names(names: Sequence[str], players: Players) -> None:
    """Raises a ValueError for a name that is no player of the game, or one text in place of a sequence."""
    if isinstance(names, str):
        raise ValueError(f"{names!r} is one text; give a sequence of names, such as ({names!r},).")
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


def leading(name: str | None, players: Players) -> str:
    """Returns the name of one player; `None` is "generator" where there is such a player, else the first by name.

    Raises:
      ValueError: the name is no player of the game.
    """
    if name is None:
        return "generator" if "generator" in players else min(players)
    check_names([name], players)
    return name


def two_players(names: Iterable[str], rule: str) -> list[str]:
    """Returns the names of the players in sorted order.

    Raises:
      ValueError: there are not two of them.
    """
    names = sorted(names)
    if len(names) != 2:
        raise ValueError(f"{rule} is defined for two players; this game has {len(names)}: {', '.join(names)}.")
    return names
