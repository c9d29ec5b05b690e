"""Maximum mean discrepancy: how far two sets are from each other to a kernel."""

from collections.abc import Callable
from typing import TypeAlias

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.metrics.distances import squared_distances
from gangame.metrics.pairwise import pairwise_distances
from gangame.metrics.sets import sample_sets
from gangame.ranges import check_sizes

Kernel: TypeAlias = Callable[[Array, Array], Array]
"""`kernel(x [n, features], y [m, features]) -> [n, m]`."""


def polynomial_kernel(x: Array, y: Array) -> Array:
    """Returns (xᵀy/features + 1)³, the kernel of the kernel inception distance."""
    return (jnp.matmul(x, y.T, precision="highest") / x.shape[1] + 1) ** 3


def gaussian_kernel(bandwidth: float | Array) -> Kernel:
    """Returns the kernel exp(−‖x − y‖²/2σ²).

    Args:
      bandwidth: σ, positive; see `median_distance`.
    """
    return jax.tree_util.Partial(_gaussian, bandwidth)


def _gaussian(bandwidth: float | Array, x: Array, y: Array) -> Array:
    squared = squared_distances(x, y)
    return jnp.exp(-squared / (2 * jnp.asarray(bandwidth, squared.dtype) ** 2))


def median_distance(real: Array, fake: Array) -> Array:
    """Returns the median distance between different samples of the two sets together, a usual bandwidth."""
    return jnp.median(pairwise_distances(jnp.concatenate(sample_sets(real, fake))))


def _statistic(gram: Array, is_real: Array) -> Array:
    """Returns the unbiased MMD² from kernel values `[n, n]`, zero on the diagonal, and marks `[..., n]` of 0 and 1."""
    is_fake = 1 - is_real
    num_real, num_fake = jnp.sum(is_real, axis=-1), jnp.sum(is_fake, axis=-1)
    to_real, to_fake = (jnp.matmul(marks, gram, precision="highest") for marks in (is_real, is_fake))
    within_real = jnp.sum(to_real * is_real, axis=-1) / (num_real * (num_real - 1))
    within_fake = jnp.sum(to_fake * is_fake, axis=-1) / (num_fake * (num_fake - 1))
    return within_real + within_fake - 2 * jnp.sum(to_real * is_fake, axis=-1) / (num_real * num_fake)


def _pooled(real: Array, fake: Array, kernel: Kernel) -> tuple[Array, Array]:
    real, fake = sample_sets(real, fake, at_least=2)
    pool = jnp.concatenate([real, fake])
    gram = kernel(pool, pool)
    is_real = (jnp.arange(len(pool)) < len(real)).astype(gram.dtype)
    return jnp.where(jnp.eye(len(pool), dtype=bool), 0, gram), is_real


def mmd(real: Array, fake: Array, kernel: Kernel = polynomial_kernel) -> Array:
    """Returns the unbiased estimate of the squared maximum mean discrepancy; it may be negative.

        E k(x, x') + E k(y, y') − 2 E k(x, y),    without the pairs of a sample with itself

    Args:
      real: `[num_real, features]`, 2 samples or more.
      fake: `[num_fake, features]`, likewise. All pairs are held in memory.
      kernel: `polynomial_kernel`, `gaussian_kernel(bandwidth)`, or another.

    Source: Gretton, Borgwardt, Rasch, Schölkopf, Smola, "A Kernel Two-Sample Test", 2012,
    https://jmlr.org/papers/v13/gretton12a.html.

    Example:
      >>> import jax.numpy as jnp
      >>> float(mmd(jnp.zeros((2, 1)), jnp.ones((2, 1))))
      7.0
    """
    return _statistic(*_pooled(real, fake, kernel))


def mmd_test(
    real: Array, fake: Array, key: Key, *, kernel: Kernel = polynomial_kernel, num_permutations: int = 500
) -> dict[str, Array]:
    """Returns the squared maximum mean discrepancy and the p-value of its permutation test.

    Under the hypothesis that both sets come from one distribution, every way to divide their union is as likely; p is
    the share of divisions that are at least as far apart, the given one included, so the size of the test is exact.

    Args:
      real: `[num_real, features]`.
      fake: `[num_fake, features]`.
      key: draws the permutations.
      kernel: see `mmd`; one that depends on the two sets may do so only through their union.
      num_permutations: 1 or more; p is at least 1/(num_permutations + 1).

    Returns:
      A dict of `mmd` and `p_value`.

    Raises:
      ValueError: no permutations.

    Source: Gretton, Borgwardt, Rasch, Schölkopf, Smola, "A Kernel Two-Sample Test", 2012,
    https://jmlr.org/papers/v13/gretton12a.html; the count includes the given division as in Phipson, Smyth,
    "Permutation P-values Should Never Be Zero", 2010, https://arxiv.org/abs/1603.05766.

    Example:
      >>> import jax, jax.numpy as jnp
      >>> points = jnp.arange(20.0)[:, None] / 20
      >>> float(mmd_test(points, points + 3, jax.random.key(0), num_permutations=99)["p_value"]) < 0.05
      True
    """
    check_sizes(num_permutations=num_permutations)
    gram, is_real = _pooled(real, fake, kernel)
    marks = jax.vmap(lambda key: jax.random.permutation(key, is_real))(jax.random.split(key, num_permutations))
    given, permuted = _statistic(gram, is_real), _statistic(gram, marks)
    p_value = (1 + jnp.sum((permuted >= given).astype(gram.dtype))) / (num_permutations + 1)
    return {"mmd": given, "p_value": jnp.where(jnp.isfinite(given), p_value, jnp.nan)}


def kid(real: Array, fake: Array, key: Key, *, num_subsets: int = 50, subset_size: int = 1000) -> dict[str, Array]:
    """Returns the kernel inception distance: mean and standard deviation of MMD² over random subsets.

    It is unbiased at any size, and may be negative. Subsets overlap, so the standard deviation is no standard error.

    Args:
      real: `[num_real, features]`.
      fake: `[num_fake, features]`.
      key: draws the subsets.
      num_subsets: 1 or more.
      subset_size: 2 or more, and no more than there are samples.

    Returns:
      A dict of `mean` and `std`.

    Raises:
      ValueError: a number outside its range.

    Source: Bińkowski, Sutherland, Arbel, Gretton, "Demystifying MMD GANs", 2018, https://arxiv.org/abs/1801.01401.

    Example:
      >>> import jax
      >>> features = jax.random.normal(jax.random.key(0), (50, 3))
      >>> bool(kid(features, features + 1, jax.random.key(1), num_subsets=5, subset_size=20)["mean"] > 0)
      True
    """
    real, fake = sample_sets(real, fake)
    number = min(len(real), len(fake))
    if num_subsets < 1 or not 2 <= subset_size <= number:
        raise ValueError(
            f"num_subsets is {num_subsets} and subset_size {subset_size}; there has to be 1 subset or more, of 2 to "
            f"{number} samples, which is what the smaller set has."
        )

    def one(key: Key) -> Array:
        key_real, key_fake = jax.random.split(key)
        chosen_real = jax.random.permutation(key_real, len(real))[:subset_size]
        return mmd(real[chosen_real], fake[jax.random.permutation(key_fake, len(fake))[:subset_size]])

    values = jax.lax.map(one, jax.random.split(key, num_subsets))
    return {"mean": jnp.mean(values), "std": jnp.std(values)}
