"""The linear-quadratic GAN: it learns a covariance, and everything about it is known in closed form."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Key, Players
from gangame.data.gaussian import Gaussian, gaussian
from gangame.games.starts import initial
from gangame.ranges import check_numbers, check_sizes


def linear_quadratic_gan(
    covariance: Array | np.ndarray | Sequence | None = None,
    *,
    size: int | None = None,
    latent_dim: int | None = None,
    regularization: float = 0.0,
    analytic: bool = True,
    batch_size: int = 128,
    start: Sequence | None = None,
) -> Game:
    """Linear-quadratic Wasserstein GAN: V = E xᵀAx − E (Wz)ᵀA(Wz) = tr A(Σ − WWᵀ) for data x ~ N(0, Σ).

    The generator z ↦ Wz, z ~ N(0, I), minimises V; the discriminator x ↦ xᵀAx minimises −V + (ρ/2)‖A‖². The field is
    (∂_W, ∂_A) = (−(A + Aᵀ)W, WWᵀ − Σ + ρA). Without ρ it turns around the equilibrium A = 0, WWᵀ = Σ; for one feature
    of standard deviation s the Jacobian there has the eigenvalues ρ/2 ± √(ρ²/4 − 4s²).

    Args:
      covariance: Σ, `[size, size]`, symmetric and positive definite; `None` is the identity.
      size: number of features, 1 or more; `None` is that of the covariance, else 1.
      latent_dim: size of z, 1 or more; `None` is `size`.
      regularization: ρ, what the discriminator pays for its own size, 0 or more.
      analytic: take the expectations in closed form; otherwise over samples.
      batch_size: where sampled, data and latents in one sample, 1 or more.
      start: the pair (W, A), `[size, latent_dim]` and `[size, size]`, at which every run starts; `None` draws both
        from a standard normal.

    Returns:
      The game; players "generator" (W) and "discriminator" (A). Its equilibrium is A = 0 and W = (L, 0), Σ = LLᵀ, up
      to rotations of z one of many; `None` where `latent_dim` is below `size`. Where sampled it is that of the mean.

    Raises:
      ValueError: a number outside its range, or shapes that do not fit together.

    Source: Gemp, Mahadevan, "Global Convergence to the Equilibrium of GANs Using Variational Inequalities", 2018,
      https://arxiv.org/abs/1808.01531; Feizi et al., "Understanding GANs: the LQG Setting", 2017,
      https://arxiv.org/abs/1710.10793.

    Example:
      >>> import jax
      >>> game = linear_quadratic_gan([[4.0]], analytic=False, batch_size=16)
      >>> print(game.equilibrium["generator"], game.sample(jax.random.key(0))["real"].shape)
      [[2.]] (16, 1)
    """
    data = gaussian(size, covariance=covariance)
    features = data.mean.size
    latents = features if latent_dim is None else latent_dim
    check_sizes(latent_dim=latents, batch_size=batch_size)
    check_numbers(regularization=regularization)

    def losses(data: Gaussian, strength: Array, players: Players, batch: Batch) -> dict[str, Array]:
        W, A = players["generator"], players["discriminator"]
        if analytic:
            gap = data.covariance - W @ W.T
        else:
            fake = batch["latents"] @ W.T
            gap = (batch["real"].T @ batch["real"] - fake.T @ fake) / batch_size
        value = jnp.sum(A * gap)
        return {"discriminator": -value + strength / 2 * jnp.sum(A**2), "generator": value}

    def sample(data: Gaussian, key: Key) -> Batch:
        return None if analytic else data.with_latents(key, batch_size, latents)

    matched = None
    if latents >= features:
        covering = jnp.pad(data.factor, ((0, 0), (0, latents - features)))
        matched = {"discriminator": jnp.zeros((features, features)), "generator": covering}
    return Game(
        init=initial({"generator": (features, latents), "discriminator": (features, features)}, start),
        sample=Partial(sample, data),
        losses=Partial(losses, data, jnp.asarray(regularization, float)),
        equilibrium=matched,
    )
