"""Bilinear games of which one sees a noisy sample at a time."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Key, Players, zero_sum
from gangame.games.bilinear import bilinear
from gangame.games.starts import Start, initial
from gangame.ranges import check_numbers


def noisy_bilinear(
    matrix: Array | np.ndarray | Sequence | None = None,
    *,
    additive: float = 0.1,
    multiplicative: float = 0.0,
    start: Sequence | None = None,
) -> Game:
    """V = xᵀ(A + σ_m E)y + σ_a(ξᵀx + ζᵀy) with fresh standard normals E, ξ, ζ in each sample.

    The mean is the bilinear game of A. The field's deviation from its mean has the second moment
    σ_m²(n‖y‖² + m‖x‖²) + σ_a²(n + m). So the additive part never dies, while the multiplicative part vanishes at the
    equilibrium, and grows with the distance to it.

    Args:
      matrix: A, `[n, m]`; `None` is the scalar 1, and then x and y are scalars.
      additive: σ_a, standard deviation of the noise on each entry of the field, 0 or more.
      multiplicative: σ_m, standard deviation of the noise on each entry of A, 0 or more.
      start: the pair (x, y) at which every run starts; `None` draws both from a standard normal.

    Returns:
      The game; players "x" and "y". Its equilibrium (0, 0) is that of the mean; the additive noise drives players away.

    Raises:
      ValueError: a standard deviation below 0, or shapes that do not fit together.

    Source: Li et al., "On the Convergence of Stochastic Extragradient for Bilinear Games Using Restarted Iteration
      Averaging", 2021, https://arxiv.org/abs/2107.00464.

    Example:
      >>> import jax
      >>> game = noisy_bilinear([[1.0, 2.0]], multiplicative=0.5)
      >>> game.sample(jax.random.key(0))["matrix"].shape
      (1, 2)
    """
    check_numbers(additive=additive, multiplicative=multiplicative)
    mean = bilinear(matrix, start=start)
    shapes = {name: own.shape for name, own in jax.eval_shape(mean.init, jax.random.key(0)).items()}
    shapes["matrix"] = shapes["x"] + shapes["y"]

    noise = {"x": additive, "y": additive, "matrix": multiplicative}
    scales = {name: jnp.asarray(scale, float) for name, scale in noise.items()}
    return zero_sum(
        Partial(_value, mean),
        init=mean.init,
        sample=Partial(_sample, initial(shapes), scales),
        equilibrium=mean.equilibrium,
    )


def _value(mean: Game, players: Players, batch: Batch) -> Array:
    x, y = players["x"], players["y"]
    deviation = jnp.sum(x * jnp.dot(batch["matrix"], y)) + jnp.sum(batch["x"] * x) + jnp.sum(batch["y"] * y)
    return mean.losses(players, None)["x"] + deviation


def _sample(normals: Start, scales: dict[str, Array], key: Key) -> Batch:
    return {name: scales[name] * draw for name, draw in normals(key).items()}
