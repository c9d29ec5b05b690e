"""Alternating gradient steps."""

from collections.abc import Mapping, Sequence

import jax
from jax import lax

from gangame.calculus import Direction, field, own_direction
from gangame.core import Game, Key, Players, State, UpdateRule
from gangame.ranges import check_whole
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import Optimizer, PlayerOptimizers
from gangame.rules.order import check_names, in_order


@costs(Cost(gradients=1), in_turn=True)
def alternating(
    optimizer: Optimizer,
    *,
    order: Sequence[str] | None = None,
    steps: int | Mapping[str, int] = 1,
    direction: Direction = field,
) -> UpdateRule:
    """Players step one after the other, each seeing where those before it have gone, on a fresh sample each time.

        θ_1⁺ = θ_1 − η ∇_1 ℓ_1(θ_1, θ_2),    θ_2⁺ = θ_2 − η ∇_2 ℓ_2(θ_1⁺, θ_2)

    A Gauss–Seidel sweep over n players. On V = xy it neither converges nor diverges: x² + y² − ηxy is constant (x moves
    first), and η_x η_y < 4 is bounded.

    Args:
      optimizer: a learning rate, an optax transformation, or a dict with one of these for each player.
      order: names of the players, first mover first; each at least once, and again for a second turn. `None` is the
        sorted order of the names, in which a discriminator comes before its generator.
      steps: how many gradient steps a turn has, 1 or more: a number, or a dict with the players that differ from 1,
        such as `{"discriminator": 5}`.
      direction: what the players follow, one of `rules.directions`; the field of own gradients by default.

    Returns:
      The rule. Its state is the state of the optimisers, by player. One gradient per sub-step.

    Raises:
      ValueError: a learning rate is negative, a number of steps below 1, or a name is no player of the game.

    Source: Goodfellow et al., "Generative Adversarial Nets", Algorithm 1, 2014, https://arxiv.org/abs/1406.2661 (k
    discriminator steps for each generator step).

    Example:
      >>> rule = alternating(1e-3, steps={"discriminator": 5})
    """
    optimizers = PlayerOptimizers(optimizer)
    for name, count in steps.items() if isinstance(steps, Mapping) else [("each player", steps)]:
        check_whole(count, f"steps for {name}")

    def turns(players: Players) -> list[tuple[str, int]]:
        if isinstance(steps, Mapping):
            check_names(list(steps), players)
        names = in_order(order, players)
        return [(name, steps.get(name, 1) if isinstance(steps, Mapping) else steps) for name in names]

    def init(players: Players) -> State:
        turns(players)
        return optimizers.init(players)

    def update(game: Game, players: Players, state: State, key: Key) -> tuple[Players, State]:
        carry = (players, state)
        in_turn = turns(players)
        for (name, count), key_turn in zip(in_turn, jax.random.split(key, len(in_turn)), strict=True):

            def step(carry: tuple, key_step: Key, name: str = name) -> tuple[tuple, None]:
                players, state = carry
                gradient = own_direction(direction, game, name, players, game.sample(key_step))
                return optimizers.step_all({name: gradient}, state, players), None

            if count == 1:
                carry, _ = step(carry, key_turn)
            else:
                carry, _ = lax.scan(step, carry, jax.random.split(key_turn, count))
        return carry

    return UpdateRule(init, update)
