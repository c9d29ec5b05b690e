"""The GAN of slide 54: a generator that has to find every Gaussian of a mixture."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from gangame.core import Game
from gangame.data import mixtures
from gangame.games.gan import gan
from gangame.nets import mlp, spectrally_normalised

LAYOUTS = {"ring": mixtures.ring, "grid": mixtures.grid, "random": mixtures.scattered}


@dataclasses.dataclass(frozen=True)
class MixtureSetting:
    """What a published experiment on mixtures fixes about its game; `mixture` describes the fields."""

    layout: str = "ring"
    modes: int = 8
    radius: float = 2.0
    std: float = 0.02
    latent_dim: int = 16
    hidden: tuple[int, ...] = (64, 64)
    discriminator_hidden: tuple[int, ...] = (128,)
    activation: str = "relu"
    init: str = "orthogonal"
    gain: float = 0.8
    maxout: int = 1
    batch_norm: bool = False
    input_scale: float = 0.25
    batch_size: int = 128
    cost: str = "minimax"


SETTINGS = {
    # Metz et al. 2017, Appendix A, in a size for two CPU cores.
    "small": MixtureSetting(),
    # Metz et al. 2017, https://arxiv.org/abs/1611.02163, Appendix A: Adam at 1e-4 with b1 = 0.5, 25,000 steps.
    "metz": MixtureSetting(latent_dim=256, hidden=(128, 128), batch_size=512),
    # The notebook published with it, with eight modes instead of its seven: Adam at 1e-3 (G) and 1e-4 (D), 25,000
    # steps.
    "metz_notebook": MixtureSetting(
        radius=1.0, std=0.01, latent_dim=256, hidden=(128, 128), discriminator_hidden=(128, 128), activation="tanh",
        gain=1.4, input_scale=1.0, batch_size=512,
    ),
    # Srivastava et al. 2017 (VEEGAN), https://arxiv.org/abs/1705.07761, as run by Lin et al. 2018 (PacGAN),
    # https://arxiv.org/abs/1712.04086: Adam at 1e-4 with b1 = 0.8, 400,000 steps.
    "veegan_ring": MixtureSetting(
        radius=1.0, std=0.01, latent_dim=2, hidden=(400,) * 4, discriminator_hidden=(200,) * 3, init="normal",
        gain=0.02, maxout=5, batch_norm=True, input_scale=1.0, batch_size=100, cost="non_saturating",
    ),
    "veegan_grid": MixtureSetting(
        layout="grid", modes=25, radius=4.0, std=0.05, latent_dim=2, hidden=(400,) * 4,
        discriminator_hidden=(200,) * 3, init="normal", gain=0.02, maxout=5, batch_norm=True, input_scale=1.0,
        batch_size=100, cost="non_saturating",
    ),
}  # fmt: skip


def mixture(
    setting: str = "small",
    *,
    layout: str | None = None,
    modes: int | None = None,
    radius: float | None = None,
    std: float | None = None,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    latent_dim: int | None = None,
    hidden: tuple[int, ...] | None = None,
    discriminator_hidden: tuple[int, ...] | None = None,
    activation: str | None = None,
    init: str | None = None,
    gain: float | None = None,
    maxout: int | None = None,
    batch_norm: bool | None = None,
    input_scale: float | None = None,
    batch_size: int | None = None,
    cost: str | None = None,
    shared_latents: bool = True,
    quick_latents: bool = False,
    penalty: str | Sequence[str] = "none",
    penalty_strength: float | Mapping[str, float] = 0.1,
    penalty_target: float = 1.0,
    real_label: float = 1.0,
    fake_label: float = 0.0,
    noise: float = 0.0,
    packing: int = 1,
    match_features: bool = False,
    spectral_norm: bool = False,
) -> Game:
    """GAN on a 2-D mixture of Gaussians: does the generator find every mode?

    Args:
      setting: a published experiment, or "small", its size for two cores; one of "small", "metz", "metz_notebook",
        "veegan_ring", "veegan_grid". Every argument that is `None` comes from there.
      layout: where the centres are: "ring", "grid" (square) or "random" (chosen by `seed`).
      modes: number of Gaussians, 1 or more; a square number on the grid.
      radius: of the ring; of the grid and the random square half the side; positive.
      std: standard deviation of each mode, positive.
      weights: `modes` positive numbers, normalised to sum 1; `None` is uniform.
      seed: chooses random centres, 0 or more.
      latent_dim: size of z ~ N(0, I), 1 or more.
      hidden: widths of the generator's hidden layers.
      discriminator_hidden: widths of the discriminator's hidden layers.
      activation: of both networks: "relu", "tanh", "leaky_relu", "softplus", "elu".
      init: of all kernels: "orthogonal", "normal", "glorot", "lecun".
      gain: scale of the kernels at the start, positive.
      maxout: pieces of each hidden unit of the discriminator, 1 for none (the activation).
      batch_norm: normalise the generator's hidden layers over the batch.
      input_scale: the discriminator sees its input times this.
      batch_size: data and latents in one sample, 1 or more.
      cost: one of `games.COSTS`, such as "minimax", "non_saturating", "hinge", "wasserstein", "f_kl"; see `games.gan`.
      shared_latents: both losses are on the same latents, or each is on its own ones.
      quick_latents: latents are drawn by a quick hash, nearly normal, or by JAX's generator, see `data.quick_normal`.
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

    Returns:
      The game; players "generator" and "discriminator"; `game.sample.data` is the `data.Mixture`.

    Raises:
      ValueError: an unknown name, or a number outside its range.

    Source: Metz et al., "Unrolled Generative Adversarial Networks", 2017, https://arxiv.org/abs/1611.02163; slides
      54 and 65 of the tutorial.

    Example:
      >>> game = mixture(modes=25, layout="grid", radius=4.0, std=0.05)
      >>> game.sample.data.centers.shape
      (25, 2)
    """
    if setting not in SETTINGS:
        raise ValueError(f"setting is {setting!r}; it has to be one of {', '.join(SETTINGS)}.")
    given = {name: value for name, value in locals().items() if value is not None}
    fixed = {field.name: given[field.name] for field in dataclasses.fields(MixtureSetting) if field.name in given}
    config = dataclasses.replace(SETTINGS[setting], **fixed)
    if config.layout not in LAYOUTS:
        raise ValueError(f"layout is {config.layout!r}; it has to be one of {', '.join(LAYOUTS)}.")
    if config.layout == "grid":
        spacing = 2 * config.radius / max(round(max(config.modes, 1) ** 0.5) - 1, 1)
        data = mixtures.grid(config.modes, spacing, config.std, weights)
    elif config.layout == "random":
        data = mixtures.scattered(config.modes, config.radius, config.std, weights, seed)
    else:
        data = mixtures.ring(config.modes, config.radius, config.std, weights)
    shared: dict[str, Any] = {"activation": config.activation, "init": config.init, "gain": config.gain}
    generator = mlp(config.latent_dim, config.hidden, 2, batch_norm=config.batch_norm, **shared)
    discriminator = mlp(
        2 * packing, config.discriminator_hidden, 1, maxout=config.maxout, scale=config.input_scale, **shared
    )
    if spectral_norm:
        discriminator = spectrally_normalised(discriminator)
    return gan(
        generator, discriminator, data, latent_dim=config.latent_dim, batch_size=config.batch_size, cost=config.cost,
        shared_latents=shared_latents, quick_latents=quick_latents, penalty=penalty, penalty_strength=penalty_strength,
        penalty_target=penalty_target, real_label=real_label, fake_label=fake_label, noise=noise, packing=packing,
        match_features=match_features,
    )  # fmt: skip
