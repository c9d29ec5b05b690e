"""A bilinear game that is the mean of many terms, of which one sees a few at a time."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from gangame.core import Array, Game, Players, zero_sum
from gangame.games.finite_sum import Terms
from gangame.games.starts import initial


def finite_sum_bilinear(
    num_terms: int = 100,
    *,
    size: int | None = None,
    batch_size: int = 1,
    seed: int = 0,
    start: Sequence | None = None,
) -> Game:
    """V = (1/n) Σ_i (xᵀM_i y + a_iᵀx + b_iᵀy), of which a sample has a few terms, x minimises, y maximises.

    M_i = e_k e_kᵀ with k = i mod d, so a term couples one coordinate of x with one of y, and a_i and b_i are normal
    with standard deviation 1/√d. The coupling of the mean is (1/n) Σ M_i, which is I/n for n = d. (The published
    experiment steps along the *sum* of the terms in a batch: a step γ there is batch_size·γ here.)

    Args:
      num_terms: n, 1 or more.
      size: d, number of parameters of each player, from 1 to `num_terms`; `None` is `num_terms`.
      batch_size: how many terms one sample has, drawn with replacement, 1 or more.
      seed: chooses a_i and b_i, 0 or more.
      start: the pair (x, y), each `[size]`, at which every run starts; `None` draws both from a standard normal.

    Returns:
      The game; players "x" and "y". Its equilibrium is that of the mean. `game.sample` has the attributes `num_terms`
      and `batch_of(indices)`, which gives the batch of chosen terms.

    Raises:
      ValueError: a number outside its range.

    Source: Chavdarova et al., "Taming GANs with Lookahead-Minmax", 2021, https://arxiv.org/abs/2006.14567, and its
      code, https://github.com/Chavdarova/LAGAN-Lookahead_Minimax.

    Example:
      >>> import jax.numpy as jnp
      >>> from gangame import analysis
      >>> game = finite_sum_bilinear(4)
      >>> v = analysis.field(game)(game.equilibrium, game.sample.batch_of(jnp.arange(4)))
      >>> bool(jnp.allclose(v["x"], 0, atol=1e-6))
      True
    """
    d = num_terms if size is None else size
    if min(num_terms, batch_size) < 1 or seed < 0:
        raise ValueError(
            f"num_terms is {num_terms}, batch_size {batch_size}, seed {seed}; these are at least 1, 1 and 0."
        )
    if not 1 <= d <= num_terms:
        raise ValueError(f"size is {size}; it has to be from 1 to num_terms = {num_terms}, so that each pair meets.")
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((2, num_terms, d)) / np.sqrt(d)
    coupling = np.bincount(np.arange(num_terms) % d, minlength=d) / num_terms

    saddle = {"x": -b.mean(axis=0) / coupling, "y": -a.mean(axis=0) / coupling}
    return zero_sum(
        Partial(_value, {"a": jnp.asarray(a, float), "b": jnp.asarray(b, float)}),
        init=initial({"x": (d,), "y": (d,)}, start),
        sample=Terms(jnp.arange(num_terms, dtype=jnp.int32), batch_size),  # the losses know a term by its index
        equilibrium={name: jnp.asarray(own, float) for name, own in saddle.items()},
    )


def _value(linear: dict[str, Array], players: Players, terms: Array) -> Array:
    x, y = players["x"], players["y"]
    return jnp.mean(x[terms % x.size] * y[terms % y.size] + linear["a"][terms] @ x + linear["b"][terms] @ y)
