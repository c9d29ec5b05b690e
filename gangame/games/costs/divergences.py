"""f-GANs: any f-divergence D_f(P‖Q) = E_Q f(p/q) between data P and generator Q, as a game.

For every function T(x) inside the domain of the conjugate f*, E_P T − E_Q f*(T) ≤ D_f(P‖Q), with equality at
T = f′(p/q). The discriminator's output v is any real number, T = g(v) with an activation g that reaches just that
domain. The discriminator ascends the bound, the generator descends it.

    divergence          f(u)                              g(v)                f*(g(v))              v at the best
    KL(P‖Q)             u log u                           v                   e^(v − 1)             1 + log u
    KL(Q‖P)             −log u                            −e^(−v)             v − 1                 log u
    Pearson χ²          (u − 1)²                          v                   v²/4 + v              2(u − 1)
    squared Hellinger   (√u − 1)²                         1 − e^(−v)          e^v − 1               ½ log u
    Jensen–Shannon      u log u − (u + 1) log((u + 1)/2)  log 2 − log(1+e^−v) log(1 + e^v) − log 2  log u
    GAN                 u log u − (u + 1) log(u + 1)      −log(1 + e^(−v))    log(1 + e^v)          log u

"Jensen–Shannon" is twice the usual one, KL(P‖M) + KL(Q‖M) with M = (P + Q)/2, and "GAN" is that minus log 4. Composed
like this, g and f* lose no digits: 1 − e^g, say, would. Exponentials are continued by tangents, see `guarded_exp`.

Source: Nowozin, Cseke, Tomioka, "f-GAN: Training Generative Neural Samplers using Variational Divergence
Minimization", 2016, https://arxiv.org/abs/1606.00709.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array
from gangame.games.costs.logistic import guarded_exp

LOG2 = float(np.log(2))


class Divergence(NamedTuple):
    """One f-divergence, by functions of one number that act on arrays of them.

    Attributes:
      of_ratio: f, convex, with f(1) the smallest value of the divergence; of u = p/q above 0.
      activation: g, from the discriminator's output v to T.
      conjugate: f*(g(v)).
      output: the best v as a function of log u.
      log_ratio: log u where v is at its best, the inverse of `output`; a v which no u has gives NaN.
    """

    of_ratio: Callable[[Array], Array]
    activation: Callable[[Array], Array]
    conjugate: Callable[[Array], Array]
    output: Callable[[Array], Array]
    log_ratio: Callable[[Array], Array]


def _same(value: Array) -> Array:
    return value


DIVERGENCES: dict[str, Divergence] = {
    "kl": Divergence(
        of_ratio=lambda u: u * jnp.log(u),
        activation=_same,
        conjugate=lambda v: guarded_exp(v - 1),
        output=lambda log_u: 1 + log_u,
        log_ratio=lambda v: v - 1,
    ),
    "reverse_kl": Divergence(
        of_ratio=lambda u: -jnp.log(u),
        activation=lambda v: -guarded_exp(-v),
        conjugate=lambda v: v - 1,
        output=_same,
        log_ratio=_same,
    ),
    "pearson": Divergence(
        of_ratio=lambda u: (u - 1) ** 2,
        activation=_same,
        conjugate=lambda v: v**2 / 4 + v,
        output=lambda log_u: 2 * jnp.expm1(log_u),
        log_ratio=lambda v: jnp.log1p(v / 2),
    ),
    "squared_hellinger": Divergence(
        of_ratio=lambda u: (jnp.sqrt(u) - 1) ** 2,
        activation=lambda v: 1 - guarded_exp(-v),
        conjugate=lambda v: guarded_exp(v) - 1,
        output=lambda log_u: log_u / 2,
        log_ratio=lambda v: 2 * v,
    ),
    "jensen_shannon": Divergence(
        of_ratio=lambda u: u * jnp.log(u) - (u + 1) * jnp.log((u + 1) / 2),
        activation=lambda v: LOG2 - jax.nn.softplus(-v),
        conjugate=lambda v: jax.nn.softplus(v) - LOG2,
        output=_same,
        log_ratio=_same,
    ),
    "gan": Divergence(
        of_ratio=lambda u: u * jnp.log(u) - (u + 1) * jnp.log(u + 1),
        activation=lambda v: -jax.nn.softplus(-v),
        conjugate=jax.nn.softplus,
        output=_same,
        log_ratio=_same,
    ),
}


def bound(divergence: str, outputs_real: Array, outputs_fake: Array) -> Array:
    """Returns E_P g(v) − E_Q f*(g(v)), at most the divergence up to the error of the means, from outputs `[batch]`."""
    f = DIVERGENCES[divergence]
    return jnp.mean(f.activation(outputs_real)) - jnp.mean(f.conjugate(outputs_fake))


def f_gan(divergence: str) -> Callable[[Array, Array], dict[str, Array]]:
    """Returns the zero-sum cost of one divergence, a name in `DIVERGENCES`: the generator pays `bound`."""

    def cost(outputs_real: Array, outputs_fake: Array) -> dict[str, Array]:
        value = bound(divergence, outputs_real, outputs_fake)
        return {"discriminator": -value, "generator": value}

    return cost
