"""How much of a mixture of Gaussians a set of samples covers."""

import jax
import jax.numpy as jnp

from gangame.core import Array
from gangame.metrics.shares import class_shares, relative_entropy

HIGH_QUALITY_CEILING = 0.98889
"""Share of a perfect sampler's points within 3 standard deviations of their mode in two dimensions, 1 − exp(−9/2)."""


def mode_coverage(
    samples: Array,
    centers: Array,
    std: Array,
    *,
    weights: Array | None = None,
    within: float = 3.0,
    at_least: int = 1,
) -> dict[str, Array]:
    """Returns how many modes a set of samples covers, how good the samples are, and how evenly they are spread.

    A sample is of high quality if it lies within `within` standard deviations of the nearest centre; a mode is covered
    if at least `at_least` high-quality samples are nearest to it. The protocol of VEEGAN and PacGAN is 2,500 samples
    with the defaults. A perfect sampler reaches a high-quality share of 98.89 % in two dimensions (not 100 %), and with
    2,500 samples over m modes a reverse KL of about (m − 1)/5000.

    Args:
      samples: `[num_samples, features]`.
      centers: `[modes, features]`.
      std: standard deviation of each mode, a scalar.
      weights: `[modes]`, the true probability of each mode; `None` is uniform.
      within: radius in standard deviations, positive.
      at_least: number of high-quality samples that cover a mode, 1 or more.

    Returns:
      A dict of `modes` (number covered, int32), `high_quality` (share in [0, 1]), `reverse_kl` (KL of the histogram of
      all samples over their nearest modes from `weights`, in nats, at least 0), and `mode_counts` (`[modes]`,
      high-quality samples of each mode, int32). Samples that are not finite cover nothing, and the shares are NaN.

    Source: Srivastava et al. 2017, https://arxiv.org/abs/1705.07761; Lin et al. 2018, https://arxiv.org/abs/1712.04086.
    """
    distance = jnp.linalg.norm(samples[:, None, :] - centers, axis=-1)
    nearest = jnp.argmin(distance, axis=1)
    good = jnp.min(distance, axis=1) <= within * std
    member = jax.nn.one_hot(nearest, len(centers), dtype=jnp.int32)
    counts = jnp.sum(jnp.where(good[:, None], member, 0), axis=0, dtype=jnp.int32)
    share = class_shares(nearest, len(centers), samples.dtype)
    fair = jnp.full_like(share, 1 / len(centers)) if weights is None else jnp.asarray(weights, share.dtype)
    finite = jnp.all(jnp.isfinite(samples))
    return {
        "modes": jnp.sum(counts >= at_least, dtype=jnp.int32),
        "high_quality": jnp.where(finite, jnp.mean(good.astype(samples.dtype)), jnp.nan),
        "reverse_kl": jnp.where(finite, relative_entropy(share, fair), jnp.nan),
        "mode_counts": counts,
    }
