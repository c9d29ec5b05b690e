"""Replay: players learn from what the others did some time ago, too."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from gangame.core import Array, Batch, Game, Key, Players, State, UpdateRule
from gangame.ranges import check_number, check_sizes
from gangame.rules.cost import Cost, costs
from gangame.rules.order import check_names


class Replayed(NamedTuple):
    """State of the rule inside, the others as they were, leaves `[capacity, ...]`, and how many steps lie behind."""

    inner: State
    past: Players
    age: Array


def _cost(of: Sequence[str] | None = None, capacity: int = 20, **others: Any) -> Cost:
    """Returns the cost: whoever faces one who is remembered has a second gradient, which is half of one for both."""
    del others
    remembered = 1.0 if of is None else len(of) / 2
    return Cost(gradients=remembered, copies=remembered * capacity)


@costs(_cost)
def opponent_replay(
    rule: UpdateRule,
    *,
    of: Sequence[str] | None = None,
    capacity: int = 20,
    every: int = 50,
    share: Any = 0.5,
) -> UpdateRule:
    """A wrapper: a part of what players learn comes from others as they were, drawn from a buffer of their past.

        (1 − s) ℓ_i(w_i, w_−i) + s ℓ_i(w_i, w̌_−i),    w̌ one of the K points at which the play was every m steps

    A replay buffer of generated samples, where the generator alone is remembered: the loss of a discriminator is a mean
    over samples, so a batch a part of which was made by earlier generators is this loss in expectation. Who made them
    is remembered in place of the samples, which asks nothing of the game and makes new samples each time. Where players
    rest, and have for m K steps, they rest without the wrapper, and the other way round.

    The matrix of one step, which holds the buffer, says little of how fast that is: it is a matter of the draws. With
    K = 1 nothing is drawn. On V = xy two simultaneous steps with m = 2 then multiply by 1 + 2iη − (1 − s)η², for η < 1
    further outward the larger s.

    Args:
      rule: the rule that plays.
      of: the players who are remembered, such as ("generator",); `None` is all.
      capacity: K, 1 or more.
      every: m, steps from one point to the next, 1 or more.
      share: s, from 0 (the rule itself) to 1, which may be traced.

    Returns:
      The rule. Its state holds K copies of those who are remembered. One draw serves a whole step, and the rule inside
      gets the second of the two keys that `jax.random.split` makes of the step's own.

    Raises:
      ValueError: a number outside its range, or at `init` a name that is no player of the game.

    Source: Pfau, Vinyals, "Connecting Generative Adversarial Networks and Actor-Critic Methods", 2016,
    https://arxiv.org/abs/1610.01945; Shrivastava et al., "Learning from Simulated and Unsupervised Images through
    Adversarial Training", 2017, https://arxiv.org/abs/1612.07828, for a half from the buffer.

    Example:
      >>> from gangame import rules
      >>> rule = opponent_replay(rules.alternating(1e-3), of=("generator",), capacity=10)
    """
    check_sizes(capacity=capacity, every=every)
    check_number(share, "share", 0, 1)

    def init(players: Players) -> Replayed:
        names = sorted(players) if of is None else of
        check_names(names, players)
        past = jax.tree.map(lambda leaf: jnp.stack([leaf] * capacity), {name: players[name] for name in names})
        return Replayed(rule.init(players), past, jnp.zeros((), jnp.int32))

    def update(game: Game, players: Players, state: Replayed, key: Key) -> tuple[Players, Replayed]:
        key_draw, key_rule = jax.random.split(key)
        known = jnp.minimum(state.age // every + 1, capacity)
        drawn = jax.random.randint(key_draw, (), 0, known)
        earlier = jax.tree.map(lambda leaf: leaf[drawn], state.past)

        def losses(everyone: Players, batch: Batch) -> dict[str, Array]:
            return {name: mixed(name, everyone, batch, loss) for name, loss in game.losses(everyone, batch).items()}

        def mixed(name: str, everyone: Players, batch: Batch, loss: Array) -> Array:
            others = {other: own for other, own in earlier.items() if other != name}
            if not others:
                return loss
            part = jnp.asarray(share).astype(loss.dtype)
            return (1 - part) * loss + part * game.losses({**everyone, **others}, batch)[name]

        moved, inner = rule.update(game._replace(losses=losses), players, state.inner, key_rule)
        age = state.age + 1
        slot, due = age // every % capacity, age % every == 0

        def remember(past: Array, point: Array) -> Array:
            return past.at[slot].set(jnp.where(due, point, past[slot]))

        past = jax.tree.map(remember, state.past, {name: moved[name] for name in state.past})
        return moved, Replayed(inner, past, age)

    return UpdateRule(init, update)
