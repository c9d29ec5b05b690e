"""Prediction steps, the primal-dual hybrid gradient method of games."""

from collections.abc import Sequence

import jax
import optax

from gangame.calculus import Direction, field, own_direction
from gangame.core import Game, Key, Players, State, UpdateRule
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import Optimizer, PlayerOptimizers
from gangame.rules.order import in_order


@costs(Cost(gradients=1), in_turn=True)
def prediction(optimizer: Optimizer, *, order: Sequence[str] | None = None, direction: Direction = field) -> UpdateRule:
    """Players step in turn, each facing those before it where their next move would take them.

        θ_1⁺ = θ_1 − η ∇_1 ℓ_1(θ_1, θ_2),    θ̄_1 = 2 θ_1⁺ − θ_1,    θ_2⁺ = θ_2 − η ∇_2 ℓ_2(θ̄_1, θ_2)

    On V = xy it has the characteristic polynomial of unrolling by one step, λ² − (2 − 2η²) λ + 1 − η², at no gradient
    more than alternating steps: it converges for η < 2/√3, and η = 1 solves the game in two steps. With an optimiser
    that remembers, the prediction goes on by the actual move θ_1⁺ − θ_1.

    Args:
      optimizer: a learning rate, an optax transformation, or a dict with one of these for each player.
      order: names of the players, first mover first, each once; the first is predicted for all others, the second for
        those after it, and so on. `None` is the sorted order of the names, in which a discriminator comes before its
        generator; the paper's GANs predict the generator, ("generator", "discriminator").
      direction: what the players follow, one of `rules.directions`; the field of own gradients by default.

    Returns:
      The rule. Its state is the state of the optimisers, by player. Each turn has a sample of its own.

    Raises:
      ValueError: a learning rate is negative, or the order does not name each player once.

    Source: Yadav et al., "Stabilizing Adversarial Nets with Prediction Methods", 2018,
    https://arxiv.org/abs/1705.07364; Chambolle and Pock, "A First-Order Primal-Dual Algorithm for Convex Problems with
    Applications to Imaging", 2011.

    Example:
      >>> rule = prediction(1e-3, order=("generator", "discriminator"))
    """
    optimizers = PlayerOptimizers(optimizer)
    if order is not None and len(set(order)) < len(order):
        raise ValueError(f"order is {tuple(order)}; a prediction needs each player once.")

    def init(players: Players) -> State:
        in_order(order, players)
        return optimizers.init(players)

    def update(game: Game, players: Players, state: State, key: Key) -> tuple[Players, State]:
        names = in_order(order, players)
        seen = players  # where those who have moved are predicted to be, and the others are
        for name, key_turn in zip(names, jax.random.split(key, len(names)), strict=True):
            gradient = own_direction(direction, game, name, seen, game.sample(key_turn))
            before = players[name]
            players, state = optimizers.step_all({name: gradient}, state, players)
            seen = {**seen, name: optax.tree.sub(optax.tree.scale(2, players[name]), before)}
        return players, state

    return UpdateRule(init, update)
