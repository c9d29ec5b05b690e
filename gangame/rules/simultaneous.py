"""Simultaneous gradient steps."""

from gangame.calculus import Direction, field
from gangame.core import Game, Key, Players, State, UpdateRule
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import Optimizer, PlayerOptimizers


@costs(Cost(gradients=1))
def simultaneous(optimizer: Optimizer, *, direction: Direction = field) -> UpdateRule:
    """All players step at once, each along its own gradient, on one and the same sample.

        w⁺ = w − η v(w)

    On V = xy it spirals outward for every step size, by √(1 + η²) per step. Two time scales (TTUR) are two learning
    rates.

    Args:
      optimizer: a learning rate, an optax transformation, or a dict with one of these for each player.
      direction: what the players follow, one of `rules.directions`; the field of own gradients by default.

    Returns:
      The rule. Its state is the state of the optimisers, by player. One gradient of each player per step.

    Raises:
      ValueError: a learning rate is negative or not a number.

    Source: Goodfellow et al., "Generative Adversarial Nets", 2014, https://arxiv.org/abs/1406.2661; slide 22 of the
    tutorial, https://arxiv.org/abs/1701.00160; Heusel et al. 2017, https://arxiv.org/abs/1706.08500, for TTUR.

    Example:
      >>> import optax
      >>> rule = simultaneous({"generator": 1e-3, "discriminator": optax.adam(1e-4, b1=0.5)})
    """
    optimizers = PlayerOptimizers(optimizer)

    def update(game: Game, players: Players, state: State, key: Key) -> tuple[Players, State]:
        return optimizers.step_all(direction(game)(players, game.sample(key)), state, players)

    return UpdateRule(optimizers.init, update)
