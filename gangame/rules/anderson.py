"""Anderson mixing: a step is the combination of the latest ones that leaves least to do."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from gangame.core import Array, Game, Key, Players, State, UpdateRule
from gangame.ranges import check_number, is_whole
from gangame.rules.cost import Cost, costs


class AndersonState(NamedTuple):
    """What the wrapper remembers.

    Attributes:
      inner: the state of the wrapped rule.
      num_steps: number of steps done, an int32 scalar.
      moved: where the wrapped rule went in the latest steps, newest first, leaves `[memory, ...]`.
      residuals: how far it went in each of them, leaves `[memory, ...]`.
    """

    inner: State
    num_steps: Array
    moved: Players
    residuals: Players


def _cost(memory: int = 5, **others: object) -> Cost:
    del others
    return Cost(copies=2 * memory)


@costs(_cost)
def anderson(rule: UpdateRule, *, memory: int = 5, regularization: float | Array = 1e-8) -> UpdateRule:
    """GDA-AM: the step of a rule F is mixed with those of the latest points, so that least is left to go.

        w⁺ = Σ_j c_j F(w_{t−j}),    c = argmin ‖Σ_j c_j r_{t−j}‖² with Σ_j c_j = 1,    r = F(w) − w,  j = 0, ..., memory

    On a linear game of dimension n with memory ≥ n it ends at the equilibrium after about n + 1 steps, also where F
    alone diverges: it is GMRES for r = 0. Noise in r is fitted as if it were none.

    Where F(w) − w is at right angles to how it changes, no combination is smaller than the first: simultaneous steps on
    V = xy, and on every antisymmetric field, come to a stop. Wrap `alternating` there.

    The minimum is over γ in ‖r_t − Σ_j γ_j (r_t − r_{t−j})‖² + ε tr(G) ‖γ‖², G being the Gram matrix of the
    differences, so that it is unique, and the same for a game in other units.

    Args:
      rule: the rule F whose steps are mixed, simultaneous steps in the paper. Its state goes on unmixed.
      memory: how many points before the current one are remembered, 1 or more.
      regularization: ε, above 0 (at 0 the system is singular until the memory is full). It counts as at least `memory`
        times the rounding of the float type, 1e-7 in float32, since G is no better known than that.

    Returns:
      The rule.

    Raises:
      ValueError: a value outside the ranges above.

    Source: He et al., "GDA-AM: On the effectiveness of solving minimax optimization via Anderson Acceleration", 2022,
    https://arxiv.org/abs/2110.02457.

    Example:
      >>> from gangame.rules import simultaneous
      >>> mixed = anderson(simultaneous(0.1), memory=3)
    """
    if not is_whole(memory) or memory < 1:
        raise ValueError(f"memory is {memory!r}; it has to be a whole number of points, 1 or more.")
    check_number(regularization, "regularization")
    if not isinstance(regularization, jax.core.Tracer) and not np.asarray(regularization) > 0:
        raise ValueError("The regularization is 0; it has to be above 0, such as 1e-8.")

    def init(players: Players) -> State:
        history = jax.tree.map(lambda leaf: jnp.zeros((memory, *leaf.shape), leaf.dtype), players)
        return AndersonState(rule.init(players), jnp.zeros((), jnp.int32), history, history)

    def update(game: Game, players: Players, state: State, key: Key) -> tuple[Players, State]:
        moved, inner = rule.update(game, players, state.inner, key)
        residual = optax.tree.sub(moved, players)
        filled = jnp.arange(memory, dtype=jnp.int32) < state.num_steps

        def difference(now: Array, history: Array) -> Array:
            return jnp.where(filled.reshape(-1, *[1] * now.ndim), now - history, 0).reshape(memory, now.size)

        changes = jax.tree.map(difference, residual, state.residuals)
        gram = sum(change @ change.T for change in jax.tree.leaves(changes))
        right = sum(jax.tree.leaves(jax.tree.map(lambda change, now: change @ now.ravel(), changes, residual)))
        scale = jnp.trace(gram)
        # In the first step, and at rest, there is nothing to mix: any positive diagonal gives the weights 0. So near to
        # it that squares underflow is at rest.
        limits = jnp.finfo(scale.dtype)
        strength = jnp.maximum(jnp.asarray(regularization).astype(scale.dtype), memory * limits.eps)
        ridge = jnp.where(scale > limits.tiny / limits.eps, strength * scale, 1)
        weights = jnp.linalg.solve(gram + ridge * jnp.eye(memory, dtype=gram.dtype), right)

        def mix(now: Array, history: Array) -> Array:
            return now - (weights @ difference(now, history)).reshape(now.shape)

        def remember(now: Array, history: Array) -> Array:
            return jnp.concatenate([now[None], history[:-1]])

        return jax.tree.map(mix, moved, state.moved), AndersonState(
            inner,
            optax.safe_increment(state.num_steps),
            jax.tree.map(remember, moved, state.moved),
            jax.tree.map(remember, residual, state.residuals),
        )

    return UpdateRule(init, update)
