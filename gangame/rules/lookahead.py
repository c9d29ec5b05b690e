"""Lookahead-minmax: all players step back together."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from gangame.core import Array, Game, Key, Players, State, UpdateRule
from gangame.ranges import check_number, check_whole
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import scaled


class Lookahead(NamedTuple):
    """State of the rule inside, the slow players, and how many fast steps lie behind since they last moved."""

    inner: State
    slow: Players
    age: Array


@costs(Cost(copies=1))
def lookahead(rule: UpdateRule, *, period: int = 5, step: float = 0.5) -> UpdateRule:
    """A wrapper: after every `period` steps of a rule, all players together go back to a point on the way they came.

        fast: k steps of the rule from w_slow to w_fast,    w_slow⁺ = w_slow + a (w_fast − w_slow) = w_fast⁺

    With simultaneous steps on V = xy and r = √(1 + η²), k steps multiply by 1 − a + a rᵏ exp(ik atan η): for
    η = tan(π/k) and a = 1/(1 + rᵏ) the first synchronisation solves the game. Going back player by player is another
    rule. The optimisers inside keep their memory, and wrappers nest ("super-slow" players).

    Args:
      rule: the rule that takes the fast steps.
      period: k, 1 or more.
      step: a, from 0 to 1; 1 is the rule itself.

    Returns:
      The rule. Its players are the fast ones, which are the slow ones right after every k-th step.

    Raises:
      ValueError: a number outside its range.

    Source: Chavdarova et al., "Taming GANs with Lookahead-Minmax", 2021, https://arxiv.org/abs/2006.14567; Zhang et
    al., "Lookahead Optimizer: k steps forward, 1 step back", 2019, https://arxiv.org/abs/1907.08610.

    Example:
      >>> from gangame import rules
      >>> rule = lookahead(rules.extragradient(0.1), period=10)
    """
    traced = isinstance(period, jax.core.Tracer)
    if not traced:
        check_whole(period, "period")
    check_number(step, "step", 0, 1)

    def init(players: Players) -> Lookahead:
        return Lookahead(rule.init(players), players, jnp.zeros((), jnp.int32))

    def update(game: Game, players: Players, state: Lookahead, key: Key) -> tuple[Players, Lookahead]:
        fast, inner = rule.update(game, players, state.inner, key)
        back = optax.tree.add(state.slow, scaled(step, optax.tree.sub(fast, state.slow)))
        due = state.age + 1 >= jnp.asarray(period).astype(jnp.int32)

        def when_due(there: Players, otherwise: Players) -> Players:
            return jax.tree.map(lambda new, old: jnp.where(due, new, old), there, otherwise)

        return when_due(back, fast), Lookahead(inner, when_due(back, state.slow), jnp.where(due, 0, state.age + 1))

    return UpdateRule(init, update)
