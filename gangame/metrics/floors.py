"""Any metric beside its real-against-real floor, and with an interval."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from gangame.core import Array, Key, PyTree


def _floating(each: Array) -> Array:
    return each if jnp.issubdtype(each.dtype, jnp.inexact) else each.astype(float)


def with_floor(
    metric: Callable[[PyTree, PyTree], PyTree],
    real: PyTree,
    fake: PyTree,
    key: Key,
    *,
    num_splits: int = 50,
    confidence: float = 0.95,
) -> dict[str, PyTree]:
    """Returns a metric, its interval, and its value between two halves of the real set.

    With random halves A, B of the real set and F of the fakes, all of the same size, metric(A, B) is the floor: what
    a perfect generator would get. Most metrics depend on the number of samples, so the floor compares with metric(A, F)
    (`at_half`), not with the metric of all (`value`).

    The spread of metric(A, F) over random halves is also the standard error of `value`, for a metric that is smooth
    in its samples: half of them without replacement vary as much as all of them do, the delete-half jackknife. A
    bootstrap would put copies into a set, which nearest neighbours, duplicates and unbiased kernel estimates take for
    a property of the data. Near a floor that is a boundary, as zero is, the interval is rough.

    Args:
      metric: `metric(real, fake) -> number`, or a tree of numbers; traceable. Close over keys: the same one for every
        half leaves its noise out of the comparison.
      real: `[num_real, ...]`, or a tree of arrays with that first axis, such as images with their labels.
      fake: `[num_fake, ...]` likewise. Where the sizes differ, halves are those of the smaller set, and the interval is
        wider than it need be.
      key: draws the halves.
      num_splits: how many times, 2 or more; the standard error is known to a part in √(2·num_splits).
      confidence: coverage of the normal interval, in (0, 1).

    Returns:
      A dict of `value`, `low` and `high`, `at_half` (mean over the halves), `floor` (mean over the halves), `floor_low`
      and `floor_high` (what lies between, of all halves, by the same confidence); each like what the metric returns.

    Raises:
      ValueError: fewer than 2 samples in a half, or a number outside its range.

    Source: Shao, Wu, "A General Theory for Jackknife Variance Estimation", 1989,
    https://doi.org/10.1214/aos/1176347263.

    Example:
      >>> import jax, jax.numpy as jnp
      >>> real = jax.random.normal(jax.random.key(0), (100, 1))
      >>> found = with_floor(lambda x, y: jnp.mean(y) - jnp.mean(x), real, real + 1, jax.random.key(1))
      >>> bool(found["low"] < 1 < found["high"]), bool(abs(found["floor"]) < 0.2)
      (True, True)
    """
    real, fake = (jax.tree.map(jnp.asarray, each) for each in (real, fake))  # traced rows are taken from them
    sizes = [{len(leaf) for leaf in jax.tree.leaves(each)} for each in (real, fake)]
    if any(len(each) != 1 for each in sizes):
        raise ValueError("The arrays of a set have different lengths; each has to have one row for each sample.")
    (num_real,), (num_fake,) = sizes
    half = min(num_real, num_fake) // 2
    if half < 2 or num_splits < 2 or not 0 < confidence < 1:
        raise ValueError(
            f"There are {num_real} and {num_fake} samples, num_splits is {num_splits}, confidence {confidence}; there "
            "have to be 4 samples or more, 2 splits or more, and a confidence between 0 and 1."
        )

    def measured(one: PyTree, other: PyTree) -> PyTree:
        """What is counted gets means and quantiles as well."""
        return jax.tree.map(_floating, metric(one, other))

    def split(key: Key) -> tuple[PyTree, PyTree]:
        key_real, key_fake = jax.random.split(key)
        order_real, order_fake = jax.random.permutation(key_real, num_real), jax.random.permutation(key_fake, num_fake)
        one, other = (
            jax.tree.map(lambda leaf, rows=rows: leaf[rows], real)
            for rows in (order_real[:half], order_real[half : 2 * half])
        )
        return measured(one, jax.tree.map(lambda leaf: leaf[order_fake[:half]], fake)), measured(one, other)

    # One half after the other: side by side they would take the memory of all, and factorise matrices in batches.
    halves, floors = jax.lax.map(split, jax.random.split(key, num_splits))
    value = measured(real, fake)
    tails = (1 - confidence) / 2
    width = -jax.scipy.special.ndtri(tails)

    def mean(values: PyTree) -> PyTree:
        return jax.tree.map(lambda each: jnp.mean(each, axis=0), values)

    def quantile(at: float) -> PyTree:
        return jax.tree.map(lambda each: jnp.quantile(each, jnp.asarray(at, each.dtype), axis=0), floors)

    def end(sign: int) -> PyTree:
        return jax.tree.map(
            lambda all_of_it, each: all_of_it + (sign * width * jnp.std(each, axis=0, ddof=1)).astype(each.dtype),
            value,
            halves,
        )

    return {
        "value": value,
        "low": end(-1),
        "high": end(1),
        "at_half": mean(halves),
        "floor": mean(floors),
        "floor_low": quantile(tails),
        "floor_high": quantile(1 - tails),
    }
