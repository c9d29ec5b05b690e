"""Costs whose discriminator is a critic: its output a is a score without a scale, not the logit of a probability."""

import jax
import jax.numpy as jnp

from gangame.core import Array


def wasserstein(scores_real: Array, scores_fake: Array) -> dict[str, Array]:
    """The critic widens the gap E a(x) − E a(G(z)), the generator closes it: a zero-sum game.

    Over all critics of slope 1 at most the largest gap is the distance W₁; without such a bound (weights clipped, a
    penalty on the slope, spectral normalisation) it has no end.

    Source: Arjovsky, Chintala, Bottou, "Wasserstein GAN", 2017, https://arxiv.org/abs/1701.07875.
    """
    gap = jnp.mean(scores_real) - jnp.mean(scores_fake)
    return {"discriminator": -gap, "generator": gap}


def hinge(scores_real: Array, scores_fake: Array) -> dict[str, Array]:
    """J_D = E max(0, 1 − a(x)) + E max(0, 1 + a(G(z))), J_G = −E a(G(z)).

    The critic gains nothing beyond the margin 1, the generator has the same slope everywhere. J_D = 2 where the
    generator is the data, for every constant score between −1 and 1.

    Source: Lim, Ye, "Geometric GAN", 2017, https://arxiv.org/abs/1705.02894; Miyato et al., "Spectral Normalization
    for Generative Adversarial Networks", 2018, https://arxiv.org/abs/1802.05957.
    """
    return {
        "discriminator": jnp.mean(jax.nn.relu(1 - scores_real)) + jnp.mean(jax.nn.relu(1 + scores_fake)),
        "generator": -jnp.mean(scores_fake),
    }


def least_squares(scores_real: Array, scores_fake: Array) -> dict[str, Array]:
    """J_D = ½ E (a(x) − 1)² + ½ E a(G(z))², J_G = ½ E (a(G(z)) − 1)²: regression on the labels 1 and 0.

    The best score is p_data/(p_data + p_g), so where the generator is the data it is ½, and the players pay ¼ and ⅛.

    Source: Mao et al., "Least Squares Generative Adversarial Networks", 2017, https://arxiv.org/abs/1611.04076.
    """
    return {
        "discriminator": (jnp.mean((scores_real - 1) ** 2) + jnp.mean(scores_fake**2)) / 2,
        "generator": jnp.mean((scores_fake - 1) ** 2) / 2,
    }
