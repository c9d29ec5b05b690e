"""Does a rule keep the contract? It plays every game of the catalogue, and each check asks one thing of it.

    from gangame import testing
    print(testing.table(testing.check_rule(my_rule)))     # my_rule(learning_rate) returns an UpdateRule

A check is a function of a `Trial`, one rule at one game, and raises an AssertionError with a sentence. `CHECKS` is the
catalogue of checks; the tests of gangame make the same ones of every rule at every game.
"""

from collections.abc import Iterator, Mapping

from gangame.core import Game, UpdateRule
from gangame.games import GAMES
from gangame.testing.checks import CHECKS
from gangame.testing.trial import RATE, Make, Trial, small_game, trial


def check_rule(make: Make, games: Mapping[str, Game] | None = None, tol: float = 0.0) -> dict[str, dict[str, str]]:
    """Plays a rule on every game and makes every check: of its form, for where it leads is for its own tests to say.

    Args:
      make: from a learning rate, which may be traced, to the rule.
      games: games by name; by default the whole catalogue, in a small size.
      tol: relative residual at which the rule's linear solves end, 0 where it has none.

    Returns:
      For each game and check what is wrong, an empty text where nothing is. A game that the rule refuses with a
      ValueError, or whose data are not installed, has the one entry "not played" with the reason.

    Raises:
      TypeError: `make` is a rule, not a function to one.

    Example:
      >>> from gangame import games, rules
      >>> found = check_rule(rules.simultaneous, {"V = xy": games.bilinear()})
      >>> any(found["V = xy"].values())
      False
    """
    if isinstance(make, UpdateRule):
        raise TypeError(
            "make is a rule; it has to be the function that makes one of a learning rate, without its call."
        )
    known = games or {}
    return {name: dict(_checked(make, name, known.get(name), tol)) for name in games or GAMES}


def _checked(make: Make, name: str, game: Game | None, tol: float) -> Iterator[tuple[str, str]]:
    try:
        ready = trial(make, small_game(name) if game is None else game, tol)
    except (ValueError, ImportError) as error:
        yield "not played", str(error)
        return
    for name, check in CHECKS.items():
        try:
            check(ready)
        except AssertionError as error:
            yield name, str(error)
        except Exception as error:  # whatever a rule of somebody else's does wrong is a finding
            yield name, f"{type(error).__name__}: {error}"
        else:
            yield name, ""


def table(found: Mapping[str, Mapping[str, str]]) -> str:
    """Returns what `check_rule` found as text: a row for each game, a column for each check, and then what is wrong."""
    width = max(map(len, found), default=0) + 2
    lines = [" " * width + "  ".join(CHECKS)]
    wrong = []
    for game, results in found.items():
        marks = ("not played" in results and ["not played"]) or [
            ("✗" if results[name] else "✓").center(len(name)) for name in CHECKS
        ]
        lines.append(game.ljust(width) + "  ".join(marks))
        wrong += [f"{game}, {name}: {text}" for name, text in results.items() if text]
    return "\n".join(line.rstrip() for line in [*lines, *wrong])


__all__ = ["CHECKS", "RATE", "Make", "Trial", "check_rule", "small_game", "table", "trial"]
