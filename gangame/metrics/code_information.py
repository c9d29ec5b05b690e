"""How independent the bits of a code are."""

import jax
import jax.numpy as jnp

from gangame.core import Array


def code_information(bits: Array, weights: Array | None = None) -> dict[str, Array]:
    """Returns what the bits of a code say of each other, and of what is coded: entropies of finitely many patterns.

    All in bits, and exact for these patterns and weights, which is an estimate where they are a sample.

    Args:
      bits: the code of each pattern, booleans or 0 and 1, `[patterns, units]`, up to 20 units.
      weights: how probable each pattern is, `[patterns]`; `None` is all alike.

    Returns:
      A dict of "entropies" `[units]`; "joint", the entropy of the whole code, which is that of the patterns if the code
      tells all of them apart; "total_correlation", Σ_i H(b_i) − H(b), 0 if and only if the units are independent;
      "mutual_information" `[units, units]`, of each two units, with the entropies on its diagonal.

    Raises:
      ValueError: another shape.

    Source: Watanabe, "Information theoretical analysis of multivariate correlation", 1960,
    https://doi.org/10.1147/rd.41.0066.

    Example:
      >>> found = code_information(jnp.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]))  # two bits, and their xor
      >>> print(found["total_correlation"], found["mutual_information"][0])
      1.0 [1. 0. 0.]
    """
    bits = jnp.asarray(bits, bool)
    if bits.ndim != 2 or not 1 <= bits.shape[1] <= 20:
        raise ValueError(f"bits has the shape {bits.shape}; it has to be [patterns, units], of 1 to 20 units.")
    patterns, units = bits.shape
    mass = jnp.full(patterns, 1 / patterns) if weights is None else jnp.asarray(weights)
    number = bits.astype(int) @ 2 ** jnp.arange(units)
    joint = _entropy(jax.ops.segment_sum(mass, number, 2**units))

    on = bits.astype(mass.dtype)
    both = on.T @ (mass[:, None] * on)  # [units, units], the probability that both are on
    single = jnp.diag(both)
    only_first, only_second = single[:, None] - both, single - both
    neither = 1 - both - only_first - only_second
    pairs = _entropy(jnp.stack([both, only_first, only_second, neither], axis=-1))
    entropies = _entropy(jnp.stack([single, 1 - single], axis=-1))
    return {
        "entropies": entropies,
        "joint": joint,
        "total_correlation": jnp.sum(entropies) - joint,
        "mutual_information": entropies[:, None] + entropies - pairs,
    }


def _entropy(probabilities: Array) -> Array:
    """Returns −Σ p log₂ p along the last axis; what rounding makes negative counts as 0."""
    return jnp.sum(jax.scipy.special.entr(jnp.maximum(probabilities, 0)), axis=-1) / jnp.log(2)
