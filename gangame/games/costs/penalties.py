"""What a discriminator pays for its slope: (γ/2) E (‖∇_x a(x)‖ − g₀)², at points x that differ between penalties.

    r1          at the data                                           g₀ = 0
    r2          at the samples                                        g₀ = 0
    gradient    on the lines between data and samples, u x + (1 − u) G(z) with u ~ U[0, 1] for each pair
    dragan      around the data, x + δ with normal δ of half the standard deviation of the data in the batch

The norm is that of each point's own gradient, over all its features, and not that of the batch, so a critic of slope g₀
pays nothing, however large the batch. All have the factor ½ of Mescheder et al.: the λ of Gulrajani et al. and of
Kodali et al. is γ/2, and code which leaves out the ½ of R1 has γ/2 where it says γ. u and δ come with the batch.

A discriminator with several logits for each point, one for each patch, pays for the slope of their sum, as published
code does: the slope and its penalty then grow with the number of patches.

Where the slope is exactly zero the derivative of its norm is taken as zero.

Source: Mescheder, Geiger, Nowozin, "Which Training Methods for GANs do actually Converge?", 2018,
https://arxiv.org/abs/1801.04406 (R1, R2); Gulrajani et al., "Improved Training of Wasserstein GANs", 2017,
https://arxiv.org/abs/1704.00028 (gradient); Kodali et al., "On Convergence and Stability of GANs", 2017,
https://arxiv.org/abs/1705.07215 (dragan).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.ranges import check_numbers


class Penalty(NamedTuple):
    """Where a penalty looks at the slope.

    Attributes:
      points: `points(real, fake, drawn) -> [batch, ...]`, from data, samples, and what `draw` gave.
      draw: `draw(key, real)`, the randomness of its own that goes into the batch; `None` for none.
      centred: whether g₀ is zero, or else a number that the user gives.
    """

    points: Callable[[Array, Array, Any], Array]
    draw: Callable[[Key, Array], Array] | None
    centred: bool


def _shares(key: Key, real: Array) -> Array:
    return jax.random.uniform(key, (len(real),) + (1,) * (real.ndim - 1), real.dtype)


def _around(key: Key, real: Array) -> Array:
    return jnp.std(real) / 2 * jax.random.normal(key, real.shape, real.dtype)


PENALTIES: dict[str, Penalty] = {
    "r1": Penalty(lambda real, fake, drawn: real, None, True),
    "r2": Penalty(lambda real, fake, drawn: fake, None, True),
    "gradient": Penalty(lambda real, fake, drawn: drawn * real + (1 - drawn) * fake, _shares, False),
    "dragan": Penalty(lambda real, fake, drawn: real + drawn, _around, False),
}


def charge(
    name: str,
    critic: Callable[[Array], Array],
    real: Array,
    fake: Array,
    drawn: Array | None = None,
    target: Array | float = 1.0,
) -> Array:
    """Returns ½ E (‖∇_x a(x)‖ − g₀)², a scalar.

    Args:
      name: one of `PENALTIES`.
      critic: from points `[batch, ...]` to their logits `[batch]`, judging each point by itself; or `[batch, ...]`, of
        patches, whose sum then is a(x).
      real: data, `[batch, ...]`.
      fake: samples, `[batch, ...]`.
      drawn: what the penalty's `draw` gave.
      target: g₀, for penalties which are not centred at zero.
    """
    penalty = PENALTIES[name]

    def logit(point: Array) -> Array:
        return jnp.sum(critic(point[None]))  # each point by itself, so that the norm is not the batch's

    slopes = jax.vmap(jax.grad(logit))(penalty.points(real, fake, drawn))
    squares = jnp.sum(slopes.reshape(len(slopes), -1) ** 2, axis=1)
    if penalty.centred:
        return jnp.mean(squares) / 2
    sloped = squares > 0
    norms = jnp.where(sloped, jnp.sqrt(jnp.where(sloped, squares, 1)), 0)
    return jnp.mean((norms - jnp.asarray(target).astype(norms.dtype)) ** 2) / 2


def strengths(penalty: str | Sequence[str], strength: Any) -> dict[str, Array]:
    """Returns γ of each penalty that was chosen, by name.

    Args:
      penalty: "none", one of `PENALTIES`, or several of these.
      strength: γ, 0 or more, or a dict with one for each.

    Raises:
      ValueError: an unknown name, one given twice, a number for none of them, or a negative one.
    """
    names = tuple(penalty) if isinstance(penalty, Sequence) and not isinstance(penalty, str) else (penalty,)
    names = () if names == ("none",) else names
    if not set(names) <= set(PENALTIES) or len(set(names)) < len(names):
        raise ValueError(
            f"penalty is {penalty!r}; it has to be none, or one or several of {', '.join(PENALTIES)}, each given once."
        )
    given = dict(strength) if isinstance(strength, Mapping) else dict.fromkeys(names, strength)
    if set(given) != set(names):
        raise ValueError(
            f"penalty_strength names {', '.join(map(str, given)) or 'nothing'}, and the penalties are "
            f"{', '.join(names) or 'none'}; give one number for all, or one for each of them."
        )
    for each in given.values() if isinstance(strength, Mapping) else [strength]:
        check_numbers(penalty_strength=each)
    return {name: jnp.asarray(given[name], float) for name in names}
