"""Complex momentum in a game, where the phase decides."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import optax

from gangame.calculus import Direction, field
from gangame.core import Players, UpdateRule
from gangame.ranges import check_number
from gangame.rules.cost import Cost, costs, moves_in_order
from gangame.rules.optimizer import LearningRate, scaled
from gangame.rules.with_memory import with_memory


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
