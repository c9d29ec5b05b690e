"""Relativistic costs: the discriminator says which of two samples is the real one, so only differences of a count.

Adding a constant to a changes nothing, and each player's cost is that of the other with data and samples exchanged:
the generator gains by making data look worse as well. With the factors ½ of the slides where there are two terms, all
four costs are log 2 where the discriminator sees no difference.

Source: Jolicoeur-Martineau, "The relativistic discriminator: a key element missing from standard GAN", 2018,
https://arxiv.org/abs/1807.00734.
"""

import jax
import jax.numpy as jnp

from gangame.core import Array


def relativistic(logits_real: Array, logits_fake: Array) -> dict[str, Array]:
    """Pairs: J_D = −E log σ(a(x) − a(G(z))), J_G = −E log σ(a(G(z)) − a(x)); as many data as samples."""
    gap = logits_real - logits_fake
    return {"discriminator": jnp.mean(jax.nn.softplus(-gap)), "generator": jnp.mean(jax.nn.softplus(gap))}


def relativistic_average(logits_real: Array, logits_fake: Array) -> dict[str, Array]:
    """Each against the mean of the others: J_D = −½ E log σ(a(x) − E a(G)) − ½ E log σ(E a(x) − a(G)).

    J_G is the same with data and samples exchanged. Means are those of the batch.
    """
    real = logits_real - jnp.mean(logits_fake)
    fake = logits_fake - jnp.mean(logits_real)
    return {
        "discriminator": (jnp.mean(jax.nn.softplus(-real)) + jnp.mean(jax.nn.softplus(fake))) / 2,
        "generator": (jnp.mean(jax.nn.softplus(real)) + jnp.mean(jax.nn.softplus(-fake))) / 2,
    }
