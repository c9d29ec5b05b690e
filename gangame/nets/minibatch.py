"""Features of a whole minibatch, by which a discriminator sees that samples are all alike."""

import jax.numpy as jnp
from flax import linen

from gangame.core import Array


class MinibatchDiscrimination(linen.Module):
    """Appends to each example how close the others of its batch are: f_b(x_i) = Σ_{j≠i} exp(−‖M_i,b − M_j,b‖₁) + bias.

    M_i = T h(x_i) are C numbers for each of B kernels, and the columns of T have lengths of their own, which start at
    1; the published start takes lengths and biases from a first batch. Data and samples have to come in batches of
    their own, as in all games here.

    Attributes:
      num_kernels: B, 1 or more.
      kernel_dim: C, 1 or more.

    Source: Salimans et al., "Improved Techniques for Training GANs", 2016, https://arxiv.org/abs/1606.03498.
    """

    num_kernels: int = 100
    kernel_dim: int = 5

    @linen.compact
    def __call__(self, features: Array) -> Array:
        """Maps `[batch, features]` to `[batch, features + B]`."""
        shape = (features.shape[-1], self.num_kernels * self.kernel_dim)
        directions = self.param("directions", linen.initializers.normal(0.05), shape, features.dtype)
        log_length = self.param("log_length", linen.initializers.zeros, shape[1:], features.dtype)
        bias = self.param("bias", linen.initializers.constant(-1.0), (self.num_kernels,), features.dtype)
        columns = directions * (jnp.exp(log_length) / jnp.sqrt(jnp.sum(directions**2, axis=0)))
        M = (features @ columns).reshape(-1, self.num_kernels, self.kernel_dim)
        # One dimension after the other: no array of all pairs, kernels and dimensions, of which sums are slow.
        distances = sum(jnp.abs(M[:, None, :, c] - M[None, :, :, c]) for c in range(self.kernel_dim))
        closeness = jnp.sum(jnp.exp(-distances), axis=0) - 1  # every example is at distance 0 from itself
        return jnp.concatenate([features, closeness + bias], axis=-1)


class MinibatchDeviation(linen.Module):
    """Appends one channel: the standard deviation within groups of the batch, averaged over all that an example has.

    Example i is in the group of i modulo the number of groups. It has no parameters.

    Attributes:
      group_size: 1 or more, which divides the batch unless the batch is smaller.

    Source: Karras et al., "Progressive Growing of GANs for Improved Quality, Stability, and Variation", 2018,
    https://arxiv.org/abs/1710.10196, whose paper takes the whole batch as one group and whose code groups of 4.
    """

    group_size: int = 4

    @linen.compact
    def __call__(self, x: Array) -> Array:
        """Maps `[batch, ..., channels]` to `[batch, ..., channels + 1]`."""
        size = min(self.group_size, len(x))
        if len(x) % size:
            raise ValueError(f"A batch of {len(x)} does not divide into groups of {size}; choose another batch size.")
        groups = x.reshape(size, -1, *x.shape[1:])
        # The root of zero has no derivative, hence the 1e-8.
        deviations = jnp.sqrt(jnp.mean((groups - jnp.mean(groups, axis=0)) ** 2, axis=0) + 1e-8)
        of_group = jnp.mean(deviations.reshape(len(deviations), -1), axis=1)
        of_each = jnp.expand_dims(jnp.tile(of_group, size), range(1, x.ndim))
        return jnp.concatenate([x, jnp.broadcast_to(of_each, (*x.shape[:-1], 1))], axis=-1)


MINIBATCH: dict[str, type[linen.Module] | None] = {
    "none": None,
    "discrimination": MinibatchDiscrimination,
    "deviation": MinibatchDeviation,
}


def with_minibatch(minibatch: str, features: Array, **options: int) -> Array:
    """Returns features with those of their minibatch; to be called where a module is compact.

    Args:
      minibatch: one of `MINIBATCH`.
      features: `[batch, features]`.
      options: attributes of the layer that differ from their defaults; a layer without such an attribute ignores it.
    """
    layer = MINIBATCH[minibatch]
    if layer is None:
        return features
    return layer(**{name: each for name, each in options.items() if name in layer.__dataclass_fields__})(features)


def check_minibatch(minibatch: str) -> None:
    """Complains of a layer that there is not.

    Raises:
      ValueError: an unknown name.
    """
    if minibatch not in MINIBATCH:
        raise ValueError(f"minibatch is {minibatch!r}; it has to be one of {', '.join(MINIBATCH)}.")
