"""Do the parts of an image go together? Scores for counts, classes of parts, and other whole numbers."""

import jax
import jax.numpy as jnp

from gangame.core import Array
from gangame.metrics.shares import class_shares, relative_entropy


def combination_scores(real: Array, fake: Array, *, num_values: int) -> dict[str, Array]:
    """Returns how well the combinations of attributes in the fakes match those in the real samples.

    An attribute is a whole number that something reads off an image: a count, the class of its left part, and that of
    its right part. A generator may have the right parts in wrong combinations: then the marginals are right, and what
    the parts share, their total correlation Σᵢ H(aᵢ) − H(a), is not.

    Args:
      real: `[num_real]`, or `[num_real, parts]`, whole numbers.
      fake: `[num_fake]`, or `[num_fake, parts]`, whole numbers. Those outside 0 to num_values − 1 occur in no real
        sample, and count as not valid.
      num_values: number of values of each attribute, 1 or more; all real ones lie within.

    Returns:
      A dict of
      `valid`, share of the fakes whose combination occurs in the real set;
      `joint_kl`, KL of the valid combinations from the real ones, in nats;
      `marginal_kl`, `[parts]`, the same for each attribute alone, over the fakes that are valid;
      `dependence`, total correlation of the valid fakes, and `real_dependence`, that of the real samples, in nats.
      Where no fake is valid there is nothing to compare, and all but `valid` and `real_dependence` are NaN.

    Raises:
      ValueError: attributes that are no whole numbers, or differ in shape.

    Source: Goodfellow, "NIPS 2016 Tutorial: Generative Adversarial Networks", 2016, https://arxiv.org/abs/1701.00160,
    whose slides 61 to 63 show problems with counting, perspective and global structure; the scores are ours. Watanabe,
    "Information Theoretical Analysis of Multivariate Correlation", 1960, https://doi.org/10.1147/rd.41.0066, for total
    correlation.

    Example:
      >>> import jax.numpy as jnp
      >>> real, fake = jnp.array([[0, 0], [1, 1]]), jnp.array([[0, 1], [1, 1], [1, 1], [0, 0]])
      >>> float(combination_scores(real, fake, num_values=2)["valid"])
      0.75
    """
    real, fake = (each[:, None] if each.ndim == 1 else each for each in (jnp.asarray(real), jnp.asarray(fake)))
    if real.ndim != 2 or real.shape[1:] != fake.shape[1:] or num_values < 1:
        raise ValueError(
            f"The attributes have the shapes {real.shape} and {fake.shape}, num_values is {num_values}; the "
            "shapes have to be [samples] or [samples, parts], of the same parts, and num_values 1 or more."
        )
    if not all(jnp.issubdtype(each.dtype, jnp.integer) for each in (real, fake)):
        raise ValueError(f"The attributes are {real.dtype} and {fake.dtype}; they have to be whole numbers.")
    if not isinstance(real, jax.core.Tracer) and not bool(jnp.all((real >= 0) & (real < num_values))):
        raise ValueError(
            f"Real attributes go from {real.min()} to {real.max()}; they have to be 0 to {num_values - 1}."
        )
    parts = real.shape[1]
    places = jnp.array([num_values ** (parts - 1 - part) for part in range(parts)], jnp.int32)
    within = jnp.all((fake >= 0) & (fake < num_values), axis=1)
    reference = class_shares(real.astype(jnp.int32) @ places, num_values**parts)
    codes = jnp.where(within, fake.astype(jnp.int32) @ places, 0)
    valid = (within & (reference[codes] > 0)).astype(reference.dtype)
    number = jnp.sum(valid)
    shares = jnp.bincount(codes, weights=valid, length=num_values**parts) / number

    def marginals(joint: Array) -> list[Array]:
        table = joint.reshape((num_values,) * parts)
        return [jnp.sum(table, axis=tuple(each for each in range(parts) if each != part)) for part in range(parts)]

    def dependence(joint: Array) -> Array:
        product = jnp.ones((1,), joint.dtype)
        for marginal in marginals(joint):
            product = (product[:, None] * marginal).reshape(-1)
        return relative_entropy(joint, product)

    return {
        "valid": number / len(fake),
        "joint_kl": relative_entropy(shares, reference),
        "marginal_kl": jnp.stack(
            [relative_entropy(*pair) for pair in zip(marginals(shares), marginals(reference), strict=True)]
        ),
        "dependence": dependence(shares),
        "real_dependence": dependence(reference),
    }
