"""One move of Hamiltonian Monte Carlo."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from gangame.core import Array, Key


def hamiltonian_move(
    log_density: Callable[[Array], Array], position: Array, step_size: float | Array, key: Key, num_leapfrog: int
) -> tuple[Array, Array]:
    """Returns the next position of a Markov chain, and the probability with which the proposal was accepted.

    A standard normal momentum, `num_leapfrog` leapfrog steps of ε,

        p ← p + (ε/2) ∇log π(q),    q ← q + ε p,    p ← p + (ε/2) ∇log π(q),

    and acceptance with min(1, exp(−ΔH)). The density stays as it is for any ε that does not depend on the position, and
    the move is its own reverse. A trajectory that leaves the finite numbers is refused.

    Args:
      log_density: log π up to a constant, of one position.
      position: `[dimensions]`.
      step_size: ε, positive.
      key: draws momentum and acceptance.
      num_leapfrog: 1 or more.

    Source: Neal, "MCMC using Hamiltonian dynamics", 2011, https://arxiv.org/abs/1206.1901.
    """
    key_momentum, key_accept = jax.random.split(key)
    value_and_slope = jax.value_and_grad(log_density)
    step_size = jnp.asarray(step_size, position.dtype)
    momentum = jax.random.normal(key_momentum, position.shape, position.dtype)
    here = value_and_slope(position)

    def leapfrog(index: int, carry: tuple) -> tuple:
        del index
        place, speed, (_, slope) = carry
        speed = speed + step_size / 2 * slope
        place = place + step_size * speed
        there = value_and_slope(place)
        return place, speed + step_size / 2 * there[1], there

    proposal, speed, there = jax.lax.fori_loop(0, num_leapfrog, leapfrog, (position, momentum, here))
    gain = there[0] - here[0] - (jnp.sum(speed**2) - jnp.sum(momentum**2)) / 2
    accepted = jnp.where(jnp.isfinite(gain), jnp.exp(jnp.minimum(gain, 0)), 0)
    return jnp.where(jax.random.uniform(key_accept, (), accepted.dtype) < accepted, proposal, position), accepted
