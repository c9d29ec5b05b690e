"""Log-likelihood under a Parzen window of samples: historical, and known to be unreliable."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from gangame.core import Array
from gangame.metrics.distances import map_distances
from gangame.metrics.sets import sample_sets


def parzen_log_density(queries: Array, samples: Array, bandwidth: float | Array) -> Array:
    """Returns log (1/n) Σᵢ N(query; sampleᵢ, σ²I) `[num_queries]` in nats.

    Args:
      queries: `[num_queries, features]`.
      samples: `[n, features]`, the centres.
      bandwidth: σ, positive.

    Source: Parzen, "On Estimation of a Probability Density Function and Mode", 1962,
    https://doi.org/10.1214/aoms/1177704472.

    Example:
      >>> import jax.numpy as jnp
      >>> round(float(parzen_log_density(jnp.zeros((1, 2)), jnp.zeros((5, 2)), 1.0)[0]), 4)
      -1.8379
    """
    queries, samples = sample_sets(queries, samples)
    bandwidth = jnp.asarray(bandwidth, samples.dtype)
    number, features = samples.shape
    exponents = map_distances(lambda squared: jax.nn.logsumexp(-squared / (2 * bandwidth**2)), queries, samples)
    return exponents - jnp.log(number) - features * (jnp.log(bandwidth) + 0.5 * jnp.log(2 * jnp.pi))


def parzen_window(samples: Array, validation: Array, test: Array, bandwidths: Array) -> dict[str, Array]:
    """Returns the mean log-likelihood of test data under a Parzen window of samples, its width chosen by validation.

    In many dimensions it ranks models wrongly: a lookup table beats the data, see Theis et al. It is here so that
    early results can be compared.

    Args:
      samples: `[num_samples, features]` of the generator.
      validation: `[num_validation, features]`, real.
      test: `[num_test, features]`, real, others.
      bandwidths: `[num]`, positive; the one with the largest likelihood of the validation data is used.

    Returns:
      A dict of `log_likelihood` in nats, `error` (its standard error over the test data, not over samples) and
      `bandwidth`.

    Source: Breuleux, Bengio, Vincent, "Quickly Generating Representative Samples from an RBM-Derived Process", 2011,
    https://doi.org/10.1162/NECO_a_00158; Theis, van den Oord, Bethge, "A note on the evaluation of generative models",
    2016, https://arxiv.org/abs/1511.01844.

    Example:
      >>> import jax, jax.numpy as jnp
      >>> samples, validation, test = jax.random.normal(jax.random.key(0), (3, 200, 1))
      >>> found = parzen_window(samples, validation, test, jnp.array([0.001, 0.3, 30.0]))
      >>> round(float(found["bandwidth"]), 4)
      0.3
    """
    samples, validation, test = sample_sets(samples, validation, test)
    bandwidths = jnp.asarray(bandwidths, samples.dtype)
    found, bandwidth = chosen_by_validation(parzen_log_density, samples, validation, test, bandwidths)
    return {**found, "bandwidth": bandwidth}


def chosen_by_validation(
    log_density: Callable[[Array, Array, Array], Array], samples: Array, validation: Array, test: Array, widths: Array
) -> tuple[dict[str, Array], Array]:
    """Returns `log_likelihood` of test data and its `error`, and the width with the largest likelihood of other data.

    Args:
      log_density: `log_density(queries, samples, width) -> [num_queries]`.
      samples: `[num_samples, features]`.
      validation: `[num_validation, features]`.
      test: `[num_test, features]`.
      widths: `[num]`.
    """
    scores = jax.lax.map(lambda each: jnp.mean(log_density(validation, samples, each)), widths)
    best = widths[jnp.argmax(scores)]
    densities = log_density(test, samples, best)
    error = jnp.std(densities, ddof=1) / jnp.sqrt(len(test)) if len(test) > 1 else jnp.full((), jnp.nan)
    return {"log_likelihood": jnp.mean(densities), "error": error}, best
