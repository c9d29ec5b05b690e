"""The saddle on which two time scales were shown to help."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Key, Players
from gangame.games.starts import initial
from gangame.ranges import check_numbers, check_positive


def ttur_toy(
    noise: float = 1.0,
    *,
    scale: float = 0.01,
    start: Sequence[float] | None = (0.5, -0.4),
) -> Game:
    """Saddle of the two-time-scale paper, f = (1 + x²)(100 − y²), min over x, max over y, with noisy gradients.

    Everything is multiplied by `scale`: ℓ_x = scale·(f + σξx), ℓ_y = scale·(−f + σζy) with standard normals ξ, ζ, so
    the field is scale·(2x(100 − y²) + σξ, 2y(1 + x²) + σζ). At the saddle (0, 0) the Jacobian is scale·diag(200, 2):
    x is a hundred times stiffer than y, and plain steps of more than 1/(100·scale) on x diverge.

    Args:
      noise: σ, standard deviation of the noise on each gradient before scaling, 0 or more.
      scale: number in front of both losses, positive. With 1 this is the published function, for which learning rates
        are at most 0.01; with 0.01 a learning rate η here is 0.01·η there.
      start: the pair (x, y) at which every run starts; `None` draws both from a standard normal.

    Returns:
      The game; players "x" and "y", two scalars. Its equilibrium (0, 0) is that of the mean; noise drives players away.

    Raises:
      ValueError: a number outside its range, or a start that is no pair of numbers.

    Source: Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", 2017,
      https://arxiv.org/abs/1706.08500, and the saddle example of https://github.com/bioinf-jku/TTUR.

    Example:
      >>> from gangame import analysis
      >>> game = ttur_toy(noise=0.0)
      >>> print(analysis.jacobian(game, game.equilibrium, {"x": 0.0, "y": 0.0}).round(3) + 0.0)
      [[2.   0.  ]
       [0.   0.02]]
    """
    check_numbers(noise=noise)
    check_positive(scale=scale)

    origin = {"x": jnp.zeros(()), "y": jnp.zeros(())}
    return Game(
        init=initial({"x": (), "y": ()}, start),
        sample=Partial(_sample, jnp.asarray(noise, float)),
        losses=Partial(_losses, jnp.asarray(scale, float)),
        equilibrium=origin,
    )


def _sample(noise: Array, key: Key) -> Batch:
    key_x, key_y = jax.random.split(key)
    return {"x": noise * jax.random.normal(key_x), "y": noise * jax.random.normal(key_y)}


def _losses(scale: Array, players: Players, batch: Batch) -> dict[str, Array]:
    x, y = players["x"], players["y"]
    f = (1 + x**2) * (100 - y**2)
    return {"x": scale * (f + batch["x"] * x), "y": scale * (-f + batch["y"] * y)}
