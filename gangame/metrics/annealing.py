"""The log-likelihood of a decoder, by annealed importance sampling, and bounds on it from both sides."""

from collections.abc import Callable
from typing import TypeAlias

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.metrics.hamiltonian_monte_carlo import hamiltonian_move
from gangame.ranges import check_sizes

LogLikelihood: TypeAlias = Callable[[Array], Array]
"""`log_likelihood(latents [latent_dim]) -> log p(x|z)`, for the one observation x of interest."""

ACCEPTANCE = 0.65
"""The share of accepted moves that step sizes are tuned to."""


def sigmoid_schedule(num_steps: int, radius: float = 4.0) -> Array:
    """Returns inverse temperatures `[num_steps + 1]` from 0 to 1, close together at both ends.

        β_t = (s_t − s_0)/(s_T − s_0),    s_t = σ(radius · (2t/T − 1))

    Args:
      num_steps: T, 1 or more.
      radius: positive.

    Raises:
      ValueError: no steps.
    """
    if num_steps < 1:
        raise ValueError(f"num_steps is {num_steps}; annealing needs 1 step or more.")
    curve = jax.nn.sigmoid(radius * jnp.linspace(-1, 1, num_steps + 1))
    return (curve - curve[0]) / (curve[-1] - curve[0])


def _move(log_likelihood: LogLikelihood, num_leapfrog: int) -> Callable[..., tuple[Array, Array]]:
    """Returns the move of all chains that leaves p(z) p(x|z)^β as it is."""

    def move(latents: Array, beta: Array, step_size: Array, key: Key) -> tuple[Array, Array]:
        def log_density(point: Array) -> Array:
            return beta * log_likelihood(point) - jnp.sum(point**2) / 2

        keys = jax.random.split(key, len(latents))
        moved, accepted = jax.vmap(
            lambda point, each: hamiltonian_move(log_density, point, step_size, each, num_leapfrog)
        )(latents, keys)
        return moved, jnp.mean(accepted)

    return move


def _tuned(move: Callable, latents: Array, betas: Array, key: Key) -> Array:
    """Returns step sizes `[num_steps]` from a run of its own: chains that tuned themselves would not be unbiased."""

    def step(carry: tuple[Array, Array], each: tuple[Array, Key]) -> tuple[tuple[Array, Array], Array]:
        latents, step_size = carry
        latents, accepted = move(latents, each[0], step_size, each[1])
        return (latents, step_size * jnp.exp(0.2 * (accepted - ACCEPTANCE))), step_size

    start = (latents, jnp.asarray(0.5, latents.dtype))
    return jax.lax.scan(step, start, (betas[1:], jax.random.split(key, len(betas) - 1)))[1]


def _annealed(
    log_likelihood: LogLikelihood,
    move: Callable,
    latents: Array,
    betas: Array,
    step_sizes: Array,
    key: Key,
    reverse: bool,
) -> tuple[Array, Array]:
    """Returns log weights `[chains]` and the mean acceptance, upwards from the prior or back from the posterior."""
    likelihoods = jax.vmap(log_likelihood)

    def up(carry: tuple[Array, Array], each: tuple[Array, ...]) -> tuple[tuple[Array, Array], Array]:
        (latents, weights), (before, beta, step_size, key) = carry, each
        weights = weights + (beta - before) * likelihoods(latents)
        latents, accepted = move(latents, beta, step_size, key)
        return (latents, weights), accepted

    def down(carry: tuple[Array, Array], each: tuple[Array, ...]) -> tuple[tuple[Array, Array], Array]:
        (latents, weights), (before, beta, step_size, key) = carry, each
        latents, accepted = move(latents, beta, step_size, key)
        return (latents, weights - (beta - before) * likelihoods(latents)), accepted

    steps = (betas[:-1], betas[1:], step_sizes, jax.random.split(key, len(betas) - 1))
    start = (latents, jnp.zeros(len(latents), latents.dtype))
    (_, weights), accepted = jax.lax.scan(down if reverse else up, start, steps, reverse=reverse)
    return weights, jnp.mean(accepted)


def _log_mean_exp(values: Array) -> Array:
    return jax.nn.logsumexp(values) - jnp.log(len(values))


