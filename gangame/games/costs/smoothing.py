"""Label smoothing: the discriminator is asked for less than certainty (slides 39 to 41).

With the labels r for data and s for samples, in place of 1 and 0, the best discriminator is

    D = (r p_data + s p_g) / (p_data + p_g),    1 − D = ((1 − r) p_data + (1 − s) p_g) / (p_data + p_g).

One-sided (r < 1, s = 0): log D = log D* + log r, so the non-saturating gradient stays as it was, exactly, and the logit
is at most log(r/(1 − r)). Two-sided (s > 0): where p_data is nothing D is the constant s, and there is no gradient left
where samples need one.

The generator keeps its cost: only what the discriminator is trained on changes.

Source: Salimans et al., "Improved Techniques for Training GANs", 2016, https://arxiv.org/abs/1606.03498; Goodfellow,
"NIPS 2016 Tutorial: Generative Adversarial Networks", https://arxiv.org/abs/1701.00160.
"""

from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array


def smoothed_discriminator_cost(logits_real: Array, logits_fake: Array, real_label: Any, fake_label: Any) -> Array:
    """Returns the cross-entropy to the labels r and s, with the factor ½ of the slides; logits are `[batch]`.

    −½ E [r log D(x) + (1 − r) log(1 − D(x))] − ½ E [s log D(G(z)) + (1 − s) log(1 − D(G(z)))].
    """
    return (_cross_entropy(logits_real, real_label) + _cross_entropy(logits_fake, fake_label)) / 2


def _cross_entropy(logits: Array, label: Any) -> Array:
    label = jnp.asarray(label).astype(logits.dtype)
    return jnp.mean(label * jax.nn.softplus(-logits) + (1 - label) * jax.nn.softplus(logits))


def optimal_logit(log_ratio: Array, real_label: Any = 1.0, fake_label: Any = 0.0) -> Array:
    """Returns the logit of the best discriminator where log p_data/p_g is `log_ratio`, of any shape.

    log(r u + s) − log((1 − r) u + 1 − s) with the ratio u, without overflow; that is log u for the labels 1 and 0.
    """
    r, s = (jnp.asarray(label).astype(log_ratio.dtype) for label in (real_label, fake_label))
    return jnp.logaddexp(jnp.log(r) + log_ratio, jnp.log(s)) - jnp.logaddexp(jnp.log1p(-r) + log_ratio, jnp.log1p(-s))
