"""Fréchet distance between the Gaussians that have the moments of two sets of features."""

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.metrics.sets import sample_sets


def _distance(mean: Array, root: Array, other_mean: Array, other_root: Array) -> Array:
    """Returns the distance from means and roots R with RᵀR = C.

    Tr (C₁C₂)^½ is the sum of the singular values of R₁R₂ᵀ. No covariance is formed and no small eigenvalue is rooted,
    which would turn a rounding error of ε into one of √ε.
    """
    nuclear = jnp.sum(jnp.linalg.svd(jnp.matmul(root, other_root.T, precision="highest"), compute_uv=False))
    return jnp.sum((mean - other_mean) ** 2) + jnp.sum(root**2) + jnp.sum(other_root**2) - 2 * nuclear


def _moments(features: Array, weights: Array) -> tuple[Array, Array]:
    """Returns mean and root of the covariance (over n − 1) of the rows of weight 1, without those of weight 0."""
    number = jnp.sum(weights)
    mean = jnp.matmul(weights, features, precision="highest") / number
    centered = weights[:, None] * (features - mean) / jnp.sqrt(number - 1)
    return mean, jnp.linalg.qr(centered, mode="r")


def _enough(*sets: Array) -> tuple[Array, ...]:
    arrays = sample_sets(*sets)
    features = arrays[0].shape[1]
    if (number := min(len(each) for each in arrays)) <= features:
        raise ValueError(
            f"There are {number} samples of {features} features; a covariance needs more samples than features: give "
            "more samples or fewer features, or use kid, which has no such limit."
        )
    return arrays


def frechet_distance(mean: Array, covariance: Array, other_mean: Array, other_covariance: Array) -> Array:
    """Returns the squared Fréchet (2-Wasserstein) distance between two Gaussians.

        ‖μ₁ − μ₂‖² + Tr(C₁ + C₂ − 2(C₁C₂)^½)

    Args:
      mean: `[features]`.
      covariance: `[features, features]`, symmetric, without negative eigenvalues.
      other_mean: `[features]`.
      other_covariance: `[features, features]`.

    Source: Dowson, Landau, "The Fréchet distance between multivariate normal distributions", 1982,
    https://doi.org/10.1016/0047-259X(82)90077-X.

    Example:
      >>> import jax.numpy as jnp
      >>> round(float(frechet_distance(jnp.zeros(2), jnp.eye(2), jnp.ones(2), 4 * jnp.eye(2))), 5)
      4.0
    """

    def root(matrix: Array) -> Array:
        values, vectors = jnp.linalg.eigh(matrix)
        return jnp.sqrt(jnp.maximum(values, 0))[:, None] * vectors.T

    return _distance(mean, root(covariance), other_mean, root(other_covariance))


def fid(real: Array, fake: Array) -> Array:
    """Returns the Fréchet inception distance of two sets of features.

    The squared Fréchet distance between Gaussians with their means and (n − 1) covariances. It is biased upwards by
    about a constant over n: compare only at equal numbers of samples, 10,000 or more for 2048 features, or see
    `fid_infinity`.

    Args:
      real: `[num_real, features]`, with more samples than features.
      fake: `[num_fake, features]`, likewise.

    Raises:
      ValueError: as few samples as features, or fewer.

    Source: Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter, "GANs Trained by a Two Time-Scale Update Rule Converge
    to a Local Nash Equilibrium", 2017, https://arxiv.org/abs/1706.08500.

    Example:
      >>> import jax, jax.numpy as jnp
      >>> features = jax.random.normal(jax.random.key(0), (100, 3))
      >>> bool(abs(fid(features, features + 1) - 3) < 1e-3)
      True
    """
    real, fake = _enough(real, fake)
    ones = [jnp.ones(len(each), each.dtype) for each in (real, fake)]
    return _distance(*_moments(real, ones[0]), *_moments(fake, ones[1]))


def fid_infinity(real: Array, fake: Array, key: Key, *, num_sizes: int = 15, smallest: float = 0.25) -> Array:
    """Returns the Fréchet inception distance extrapolated to sets of infinite size.

    The distance between random subsets is regressed on 1 over their size, and the intercept returned; it may be
    negative. Subsets are taken of both sets, which removes the bias of both; the paper takes them of the samples, and
    has real data enough.

    Args:
      real: `[num_real, features]`.
      fake: `[num_fake, features]`.
      key: draws the subsets.
      num_sizes: number of sizes, evenly spaced, the last being the whole sets; 2 or more.
      smallest: the smallest subset as a share of the sets, in (0, 1); it needs more samples than features.

    Raises:
      ValueError: a number outside its range, or as few samples as features.

    Source: Chong, Forsyth, "Effectively Unbiased FID and Inception Score and Where to Find Them", 2020,
    https://arxiv.org/abs/1911.07023.

    Example:
      >>> import jax
      >>> keys = jax.random.split(jax.random.key(0), 3)
      >>> real, fake = (jax.random.normal(each, (200, 5)) for each in keys[:2])
      >>> bool(fid_infinity(real, fake, keys[2]) < fid(real, fake))
      True
    """
    real, fake = sample_sets(real, fake)
    if num_sizes < 2 or not 0 < smallest < 1:
        raise ValueError(f"num_sizes is {num_sizes} and smallest {smallest}; these are 2 or more, and between 0 and 1.")
    _enough(real[: int(smallest * len(real))], fake[: int(smallest * len(fake))])
    fractions = jnp.linspace(smallest, 1, num_sizes, dtype=real.dtype)

    def subset(key: Key, number: int, fraction: Array) -> Array:
        # A weight for each sample rather than a shorter array, so that all sizes are one program.
        rank = jax.random.permutation(key, jnp.arange(number, dtype=fraction.dtype))
        return (rank < jnp.round(fraction * number)).astype(fraction.dtype)

    def distance(drawn: tuple[Key, Array]) -> Array:
        key_real, key_fake = jax.random.split(drawn[0])
        real_weights, fake_weights = subset(key_real, len(real), drawn[1]), subset(key_fake, len(fake), drawn[1])
        return _distance(*_moments(real, real_weights), *_moments(fake, fake_weights))

    distances = jax.lax.map(distance, (jax.random.split(key, num_sizes), fractions))
    inverse = 1 / fractions
    deviation = inverse - jnp.mean(inverse)
    slope = deviation @ distances / (deviation @ deviation)
    return jnp.mean(distances) - slope * jnp.mean(inverse)
