"""Historical averaging: a spring to where each player was on average."""

from typing import NamedTuple

import jax.numpy as jnp
import optax

from gangame.core import Array, Batch, Game, Key, Players, State, UpdateRule
from gangame.ranges import check_number
from gangame.rules.averaged import check_decay, running_mean
from gangame.rules.cost import Cost, costs


class Anchored(NamedTuple):
    """State of the rule inside, the mean that the springs lead to, and how many points it is of."""

    inner: State
    mean: Players
    num_points: Array


@costs(Cost(copies=1))
def anchored(rule: UpdateRule, *, strength: float = 1.0, decay: float | None = None) -> UpdateRule:
    """A wrapper: each player's loss gets a spring to the mean of that player's past.

        ℓ_i(w) + λ ‖w_i − w̄_i‖²,    w̄ the mean of all points so far, the starting point with them, held fixed

    The rule inside plays this game, so the spring is in everything that it computes. On V = xy the uniform mean lets
    the radius decay only like t^(−1/(1 + 4λ²)), slower with a stronger spring; with an exponential mean it decays
    exponentially where the step is small enough.

    Args:
      rule: the rule that plays the game with springs.
      strength: λ, 0 or more; 0 is the rule itself.
      decay: β of an exponential mean w̄⁺ = β w̄ + (1 − β) w, from 0 to 1; `None` is the uniform mean (the paper's).

    Returns:
      The rule. Its state holds the mean.

    Raises:
      ValueError: a number outside its range.

    Source: Salimans et al., "Improved Techniques for Training GANs", section 3.3, 2016,
    https://arxiv.org/abs/1606.03498.

    Example:
      >>> from gangame import rules
      >>> rule = anchored(rules.simultaneous(0.1), strength=0.5, decay=0.99)
    """
    check_number(strength, "strength")
    check_decay(decay)

    def init(players: Players) -> Anchored:
        return Anchored(rule.init(players), players, jnp.ones((), jnp.int32))

    def update(game: Game, players: Players, state: Anchored, key: Key) -> tuple[Players, Anchored]:
        def spring(name: str, everyone: Players, loss: Array) -> Array:
            stretch = optax.tree.norm(optax.tree.sub(everyone[name], state.mean[name]), squared=True)
            return loss + jnp.asarray(strength).astype(loss.dtype) * stretch.astype(loss.dtype)

        def losses(everyone: Players, batch: Batch) -> dict[str, Array]:
            return {name: spring(name, everyone, loss) for name, loss in game.losses(everyone, batch).items()}

        moved, inner = rule.update(game._replace(losses=losses), players, state.inner, key)
        num_points = state.num_points + 1
        return moved, Anchored(inner, running_mean(state.mean, moved, num_points, decay), num_points)

    return UpdateRule(init, update)
