"""A target network: players face an average of where the others have been."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from gangame.core import Array, Batch, Game, Key, Players, State, UpdateRule
from gangame.ranges import check_number
from gangame.rules.cost import Cost, costs
from gangame.rules.order import check_names


class Targeted(NamedTuple):
    """State of the rule inside, and the averages that others face."""

    inner: State
    mean: Players


# A generator's samples, and what the discriminator makes of them, are no longer computed once for both players. That is
# one product more for a layer of each, where the gradients take three and seven, and two in a generator's first layer.
def _cost(of: Sequence[str] | None = None, **others: Any) -> Cost:
    del others
    return Cost(gradients=0.25, copies=1.0 if of is None else len(of) / 2)


@costs(_cost)
def target_network(rule: UpdateRule, *, of: Sequence[str] | None = None, decay: Any = 0.99) -> UpdateRule:
    """A wrapper: players face the others as exponential averages of their past, which follow them slowly.

        ℓ_i(w_i, w̃_−i),    w̃_j = β w̄_j + (1 − β) w_j,    w̄_j⁺ = w̃_j at the end of the step

    The critic's target network of actor-critic methods, where only the discriminator has one: the generator faces w̃,
    and the discriminator learns from the true generator. It follows within a step, so that in turn whoever comes later
    faces the new average. Where players rest they rest without the wrapper, and the other way round.

    An average lags by β²/(1 − β) steps, and on V = xy a lag drives outward: simultaneous steps of both, each before the
    average of the other, have the radii |λ| of λ² − (1 + β)(1 + iη(1 − β)) λ + β(1 + iη(1 − β)) = 0, which grow by
    η² (1/2 + β²/(1 − β)) to the second order.

    Args:
      rule: the rule that plays.
      of: the players who have a target network, such as ("discriminator",); `None` is all.
      decay: β, from 0 (the rule itself) to 1 (the starting point), which may be traced.

    Returns:
      The rule. Its state holds the averages.

    Raises:
      ValueError: a decay outside its range, or at `init` a name that is no player of the game.

    Source: Pfau, Vinyals, "Connecting Generative Adversarial Networks and Actor-Critic Methods", 2016,
    https://arxiv.org/abs/1610.01945; Lillicrap et al., "Continuous Control with Deep Reinforcement Learning", 2016,
    https://arxiv.org/abs/1509.02971, for the average.

    Example:
      >>> from gangame import rules
      >>> rule = target_network(rules.alternating(1e-3), of=("discriminator",), decay=0.9)
    """
    check_number(decay, "decay", 0, 1)

    def init(players: Players) -> Targeted:
        names = sorted(players) if of is None else of
        check_names(names, players)
        return Targeted(rule.init(players), {name: players[name] for name in names})

    def update(game: Game, players: Players, state: Targeted, key: Key) -> tuple[Players, Targeted]:
        def follow(mean: Array, point: Array) -> Array:
            weight = jnp.asarray(decay).astype(mean.dtype)
            return weight * mean + (1 - weight) * point

        def targets(everyone: Players) -> Players:
            return jax.tree.map(follow, state.mean, {name: everyone[name] for name in state.mean})

        def losses(everyone: Players, batch: Batch) -> dict[str, Array]:
            faced = {**everyone, **targets(everyone)}
            return {name: game.losses({**faced, name: own}, batch)[name] for name, own in everyone.items()}

        moved, inner = rule.update(game._replace(losses=losses), players, state.inner, key)
        return moved, Targeted(inner, targets(moved))

    return UpdateRule(init, update)
