"""Optimistic steps: the last gradient stands in for the one ahead."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from gangame.calculus import Direction, field
from gangame.core import Array, Game, Key, Players, State, UpdateRule
from gangame.ranges import check_number
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import Optimizer, PlayerOptimizers, scaled


class Optimistic(NamedTuple):
    """State of the optimisers by player, the last gradient, and whether there is one."""

    step: State
    last: Players
    started: Array


@costs(Cost(gradients=1, copies=1))
def optimistic(
    optimizer: Optimizer,
    *,
    optimism: float = 1.0,
    first: str = "repeat",
    form: str = "ogda",
    direction: Direction = field,
) -> UpdateRule:
    """All players step as if the change of their gradients went on; a plain step costs no more gradients.

        "ogda":  w⁺ = w − η (v_t + o (v_t − v_{t−1})),                        v_t = v(w)
        "past":  w̃ = w − o η ṽ_{t−1},    w⁺ = w − η ṽ_t,                      ṽ_t = v(w̃)

    The two are one recurrence: w̃ of "past" moves like w of "ogda" (Popov's method, past extragradient, optimistic
    mirror descent). On V = xy it converges for η < 1/√3, fastest at η = ½ with 1/√2 per step, the best that one
    gradient and one remembered gradient can do.

    Args:
      optimizer: a learning rate, an optax transformation, or a dict with one of these for each player. It is fed the
        bracket of "ogda", or ṽ_t of "past", whose imagined step is what it makes of ṽ_{t−1} with the same memory.
      optimism: o, 0 (plain steps) or more.
      first: of "ogda", what comes before the first gradient: "repeat" takes v_{−1} = v_0 (the first step is plain, as
        in optax), "zero" takes v_{−1} = 0 (the first step is 1 + o times as long, as in the code of the paper). "past"
        has no choice, it starts from w̃ = w.
      form: "ogda" or "past".
      direction: what the players follow, one of `rules.directions`; the field of own gradients by default.

    Returns:
      The rule. Its state is the state of the optimisers and the last gradient, which is that of the last sample.

    Raises:
      ValueError: a number or a word outside the ranges above.

    Source: Popov, "A modification of the Arrow-Hurwicz method for search of saddle points", 1980; Daskalakis et al.,
    "Training GANs with Optimism", 2018, https://arxiv.org/abs/1711.00141.

    Example:
      >>> rule = optimistic({"generator": 1e-3, "discriminator": 1e-2}, optimism=0.5)
    """
    optimizers = PlayerOptimizers(optimizer)
    check_number(optimism, "optimism")
    if first not in ("repeat", "zero"):
        raise ValueError(f"first is {first!r}; it has to be 'repeat' or 'zero'.")
    if form not in ("ogda", "past"):
        raise ValueError(f"form is {form!r}; it has to be 'ogda' or 'past'.")

    def init(players: Players) -> Optimistic:
        return Optimistic(optimizers.init(players), optax.tree.zeros_like(players), jnp.zeros((), bool))

    def ahead_of(players: Players, state: Optimistic) -> Players:
        """Returns w̃ of "past": what the optimisers make of the last gradient, if there is one."""
        imagined, _ = optimizers.step_all(state.last, state.step, players)
        reach = jnp.where(state.started, optimism, 0.0)
        return optax.tree.add(players, scaled(reach, optax.tree.sub(imagined, players)))

    def update(game: Game, players: Players, state: Optimistic, key: Key) -> tuple[Players, Optimistic]:
        at = ahead_of(players, state) if form == "past" else players
        gradient = bracket = direction(game)(at, game.sample(key))
        if form == "ogda":
            before = state.last if first == "zero" else _choose(state.started, state.last, gradient)
            bracket = optax.tree.add(gradient, scaled(optimism, optax.tree.sub(gradient, before)))
        moved, step = optimizers.step_all(bracket, state.step, players)
        return moved, Optimistic(step, gradient, jnp.ones((), bool))

    return UpdateRule(init, update)


def _choose(condition: Array, if_true: Any, if_false: Any) -> Any:
    return jax.tree.map(lambda one, other: jnp.where(condition, one, other), if_true, if_false)
