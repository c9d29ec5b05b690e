"""After how many steps a rule does the same again: its local rate is that over this many."""

from gangame.lab.spec import Spec, parameters
from gangame.rules import RULES


def period_of(rule: Spec) -> int:
    """Returns how many steps of a rule make one turn of what it does: its argument `period`, if it has one, else 1.

    A wrapper's own period counts in turns of the rule inside. A period of `None` is drawn, and counts as 1.

    Example:
      >>> from gangame.lab.spec import parse
      >>> [period_of(parse(text, RULES, "rule")) for text in ("simultaneous", "lookahead", "lookahead:period=3")]
      [1, 5, 3]
    """
    known = parameters(RULES[rule.name])
    own = int(rule.arguments.get("period", known["period"].default) or 1) if "period" in known else 1
    inner = rule.arguments.get("rule")
    return own * (period_of(inner) if isinstance(inner, Spec) else 1)
