"""The three costs of the tutorial, whose discriminator is the cross-entropy; the names mean what the tutorial means.

Everywhere a is the discriminator's logit, D = σ(a), and the discriminator's cost is the cross-entropy with the factor ½
of the slides, J_D = −½ E log D(x) − ½ E log(1 − D(G(z))). What differs is what the generator wants. Everything is
written with softplus, log D = −softplus(−a): finite, with finite gradients, for logits of ±1e4 and beyond.

At the optimum D = ½ the discriminator's cost is log 2 ≈ 0.6931.

Source: Goodfellow, "NIPS 2016 Tutorial: Generative Adversarial Networks", https://arxiv.org/abs/1701.00160, slides 23,
27, 32; some libraries call the non-saturating cost "minimax".
"""

import jax
import jax.numpy as jnp

from gangame.core import Array


def discriminator_cost(logits_real: Array, logits_fake: Array) -> Array:
    """Returns J_D = −½ E log D(x) − ½ E log(1 − D(G(z))), a scalar, from logits `[batch]` (slide 23)."""
    return jnp.mean(jax.nn.softplus(-logits_real)) / 2 + jnp.mean(jax.nn.softplus(logits_fake)) / 2


def minimax(logits_real: Array, logits_fake: Array) -> dict[str, Array]:
    """The zero-sum game: J_G = −J_D (slide 23).

    The generator's gradient dies where the discriminator rejects its samples with confidence. J_G = −log 2 at D = ½.
    """
    cost = discriminator_cost(logits_real, logits_fake)
    return {"discriminator": cost, "generator": -cost}


def non_saturating(logits_real: Array, logits_fake: Array) -> dict[str, Array]:
    """The generator maximises the log-probability that the discriminator errs: J_G = −½ E log D(G(z)) (slide 27).

    J_G = ½ log 2 at D = ½.
    """
    return {
        "discriminator": discriminator_cost(logits_real, logits_fake),
        "generator": jnp.mean(jax.nn.softplus(-logits_fake)) / 2,
    }


def guarded_exp(logits: Array) -> Array:
    """Returns exp(a), continued by its tangent where a is above half the largest exponent of its float type.

    That is a = 44 in float32 and a = 355 in float64: beyond it the exponential and its gradient would soon be infinite,
    while the tangent keeps value, gradient and order finite and right in sign.
    """
    bound = jnp.log(jnp.finfo(logits.dtype).max) / 2
    bound = bound.astype(logits.dtype)
    return jnp.exp(jnp.minimum(logits, bound)) * (1 + jnp.maximum(logits - bound, 0))


def maximum_likelihood(logits_real: Array, logits_fake: Array) -> dict[str, Array]:
    """The generator descends J_G = −½ E exp(σ⁻¹(D(G(z)))) = −½ E exp(a) (slide 32).

    With the optimal discriminator its gradient is that of maximum likelihood. Few samples carry nearly all of it. Very
    large logits are guarded, see `guarded_exp`. J_G = −½ at D = ½.
    """
    return {
        "discriminator": discriminator_cost(logits_real, logits_fake),
        "generator": -jnp.mean(guarded_exp(logits_fake)) / 2,
    }
