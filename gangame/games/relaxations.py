"""Gradients through discrete choices: from logits and Gumbel noise to a choice, or to something that stands for it.

A choice is argmax(logits + g), g standard Gumbel noise, which has the probabilities softmax(logits). It has no
derivative; what here is called a relaxation has one.
"""

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient

from gangame.core import Array


def hard_choice(logits: Array, noise: Array) -> Array:
    """Returns one-hot choices `[..., symbols]`, whose derivative is zero.

    Args:
      logits: `[..., symbols]`.
      noise: standard Gumbel noise of the same shape.

    Source: Gumbel, "Statistical Theory of Extreme Values and Some Practical Applications", 1954.
    """
    return jax.nn.one_hot(jnp.argmax(logits + noise, axis=-1), logits.shape[-1], dtype=logits.dtype)


def soft_choice(logits: Array, noise: Array, temperature: Array | float) -> Array:
    """Returns softmax((logits + g) / τ), `[..., symbols]`, which goes to the one-hot choice as τ → 0.

    Args:
      logits: `[..., symbols]`.
      noise: standard Gumbel noise of the same shape.
      temperature: τ, above 0.

    Source: Jang, Gu, Poole, "Categorical Reparameterization with Gumbel-Softmax", 2017,
    https://arxiv.org/abs/1611.01144; Maddison, Mnih, Teh, "The Concrete Distribution", 2017,
    https://arxiv.org/abs/1611.00712.
    """
    return jax.nn.softmax((logits + noise) / temperature, axis=-1)


def straight_through(logits: Array, noise: Array, temperature: Array | float) -> Array:
    """Returns the one-hot choice, with the derivative of the soft one.

    Args:
      logits: `[..., symbols]`.
      noise: standard Gumbel noise of the same shape.
      temperature: τ, above 0.

    Source: Bengio, Léonard, Courville, "Estimating or Propagating Gradients Through Stochastic Neurons", 2013,
    https://arxiv.org/abs/1308.3432, for the idea; Jang et al. 2017 for this form.
    """
    soft = soft_choice(logits, noise, temperature)
    return hard_choice(logits, noise) + soft - stop_gradient(soft)


def score_function(log_probabilities: Array, costs: Array, baseline: bool = True) -> Array:
    """Returns the mean cost of discrete samples, a scalar, whose derivatives of any order estimate those of E cost.

    With L = log p(y) the factor exp(L − stop_gradient(L)) is 1 and has the derivative ∇L, so the gradient is REINFORCE,

        ∇ = 1/n Σ_i (c_i − b_i) ∇ log p(y_i) + ∇c_i,    b_i = Σ_{j≠i} c_j / (n − 1),

    where what c itself depends on, such as the discriminator, gets its derivative too, and cross derivatives are right.
    The baseline b_i does not know y_i, so it takes variance away and no bias comes in.

    Args:
      log_probabilities: of the samples, `[num_samples]`, differentiable.
      costs: c, `[num_samples]`.
      baseline: whether there is one; it needs two samples.

    Source: Williams, "Simple Statistical Gradient-Following Algorithms", 1992, https://doi.org/10.1007/BF00992696;
    Foerster et al., "DiCE: The Infinitely Differentiable Monte Carlo Estimator", 2018, https://arxiv.org/abs/1802.05098;
    Kool, van Hoof, Welling, "Buy 4 REINFORCE Samples, Get a Baseline for Free!", 2019, for the baseline.
    """
    known = jnp.zeros_like(costs)
    if baseline and len(costs) > 1:
        fixed = stop_gradient(costs)
        known = (jnp.sum(fixed) - fixed) / (len(costs) - 1)
    factor = jnp.exp(log_probabilities - stop_gradient(log_probabilities))
    return jnp.mean(factor * (costs - known) + known)
