"""Momentum, real and complex, in a game: the sign and the phase decide."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import optax

from gangame.calculus import Direction, field
from gangame.core import Players, State, UpdateRule
from gangame.rules.alternating import alternating
from gangame.rules.cost import Cost, costs, moves_in_order
from gangame.rules.optimizer import LearningRate, PlayerRates, scaled
from gangame.rules.ranges import check_number
from gangame.rules.simultaneous import simultaneous


@costs(Cost(gradients=1, copies=1), in_turn=moves_in_order)
def heavy_ball(
    learning_rate: LearningRate,
    *,
    momentum: float = -0.5,
    order: Sequence[str] | None = None,
    direction: Direction = field,
) -> UpdateRule:
    """Each player keeps a part of its last move, a negative part by default: negative momentum.

        m⁺ = β m − η v,    w⁺ = w + m⁺

    On V = xy simultaneous steps diverge for every β and η; alternating ones converge for negative β and η < 2(1 + β),
    by 1 − ρ ≈ −β η²/(1 − β)³ per step for small η, which is largest at β = −½.

    Args:
      learning_rate: η, 0 or more, or a dict with one for each player.
      momentum: β, from -1 to 1; 0 forgets the last move.
      order: names of the players, first mover first, to move in turn and on a fresh sample each; `None` moves all at
        once.
      direction: what the players follow, one of `rules.directions`; the field of own gradients by default.

    Returns:
      The rule. Its state is the state of `optax.sgd` with momentum, by player.

    Raises:
      ValueError: a number outside its range, or a name is no player of the game.

    Source: Gidel et al., "Negative Momentum for Improved Game Dynamics", 2019, https://arxiv.org/abs/1807.04740.

    Example:
      >>> rule = heavy_ball(0.1, momentum=-0.25, order=("discriminator", "generator"))
    """
    check_number(momentum, "momentum", -1, 1)
    return with_memory(lambda rate: optax.sgd(rate, momentum), learning_rate, order, direction)


@costs(Cost(gradients=1, copies=2), in_turn=moves_in_order)
def complex_momentum(
    learning_rate: LearningRate,
    *,
    momentum: float = 0.9,
    phase: float = math.pi / 8,
    order: Sequence[str] | None = None,
    direction: Direction = field,
) -> UpdateRule:
    """Momentum with a complex coefficient, of which each player follows the real part.

        μ⁺ = β μ − v,    w⁺ = w + η Re μ⁺,    β = |β| exp(iφ)

    The phase lies between positive momentum (φ = 0) and negative momentum (φ = π). On V = xy small simultaneous steps
    converge where Re[(1 + β)/(1 − β)²] < 0, which no real β fulfils; the defaults do, up to η = 0.072.

    Args:
      learning_rate: η, 0 or more, or a dict with one for each player.
      momentum: |β|, from 0 to 1.
      phase: φ in radians, from -π to π.
      order: names of the players, first mover first, to move in turn and on a fresh sample each; `None` moves all at
        once.
      direction: what the players follow, one of `rules.directions`; the field of own gradients by default.

    Returns:
      The rule. Its state is the real and the imaginary part of −μ, by player.

    Raises:
      ValueError: a number outside its range, or a name is no player of the game.

    Source: Lorraine et al., "Complex Momentum for Optimization in Games", 2022, https://arxiv.org/abs/2102.08431.

    Example:
      >>> rule = complex_momentum(0.1, phase=0.4)
    """
    check_number(momentum, "momentum", 0, 1)
    check_number(phase, "phase", -math.pi, math.pi)
    return with_memory(lambda rate: _complex_trace(rate, momentum, phase), learning_rate, order, direction)


def with_memory(
    make: Callable[[Any], optax.GradientTransformation],
    learning_rate: LearningRate,
    order: Sequence[str] | None = None,
    direction: Direction = field,
) -> UpdateRule:
    """Returns simultaneous or alternating steps of the transformation that `make` makes of each learning rate."""
    rates = PlayerRates(learning_rate)
    optimizer = (
        {name: make(rate) for name, rate in learning_rate.items()}
        if isinstance(learning_rate, Mapping)
        else make(learning_rate)
    )
    if order is None:
        rule = simultaneous(optimizer, direction=direction)
    else:
        rule = alternating(optimizer, order=order, direction=direction)

    def init(players: Players) -> State:
        rates.check(players)
        return rule.init(players)

    return UpdateRule(init, rule.update)


class _ComplexTrace(NamedTuple):
    """−μ, as two trees of real numbers."""

    real: Players
    imaginary: Players


def _complex_trace(rate: Any, momentum: Any, phase: Any) -> optax.GradientTransformation:
    turn, keep = momentum * jnp.sin(phase), momentum * jnp.cos(phase)

    def init(own: Players) -> _ComplexTrace:
        return _ComplexTrace(optax.tree.zeros_like(own), optax.tree.zeros_like(own))

    def update(gradient: Players, state: _ComplexTrace, own: Players | None = None) -> tuple[Players, _ComplexTrace]:
        del own
        kept = optax.tree.sub(scaled(keep, state.real), scaled(turn, state.imaginary))
        real = optax.tree.add(kept, gradient)
        imaginary = optax.tree.add(scaled(turn, state.real), scaled(keep, state.imaginary))
        return optax.tree.scale(-1, scaled(rate, real)), _ComplexTrace(real, imaginary)

    return optax.GradientTransformation(init, update)