def annealed_importance_sampling(
    log_likelihood: LogLikelihood,
    latent_dim: int,
    key: Key,
    *,
    num_steps: int = 1000,
    num_chains: int = 16,
    num_leapfrog: int = 10,
    radius: float = 4.0,
) -> dict[str, Array]:
    """Returns an estimate of log p(x) = log ∫ N(z; 0, I) p(x|z) dz, which is a lower bound on average.

    Chains start from the prior and are moved by Hamiltonian Monte Carlo towards the posterior, through p(z) p(x|z)^β
    for β from 0 to 1. With w = Π_t p(x|z_{t−1})^{β_t − β_{t−1}}, E w = p(x), so E log w ≤ log p(x). Step sizes are
    tuned to an acceptance of 65 % by a first run, and fixed for the second, which keeps E w exact.

    Args:
      log_likelihood: `log_likelihood(z [latent_dim]) -> log p(x|z)` for the observation x; differentiable. Several
        observations are a `jax.vmap` or `jax.lax.map` around this function.
      latent_dim: size of z, 1 or more.
      key: draws starts, momenta and acceptances.
      num_steps: number of temperatures, 1 or more; 10,000 in the paper.
      num_chains: 1 or more.
      num_leapfrog: leapfrog steps of each move, 1 or more.
      radius: of the schedule, see `sigmoid_schedule`.

    Returns:
      A dict of `log_evidence` (logarithm of the mean weight), `log_weights` (`[num_chains]`), and `acceptance` (mean
      over the run).

    Raises:
      ValueError: a number outside its range.

    Source: Neal, "Annealed importance sampling", 2001, https://arxiv.org/abs/physics/9803008; Wu, Burda, Salakhutdinov,
    Grosse, "On the Quantitative Analysis of Decoder-Based Generative Models", 2017, https://arxiv.org/abs/1611.04273.

    Example:
      >>> import jax
      >>> normal = lambda z: jax.scipy.stats.norm.logpdf(0.5, z[0], 1.0)  # x = z + noise, so x ~ N(0, 2)
      >>> found = annealed_importance_sampling(normal, 1, jax.random.key(0), num_steps=100, num_chains=256)
      >>> bool(abs(found["log_evidence"] - jax.scipy.stats.norm.logpdf(0.5, 0.0, 2**0.5)) < 0.05)
      True
    """
    check_sizes(latent_dim=latent_dim, num_chains=num_chains, num_leapfrog=num_leapfrog)
    betas = sigmoid_schedule(num_steps, radius)
    key_start, key_pilot, key_tune, key_run = jax.random.split(key, 4)
    move = _move(log_likelihood, num_leapfrog)
    pilot, start = (jax.random.normal(each, (num_chains, latent_dim)) for each in (key_pilot, key_start))
    step_sizes = _tuned(move, pilot, betas, key_tune)
    weights, acceptance = _annealed(log_likelihood, move, start, betas, step_sizes, key_run, reverse=False)
    return {"log_evidence": _log_mean_exp(weights), "log_weights": weights, "acceptance": acceptance}


def bidirectional_bounds(
    log_likelihood: LogLikelihood,
    latents: Array,
    key: Key,
    *,
    num_steps: int = 1000,
    num_chains: int = 16,
    num_leapfrog: int = 10,
    radius: float = 4.0,
) -> dict[str, Array]:
    """Returns a lower and an upper bound on log p(x), each on average, for an x that the decoder itself has made.

    The z that made x is an exact sample of the posterior. Annealing back from there to the prior gives weights with
    E w = 1/p(x), hence an upper bound; the gap between the two bounds is the error of annealed importance sampling.

    Args:
      log_likelihood: as in `annealed_importance_sampling`, for x drawn from p(x|latents).
      latents: `[latent_dim]`, a draw from N(0, I).
      key: draws starts, momenta and acceptances.
      num_steps: number of temperatures, 1 or more.
      num_chains: in each direction, 1 or more.
      num_leapfrog: leapfrog steps of each move, 1 or more.
      radius: of the schedule.

    Returns:
      A dict of `lower` and `upper`. For one x and few chains the two may cross.

    Raises:
      ValueError: a number outside its range.

    Source: Grosse, Ghahramani, Adams, "Sandwiching the marginal likelihood using bidirectional Monte Carlo", 2015,
    https://arxiv.org/abs/1511.02543.

    Example:
      >>> import jax, jax.numpy as jnp
      >>> normal = lambda z: jax.scipy.stats.norm.logpdf(0.5, z[0], 1.0)  # as if z = 0.2 had made x = 0.5
      >>> found = bidirectional_bounds(normal, jnp.array([0.2]), jax.random.key(0), num_steps=100, num_chains=256)
      >>> bool(abs(found["upper"] - found["lower"]) < 0.1)
      True
    """
    if latents.ndim != 1 or min(num_chains, num_leapfrog) < 1:
        raise ValueError(
            f"latents have the shape {latents.shape}, num_chains is {num_chains}, num_leapfrog {num_leapfrog}; there "
            "is one z, of shape [latent_dim], and 1 or more of the others."
        )
    betas = sigmoid_schedule(num_steps, radius).astype(latents.dtype)
    key_start, key_pilot, key_tune, key_up, key_down = jax.random.split(key, 5)
    move = _move(log_likelihood, num_leapfrog)
    shape = (num_chains, *latents.shape)
    pilot, start = (jax.random.normal(each, shape, latents.dtype) for each in (key_pilot, key_start))
    step_sizes = _tuned(move, pilot, betas, key_tune)
    up, _ = _annealed(log_likelihood, move, start, betas, step_sizes, key_up, reverse=False)
    exact = jnp.broadcast_to(latents, shape)
    down, _ = _annealed(log_likelihood, move, exact, betas, step_sizes, key_down, reverse=True)
    return {"lower": _log_mean_exp(up), "upper": -_log_mean_exp(down)}
