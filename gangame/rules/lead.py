"""LEAD, least-action dynamics: momentum, and a force across the players' motion."""

import math
from collections.abc import Sequence

import jax
import optax

from gangame.calculus import block_product, own_gradient
from gangame.core import Batch, Game, Key, Players, State, UpdateRule
from gangame.ranges import check_number
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import LearningRate, PlayerRates, scaled
from gangame.rules.order import in_order, two_players


@costs(Cost(gradients=1, forward=1, copies=1))
def lead(
    learning_rate: LearningRate,
    *,
    momentum: float = 0.5,
    coupling: float = 0.5,
    order: Sequence[str] | None = None,
) -> UpdateRule:
    """Two players with momentum, each corrected for what the other's last move does to its gradient.

        w_i⁺ = w_i + β (w_i − w_i⁻) − η v_i − α J_ij (w_j − w_j⁻)

    In the paper's min-max form J_xy = ∇²_xy f and J_yx = −∇²_yx f. On V = xy it is optimistic gradient descent for
    β = 0 and α = η, and no choice of the three converges faster than by 1/√2 per step, at β = 0 and α = η = ½.

    Args:
      learning_rate: η, 0 or more, or a dict with one for each player.
      momentum: β, from -1 to 1.
      coupling: α, any finite number; the paper takes positive ones. The defaults are near those of its first figure, at
        the learning rate 0.1.
      order: names of both players, first mover first, to move in turn and on a fresh sample each; `None` moves both at
        once. In turn, the second mover sees where the first has gone, and the move of the first in the step before.

    Returns:
      The rule. Its state is the last move w − w⁻ of each player.

    Raises:
      ValueError: a number outside its range, a name that is no player, or a game that has not two players.

    Source: Askari Hemmat et al., "LEAD: Min-Max Optimization from a Physical Perspective", 2023,
    https://arxiv.org/abs/2010.13846.

    Example:
      >>> rule = lead(0.1, momentum=0.3)
    """
    rates = PlayerRates(learning_rate)
    check_number(momentum, "momentum", -1, 1)
    check_number(coupling, "coupling", -math.inf, math.inf)
    if order is not None and len(set(order)) < len(order):
        raise ValueError(f"order is {tuple(order)}; lead needs each player once.")

    def init(players: Players) -> State:
        two_players(players, "lead")
        in_order(order, players)
        rates.check(players)
        return optax.tree.zeros_like(players)

    def move(game: Game, name: str, players: Players, last: State, batch: Batch) -> Players:
        (other,) = set(players) - {name}
        force = block_product(game, players, batch, name, other, last[other])
        slide = optax.tree.sub(scaled(momentum, last[name]), scaled(coupling, force))
        return optax.tree.sub(slide, scaled(rates[name], own_gradient(game, name, players, batch)[1]))

    def update(game: Game, players: Players, last: State, key: Key) -> tuple[Players, State]:
        if order is None:
            batch = game.sample(key)
            moves = {name: move(game, name, players, last, batch) for name in players}
            return optax.tree.add(players, moves), moves
        moves = dict(last)
        names = in_order(order, players)
        for name, key_turn in zip(names, jax.random.split(key, len(names)), strict=True):
            moves[name] = move(game, name, players, last, game.sample(key_turn))
            players = {**players, name: optax.tree.add(players[name], moves[name])}
        return players, moves

    return UpdateRule(init, update)
