"""Trajectories of a policy, and what they are expected to cost as a function of it: policy gradients."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient

from gangame.core import Array, Key, PyTree
from gangame.games.environments import Environment


class Start(NamedTuple):
    """All the randomness of trajectories.

    Attributes:
      state: where they start, a state of the environment with a leading axis `[trajectories]`.
      noise: standard Gumbel noise of each choice, `[steps, trajectories, actions]`; zero makes a policy greedy.
    """

    state: PyTree
    noise: Array


class Trajectories(NamedTuple):
    """What was seen and done.

    Attributes:
      observations: `[steps, trajectories, features]`.
      actions: whole numbers, `[steps, trajectories]`.
      alive: whether the task was not over yet, before the action, `[steps, trajectories]`.
    """

    observations: Array
    actions: Array
    alive: Array


def draw_starts(environment: Environment, key: Key, num_trajectories: int, num_steps: int) -> Start:
    """Returns where trajectories start and the noise of their choices."""
    key_state, key_noise = jax.random.split(key)
    state = jax.vmap(environment.reset)(jax.random.split(key_state, num_trajectories))
    return Start(state, jax.random.gumbel(key_noise, (num_steps, num_trajectories, environment.num_actions)))


def walk(environment: Environment, policy: Callable[[Array], Array], start: Start) -> Trajectories:
    """Returns the trajectories of a policy, which have no derivative.

    Args:
      environment: where it walks.
      policy: from observations `[trajectories, features]` to logits `[trajectories, actions]`.
      start: the randomness.
    """

    def step(state: PyTree, noise: Array) -> tuple[PyTree, Trajectories]:
        seen = jax.vmap(environment.observe)(state)
        action = jnp.argmax(stop_gradient(policy(seen)) + noise, axis=-1).astype(jnp.int32)
        alive = ~jax.vmap(environment.ended)(state)
        return jax.vmap(environment.step)(state, action), Trajectories(seen, action, alive)

    return jax.lax.scan(step, start.state, start.noise)[1]


def expected_cost(log_probabilities: Array, costs: Array, discount: Any = 1.0, baseline: bool = True) -> Array:
    """Returns the mean cost of a step, a scalar, whose gradient is the policy's.

    With the costs to come G_k = Σ_{t≥k} γ^(t−k) c_t the gradient in what the log-probabilities L depend on is

        1/nT Σ_ik (G_ik − b_ik) ∇L_ik + ∇c_ik,    b_ik = Σ_{j≠i} G_jk / (n − 1),

    and what c itself depends on gets its derivative, too, as do cross derivatives: each c_t is weighed by
    exp(τ_t − stop_gradient(τ_t)) with the trace τ_t = L_t + γ τ_{t−1}. The baseline does not know the trajectory that
    it is for, so it takes variance away and no bias comes in.

    Args:
      log_probabilities: L of the actions, `[steps, trajectories]`, differentiable.
      costs: c, `[steps, trajectories]`.
      discount: γ, from 0 to 1; below 1 the gradient is of costs that are soon, which vary less.
      baseline: whether there is one; it needs two trajectories.

    Source: Williams 1992, https://doi.org/10.1007/BF00992696; Farquhar, Whiteson, Foerster, "Loaded DiCE: Trading off
    Bias and Variance in Any-Order Score Function Gradient Estimators for Reinforcement Learning", 2019,
    https://arxiv.org/abs/1909.10549, for the trace.
    """
    steps = jnp.arange(len(costs), dtype=costs.dtype)
    since = steps[:, None] - steps
    past = jnp.where(since >= 0, jnp.asarray(discount).astype(costs.dtype) ** jnp.abs(since), 0)
    trace = past @ log_probabilities
    total = jnp.exp(trace - stop_gradient(trace)) * costs
    number = costs.shape[1]
    if baseline and number > 1:
        to_come = past.T @ stop_gradient(costs)
        known = (jnp.sum(to_come, axis=1, keepdims=True) - to_come) / (number - 1)
        total = total - (jnp.exp(log_probabilities - stop_gradient(log_probabilities)) - 1) * known
    return jnp.mean(total)
