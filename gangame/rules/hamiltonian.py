"""Hamiltonian gradient descent: everybody descends the size of the field, and nothing else."""

import jax
import optax

from gangame.calculus import Direction, as_direction, field_and_transposed
from gangame.core import Batch, Game, Key, Players, State, UpdateRule
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import Optimizer, PlayerOptimizers, scaled
from gangame.rules.simultaneous import simultaneous


def hamiltonian_direction() -> Direction:
    """Returns the direction Jᵀv = ∇ ½‖v‖²."""

    def evaluate(game: Game, players: Players, batch: Batch) -> Players:
        v, transposed = field_and_transposed(game, players, batch)
        return transposed(v)

    return as_direction(evaluate)


def _cost(fresh: bool = False) -> Cost:
    return Cost(gradients=1 + fresh, transposed=1 + fresh)


@costs(_cost)
def hamiltonian(optimizer: Optimizer, *, fresh: bool = False) -> UpdateRule:
    """All players descend H = ½‖v‖².

        w⁺ = w − η Jᵀv,    or with two samples    w⁺ = w − η ½ (J(ξ)ᵀv(ξ') + J(ξ')ᵀv(ξ))

    Along its flow d/dt ½‖v‖² = −‖Jᵀv‖² on every game, so it ends where Jᵀv = 0: at stationary points of all kinds, also
    those that a player would like to leave. On V = xy a step multiplies by 1 − η.

    With noise, one sample descends E ½‖v(ξ)‖², which holds the variance of v as well; two independent samples are
    unbiased for ½‖E v‖².

    Args:
      optimizer: a learning rate, an optax transformation, or a dict with one of these for each player.
      fresh: take the two factors from two independent samples, or from one.

    Returns:
      The rule. Its state is the state of the optimisers, by player.

    Raises:
      ValueError: a learning rate is negative or not a number.

    Source: Abernethy, Lai and Wibisono, "Last-iterate convergence rates for min-max optimization", 2021,
    https://arxiv.org/abs/1906.02027; Loizou et al., "Stochastic Hamiltonian Gradient Methods for Smooth Games", 2020,
    https://arxiv.org/abs/2007.04202, for two samples.

    Example:
      >>> rule = hamiltonian(1e-2, fresh=True)
    """
    if not fresh:
        return simultaneous(optimizer, direction=hamiltonian_direction())
    optimizers = PlayerOptimizers(optimizer)

    def update(game: Game, players: Players, state: State, key: Key) -> tuple[Players, State]:
        (v, transposed), (v_other, transposed_other) = (
            field_and_transposed(game, players, game.sample(key_sample)) for key_sample in jax.random.split(key)
        )
        direction = optax.tree.add(transposed(v_other), transposed_other(v))
        return optimizers.step_all(scaled(0.5, direction), state, players)

    return UpdateRule(optimizers.init, update)
