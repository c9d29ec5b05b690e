"""Log-likelihood of binary vectors under samples whose bits have been flipped: a window for what is no density."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array
from gangame.metrics.distances import map_distances
from gangame.metrics.parzen import chosen_by_validation
from gangame.metrics.sets import sample_sets


def _check(shares: Any) -> None:
    if isinstance(shares, jax.core.Tracer):
        return
    for share in np.ravel(np.asarray(shares, float)):
        if not 0 < share < 1:
            raise ValueError(f"A share of flips is {share:g}; it has to be above 0 and below 1.")


def flip_log_probability(queries: Array, samples: Array, share: float | Array) -> Array:
    """Returns log (1/n) Σᵢ ε^dᵢ (1 − ε)^(m − dᵢ) `[num_queries]` in nats, for a query at dᵢ bits from sample i.

    Args:
      queries: zeros and ones, `[num_queries, m]`.
      samples: zeros and ones, `[n, m]`.
      share: ε, the probability of a flip, above 0 and below 1.

    Raises:
      ValueError: another share.

    Example:
      >>> import jax.numpy as jnp
      >>> round(float(jnp.exp(flip_log_probability(jnp.ones((1, 2)), jnp.array([[1.0, 0.0]]), 0.1))[0]), 4)
      0.09
    """
    _check(share)
    queries, samples = sample_sets(queries, samples)
    share = jnp.asarray(share, samples.dtype)
    slope = jnp.log(share) - jnp.log1p(-share)
    exponents = map_distances(lambda distances: jax.nn.logsumexp(slope * distances), queries, samples)
    return exponents - jnp.log(len(samples)) + samples.shape[1] * jnp.log1p(-share)


def flip_window(samples: Array, validation: Array, test: Array, shares: Array) -> dict[str, Array]:
    """Returns the mean log-likelihood of binary test data if a model's samples pass through a noisy channel.

    The window is to bits what a Parzen window is to numbers, and it has a meaning: q(x) = E ε^d (1 − ε)^(m − d) over
    samples of the model is the probability of x where each bit of a sample is flipped with probability ε, and with n
    samples in place of the expectation the logarithm is too small on average. So it is a lower bound on the likelihood
    of the model behind that channel, for any model that samples, and it may be a loose one.

    Args:
      samples: of the model, zeros and ones `[num_samples, features]`.
      validation: real, `[num_validation, features]`.
      test: real, others, `[num_test, features]`.
      shares: `[num]`, each above 0 and below 1; the one with the largest likelihood of the validation data is used.

    Returns:
      A dict of `log_likelihood` in nats, `error` (its standard error over the test data, not over samples) and
      `share`.

    Raises:
      ValueError: another share.

    Source: Parzen, "On Estimation of a Probability Density Function and Mode", 1962,
    https://doi.org/10.1214/aoms/1177704472; Aitchison, Aitken, "Multivariate binary discrimination by the kernel
    method", 1976, https://doi.org/10.1093/biomet/63.3.413, for this kernel.

    Example:
      >>> import jax, jax.numpy as jnp
      >>> sets = jax.random.bernoulli(jax.random.key(0), 0.5, (3, 200, 2)).astype(float)  # fair coins: log ¼ = −1.39
      >>> round(float(flip_window(*sets, jnp.array([0.001, 0.3]))["log_likelihood"]), 1)
      -1.4
    """
    _check(shares)
    samples, validation, test = sample_sets(samples, validation, test)
    shares = jnp.asarray(shares, samples.dtype)
    found, share = chosen_by_validation(flip_log_probability, samples, validation, test, shares)
    return {**found, "share": share}
