"""The discriminator as an estimator of the density ratio, which is all that a GAN learns from it (slides 24 to 26).

Where cross-entropy is at its minimum, the logit is a(x) = log p_data(x)/p_g(x), D = p_data/(p_data + p_g), and
J_D = log 2 − JS(p_data, p_g). So any logits give estimates: that of JS is a lower bound up to the error of the means;
those of the two KL divergences are neither bounds nor safe where one density has samples that the other never sees.

Source: Goodfellow et al., "Generative Adversarial Nets", 2014, https://arxiv.org/abs/1406.2661; Sugiyama, Suzuki,
Kanamori, "Density Ratio Estimation in Machine Learning", 2012.
"""

import jax.numpy as jnp

from gangame.core import Array
from gangame.games.costs.divergences import LOG2
from gangame.games.costs.logistic import discriminator_cost


def jensen_shannon_of(logits_real: Array, logits_fake: Array) -> Array:
    """Returns log 2 − J_D, in nat: JS between data and generator if the logits are the best ones, below it if not."""
    return LOG2 - discriminator_cost(logits_real, logits_fake)


def kl_of(logits_real: Array) -> Array:
    """Returns E a(x) over data, in nat: KL(p_data‖p_g) if the logits are the best ones."""
    return jnp.mean(logits_real)


def reverse_kl_of(logits_fake: Array) -> Array:
    """Returns −E a(G(z)), in nat: KL(p_g‖p_data) if the logits are the best ones."""
    return -jnp.mean(logits_fake)
