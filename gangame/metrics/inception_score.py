"""Inception score: classes that are certain for each sample, and all present."""

import jax.numpy as jnp

from gangame.core import Array
from gangame.metrics.shares import relative_entropy


def inception_score(probabilities: Array, *, num_splits: int = 10) -> dict[str, Array]:
    """Returns the inception score exp(E_x KL(p(y|x) ‖ p(y))), its mean and standard deviation over splits.

    It lies between 1 (the classifier says the same of every sample) and the number of classes. It sees no real data,
    depends on the size of the splits, and the standard deviation over splits is not its standard error.

    Args:
      probabilities: `[num_samples, classes]`, what a classifier gives each sample; each row sums to 1.
      num_splits: number of parts of consecutive samples, each with its own p(y); 1 to the number of samples.

    Returns:
      A dict of `mean` and `std`.

    Raises:
      ValueError: no matrix, or a number of splits outside its range.

    Source: Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen, "Improved Techniques for Training GANs", 2016,
    https://arxiv.org/abs/1606.03498.

    Example:
      >>> import jax.numpy as jnp
      >>> float(inception_score(jnp.tile(jnp.eye(4), (5, 1)), num_splits=5)["mean"])
      4.0
    """
    probabilities = jnp.asarray(probabilities)
    if probabilities.ndim != 2:
        raise ValueError(f"probabilities have the shape {probabilities.shape}; it has to be [samples, classes].")
    number = len(probabilities)
    if not 1 <= num_splits <= number:
        raise ValueError(f"num_splits is {num_splits}; it has to be 1 to {number}, the number of samples.")
    scores = []
    for split in range(num_splits):
        part = probabilities[split * number // num_splits : (split + 1) * number // num_splits]
        divergence = relative_entropy(part, jnp.mean(part, axis=0))  # 0 log 0 is 0, unlike in the first code
        scores.append(jnp.exp(jnp.mean(divergence)))
    return {"mean": jnp.mean(jnp.stack(scores)), "std": jnp.std(jnp.stack(scores))}
