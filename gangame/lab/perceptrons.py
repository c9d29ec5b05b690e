"""The two perceptrons of the small GANs that experiments hold against other things."""

from gangame.nets import Network, mlp


def perceptrons(latent_dim: int, hidden: tuple[int, ...], size: int, *, squash: bool = True) -> tuple[Network, Network]:
    """Returns a generator `[batch, latent_dim]` to `[batch, size]` and a discriminator of such samples.

    Both have the same hidden layers, with leaky ReLU and kernels that start after Glorot.

    Args:
      latent_dim: size of the latents, 1 or more.
      hidden: widths of the hidden layers, each 1 or more.
      size: of a sample, 1 or more.
      squash: whether the generator ends in tanh.

    Raises:
      ValueError: a number outside its range.

    Example:
      >>> import jax
      >>> generator, discriminator = perceptrons(2, (8,), 64)
      >>> discriminator.init(jax.random.key(0))["Dense_0"]["kernel"].shape
      (64, 8)
    """
    generator = mlp(latent_dim, hidden, size, activation="leaky_relu", init="glorot", squash=squash)
    return generator, mlp(size, hidden, 1, activation="leaky_relu", init="glorot")
