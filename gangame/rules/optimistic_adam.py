"""Optimistic Adam."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from gangame.calculus import Direction, field
from gangame.core import Array, Players, UpdateRule
from gangame.ranges import check_number
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import LearningRate, guarded_root, scaled
from gangame.rules.scale import own_scale
from gangame.rules.with_memory import with_memory


@costs(Cost(gradients=1, copies=3))
@own_scale()
def optimistic_adam(
    learning_rate: LearningRate,
    *,
    b1: float = 0.5,
    b2: float = 0.9,
    eps: float = 1e-8,
    form: str = "paper",
    direction: Direction = field,
) -> UpdateRule:
    """Adam whose step goes on as its direction changed: twice the new direction minus the last one.

        m_t = β₁ m_{t−1} + (1 − β₁) v,    s_t = β₂ s_{t−1} + (1 − β₂) v²,
        w⁺ = w − 2η r_t + η r_{t−1},      r_t = m̂_t / (√ŝ_t + ε),    r_0 = 0

    Here m̂ = m / (1 − β₁ᵗ) and ŝ = s / (1 − β₂ᵗ). The authors' code corrects the bias of both terms as of step t,
    w⁺ = w − η √(1 − β₂ᵗ)/(1 − β₁ᵗ) (2 q_t − q_{t−1}) with q = m / (√s + ε). Since r_0 = 0 the first step is twice as
    long. `simultaneous(optax.optimistic_adam_v2(η, b1=β₁, b2=β₂, nesterov=False))` has r_0 = r_1 and is equal from the
    second step on; without `nesterov=False` optax takes Nesterov's m̂, which is not in the paper.

    Args:
      learning_rate: η, 0 or more, or a dict with one for each player.
      b1: β₁, decay of the mean, from 0 to below 1.
      b2: β₂, decay of the mean square, from 0 to below 1.
      eps: ε, 0 or more.
      form: "paper" is the equation above, "code" what its authors ran.
      direction: what the players follow, one of `rules.directions`; the field of own gradients by default.

    Returns:
      The rule. Its state is m, s, the last r (or q) and the number of steps, by player. The square root has the
      derivative 0 at 0, so that a run can be differentiated where a gradient vanishes.

    Raises:
      ValueError: a number or a word outside the ranges above.

    Source: Daskalakis et al., "Training GANs with Optimism", Algorithm 1, 2018, https://arxiv.org/abs/1711.00141.

    Example:
      >>> rule = optimistic_adam({"generator": 1e-4, "discriminator": 1e-3})
    """
    for name, decay in (("b1", b1), ("b2", b2)):
        check_number(decay, name, 0, 1)
        if not isinstance(decay, jax.core.Tracer) and decay == 1:
            raise ValueError(f"{name} is 1; it has to be below 1, or the mean never begins.")
    check_number(eps, "eps")
    if form not in ("paper", "code"):
        raise ValueError(f"form is {form!r}; it has to be 'paper' or 'code'.")
    return with_memory(
        lambda rate: _transformation(rate, b1, b2, eps, each=form == "paper"), learning_rate, None, direction
    )


class _Moments(NamedTuple):
    num_steps: Array
    mean: Players
    square: Players
    last: Players


def _transformation(rate: Any, b1: Any, b2: Any, eps: Any, *, each: bool) -> optax.GradientTransformation:
    """Returns the transformation; `each` direction has the bias correction of its own step, or both that of now."""

    def init(own: Players) -> _Moments:
        zeros = optax.tree.zeros_like(own)
        return _Moments(jnp.zeros((), jnp.int32), zeros, zeros, zeros)

    def update(gradient: Players, state: _Moments, own: Players | None = None) -> tuple[Players, _Moments]:
        del own
        num_steps = state.num_steps + 1

        def left(decay: Any, leaf: Array) -> Array:  # 1 − βᵗ
            return 1 - jnp.asarray(decay, leaf.dtype) ** num_steps.astype(leaf.dtype)

        def decayed(decay: Any, kept: Players, new: Players) -> Players:
            return optax.tree.add(scaled(decay, kept), scaled(1 - decay, new))

        mean = decayed(b1, state.mean, gradient)
        square = decayed(b2, state.square, jax.tree.map(jnp.square, gradient))

        def direction(m: Array, s: Array) -> Array:
            if each:
                m, s = m / left(b1, m), s / left(b2, s)
            return m / (guarded_root(s) + jnp.asarray(eps, m.dtype))

        def step(now: Array, last: Array) -> Array:
            ahead = last - 2 * now
            return ahead if each else ahead * jnp.sqrt(left(b2, now)) / left(b1, now)

        now = jax.tree.map(direction, mean, square)
        return scaled(rate, jax.tree.map(step, now, state.last)), _Moments(num_steps, mean, square, now)

    return optax.GradientTransformation(init, update)
