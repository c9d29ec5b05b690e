"""The GAN of one Gaussian: the smallest GAN with a whole distribution to learn."""

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Key, Players
from gangame.data.gaussian import Gaussian, gaussian
from gangame.games.costs import LOGISTIC

Quadrature = tuple[Array, Array]


def gaussian_gan(
    cost: str = "minimax",
    *,
    mean: Array | np.ndarray | Sequence | None = None,
    covariance: Array | np.ndarray | Sequence | None = None,
    size: int | None = None,
    analytic: bool = True,
    num_nodes: int = 16,
    batch_size: int = 128,
    start: Sequence[float] | None = None,
) -> Game:
    """GAN of one Gaussian N(μ, Σ): the generator z ↦ m + Lz learns mean and covariance, the logit is quadratic.

    The discriminator's logit is xᵀAx + bᵀx + c, the family that contains the optimal one, log p_data − log p_generator.
    At the equilibrium m = μ, LLᵀ = Σ, (A, b, c) = 0, so D = ½; there the discriminator's block of the Jacobian is
    ¼ E φφᵀ with the features φ = (xxᵀ, x, 1).

    Args:
      cost: "minimax", "non_saturating", "maximum_likelihood".
      mean: μ, `[size]`; `None` is 0.
      covariance: Σ, `[size, size]`, symmetric and positive definite; `None` is the identity.
      size: number of features, 1 or more; `None` is that of mean or covariance, else 1.
      analytic: take the expectations by Gauss–Hermite quadrature, which makes the game deterministic; otherwise over
        samples.
      num_nodes: nodes of the quadrature along each feature, 2 or more; it has `num_nodes ** size` in all.
      batch_size: where sampled, data and latents in one sample, 1 or more.
      start: m, `[size]`, where every run starts with L = I and (A, b, c) = 0; `None` draws m, and a tenth of A, b and
        c, from a standard normal, with L = I.

    Returns:
      The game; players "generator" (a dict of "mean" and "factor") and "discriminator" (a dict of "quadratic",
      "linear" and "constant"). Its equilibrium has the Cholesky factor of Σ, up to rotations of z one of many. Where
      sampled it is that of the mean.

    Raises:
      ValueError: an unknown cost, a number outside its range, or shapes that do not fit together.

    Source: Goodfellow et al., "Generative Adversarial Nets", 2014, https://arxiv.org/abs/1406.2661, for the game and
      its optimal discriminator.

    Example:
      >>> game = gaussian_gan(mean=[1.0], covariance=[[4.0]])
      >>> print(game.equilibrium["generator"]["factor"], game.losses(game.equilibrium, None)["discriminator"].round(4))
      [[2.]] 0.6931
    """
    if cost not in LOGISTIC:
        raise ValueError(f"cost is {cost!r}; it has to be one of {', '.join(LOGISTIC)}.")
    if num_nodes < 2 or batch_size < 1:
        raise ValueError(f"num_nodes is {num_nodes} and batch_size is {batch_size}; they are at least 2 and 1.")
    data = gaussian(size, mean, covariance)
    features = data.mean.size
    if analytic and features * math.log(num_nodes) > math.log(1e5):
        raise ValueError(
            f"num_nodes is {num_nodes} and size is {features}: {num_nodes**features:,} points of quadrature are too "
            "many; take fewer nodes, or analytic=False."
        )
    where = None if start is None else jnp.asarray(start, float)
    if where is not None and where.shape != (features,):
        raise ValueError(f"start has the shape {where.shape}; it has to be ({features},), the mean of the generator.")

    def losses(data: Gaussian, quadrature: Quadrature | None, players: Players, batch: Batch) -> dict[str, Array]:
        if quadrature is not None:
            latents, weights = quadrature
            real = data.at(latents)
        else:
            latents, real = batch["latents"], batch["real"]
            weights = jnp.full(batch_size, 1 / batch_size, real.dtype)
        fake = Gaussian(**players["generator"]).at(latents)

        # Each of these costs is a mean over data plus a mean over samples, so it may be weighted pair by pair.
        def weigh(of_real: Array, of_fake: Array) -> dict[str, Array]:
            return LOGISTIC[cost](of_real[None], of_fake[None])

        each = jax.vmap(weigh)(logits(players, real), logits(players, fake))
        return {name: jnp.sum(weights * loss) for name, loss in each.items()}

    def logits(players: Players, points: Array) -> Array:
        own = players["discriminator"]
        return jnp.sum(points @ own["quadratic"] * points, axis=-1) + points @ own["linear"] + own["constant"]

    def init(where: Array | None, key: Key) -> Players:
        key_mean, *keys = jax.random.split(key, 4)
        shapes = {"quadratic": (features, features), "linear": (features,), "constant": ()}
        scale = 0.1 if where is None else 0.0
        return {
            "discriminator": {
                name: scale * jax.random.normal(k, shape) for k, (name, shape) in zip(keys, shapes.items(), strict=True)
            },
            "generator": {
                "mean": jax.random.normal(key_mean, (features,)) if where is None else where,
                "factor": jnp.eye(features),
            },
        }

    def sample(data: Gaussian, key: Key) -> Batch:
        return None if analytic else data.with_latents(key, batch_size, features)

    blind = {"quadratic": jnp.zeros((features, features)), "linear": jnp.zeros(features), "constant": jnp.zeros(())}
    return Game(
        init=Partial(init, where),
        sample=Partial(sample, data),
        losses=Partial(losses, data, _quadrature(num_nodes, features) if analytic else None),
        equilibrium={"discriminator": blind, "generator": {"mean": data.mean, "factor": data.factor}},
    )


def _quadrature(num_nodes: int, size: int) -> Quadrature:
    """Returns points `[num_nodes ** size, size]` and weights of the standard normal in `size` dimensions."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(num_nodes)
    points = np.stack(np.meshgrid(*[nodes] * size, indexing="ij"), axis=-1).reshape(-1, size)
    products = np.prod(np.meshgrid(*[weights / weights.sum()] * size, indexing="ij"), axis=0)
    return jnp.asarray(points, float), jnp.asarray(products.ravel(), float)
