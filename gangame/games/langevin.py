"""Langevin steps with the score that a denoiser knows, and with what a sample is to fulfil: plug and play."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.ranges import check_numbers, check_sizes

Drift = Callable[[Array], Array]


def denoising_score(reconstruct: Callable[[Array], Array], points: Array, std: Any) -> Array:
    """Returns what a denoiser R says of the score at points, `[batch, ...]`.

        ∇log p_σ(x) = (R(x) − x) / σ²,    R(x̃) = E[x | x̃],    x̃ = x + σn,    n ~ N(0, I)

    exactly for the best denoiser R, with p_σ the density of x̃; so for another one as far as it is like that.

    Args:
      reconstruct: R, from points to points.
      points: `[batch, ...]`.
      std: σ > 0, for which R was made.

    Source: Alain & Bengio, "What Regularized Auto-Encoders Learn from the Data-Generating Distribution", 2014,
      https://arxiv.org/abs/1211.4246; Miyasawa, "An empirical Bayes estimator of the mean of a normal population",
      1961, for the identity.

    Example:
      >>> shrink = lambda x: x / 2        # the best denoiser of N(0, 1) at σ = 1, where p_σ is N(0, 2)
      >>> denoising_score(shrink, jnp.array([[3.0]]), 1.0).tolist()
      [[-1.5]]
    """
    return (reconstruct(points) - points) / std**2


def guided_drift(
    reconstruct: Callable[[Array], Array],
    log_condition: Callable[[Array], Array] | None = None,
    *,
    prior: Any = 1.0,
    condition: Any = 1.0,
) -> Drift:
    """Returns where a code h is drawn to: to what a denoiser makes of it, and to what it is to fulfil.

        drift(h) = ε₁ (R(h) − h) + ε₂ ∂ log c(h)/∂h

    With c(h) = C(y | G(h)) of a classifier C the chain is asked for the class y. Conditions are multiplied, so their
    logarithms are added: to have some pixels of an image x kept, add −λ ‖m·(G(h) − x)‖².

    Args:
      reconstruct: R, from codes `[batch, features]` to codes.
      log_condition: log c, from codes to `[batch]`, which judges each code by itself; `None` for no condition.
      prior: ε₁, 0 or more.
      condition: ε₂, 0 or more.

    Raises:
      ValueError: a number outside its range.

    Source: Nguyen, Clune, Bengio, Dosovitskiy, Yosinski, "Plug & Play Generative Networks: Conditional Iterative
      Generation of Images in Latent Space", 2017, https://arxiv.org/abs/1612.00005, equation 5.
    """
    check_numbers(prior=prior, condition=condition)

    def drift(codes: Array) -> Array:
        drawn = prior * (reconstruct(codes) - codes)
        if log_condition is None:
            return drawn
        return drawn + condition * jax.grad(lambda each: jnp.sum(log_condition(each)))(codes)

    return drift


def langevin(
    drift: Drift,
    start: Array,
    key: Key,
    num_steps: int,
    noise: Any,
    *,
    bounds: tuple[Any, Any] | None = None,
) -> Array:
    """Returns where chains are after some Langevin steps, `[chains, ...]`.

        h ← clip(h + drift(h) + N(0, ε₃²))

    With drift(h) = ε ∇log p(h) and ε₃ = √(2ε) the chains come to p up to O(ε); plug-and-play networks take ε₃ far
    smaller, so that they climb rather than sample. Pure: jit, vmap and scan go through.

    Args:
      drift: of all chains at once.
      start: `[chains, ...]`.
      key: of the noise.
      num_steps: 1 or more.
      noise: ε₃, 0 or more.
      bounds: least and largest value that a chain is kept within, or `None`.

    Raises:
      ValueError: a number outside its range.

    Source: see `guided_drift`; Roberts & Tweedie, "Exponential convergence of Langevin distributions and their discrete
      approximations", 1996, https://doi.org/10.2307/3318418.

    Example:
      >>> chains = langevin(lambda h: -0.1 * h, jnp.ones((1000, 1)), jax.random.key(0), 100, 0.2**0.5)
      >>> bool(abs(jnp.std(chains) - 1.026) < 0.1)        # √(0.2 / (1 − 0.9²))
      True
    """
    check_sizes(num_steps=num_steps)
    check_numbers(noise=noise)

    def step(codes: Array, key: Key) -> tuple[Array, None]:
        moved = codes + drift(codes) + noise * jax.random.normal(key, codes.shape, codes.dtype)
        return (moved if bounds is None else jnp.clip(moved, *bounds)), None

    return jax.lax.scan(step, start, jax.random.split(key, num_steps))[0]
