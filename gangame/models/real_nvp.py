"""RealNVP: a change of variables that can be undone."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, Key, PyTree
from gangame.models.model import Model
from gangame.nets import mlp
from gangame.ranges import check_sizes, check_whole

EDGE = 1e-6
"""How near a number in (0, 1) comes to the ends, where its logit is infinite."""


class Flow(NamedTuple):
    """An invertible map of vectors `[batch, size]`.

    Attributes:
      init: `init(key) -> parameters`.
      forward: `forward(parameters, x) -> (z, log|det ∂z/∂x| [batch])`.
      inverse: `inverse(parameters, z) -> x`.
    """

    init: Callable[[Key], PyTree]
    forward: Callable[[PyTree, Array], tuple[Array, Array]]
    inverse: Callable[[PyTree, Array], Array]

    def log_density(self, parameters: PyTree, points: Array) -> Array:
        """Returns log p(x) `[batch]` where z ~ N(0, I): log N(z; 0, I) + log|det ∂z/∂x|."""
        latents, log_determinant = self.forward(parameters, points)
        return log_determinant - jnp.sum(latents**2 + np.log(2 * np.pi), axis=-1) / 2


def coupling_flow(size: int, *, num_layers: int = 8, hidden: tuple[int, ...] = (128,)) -> Flow:
    """Returns affine couplings: every other number stays, and says by how much the others are scaled and shifted.

        z = m x + (1 − m) (x e^s + t),    s, t = functions of m x,    log|det| = Σ (1 − m) s,

    with m in turn the even and the odd places. The scales s lie within ±2. It starts as the identity.

    Args:
      size: of a vector, 2 or more: of one number nothing would say how it is scaled.
      num_layers: 1 or more.
      hidden: widths of the hidden layers of the perceptron of each layer.

    Raises:
      ValueError: a number outside its range.

    Source: Dinh, Sohl-Dickstein, Bengio, "Density estimation using Real NVP", 2017, https://arxiv.org/abs/1605.08803,
    without its batch normalisation and several scales.

    Example:
      >>> flow = coupling_flow(2, num_layers=2, hidden=(4,))
      >>> parameters, x = flow.init(jax.random.key(0)), jnp.array([[0.5, -1.0]])
      >>> print(flow.inverse(parameters, flow.forward(parameters, x)[0]))
      [[ 0.5 -1. ]]
    """
    check_sizes(size=size, num_layers=num_layers)
    if size < 2:
        raise ValueError(f"size is {size}; it has to be 2 or more.")
    network = mlp(size, hidden, 2 * size, activation="relu", init="lecun")
    kept = [jnp.asarray((np.arange(size) + layer) % 2, float) for layer in range(num_layers)]

    last = f"Dense_{len(hidden)}"

    def init(key: Key) -> PyTree:
        layers = [network.init(each) for each in jax.random.split(key, num_layers)]
        return [{**layer, last: jax.tree.map(jnp.zeros_like, layer[last])} for layer in layers]

    def scale_and_shift(parameters: PyTree, kept: Array, x: Array) -> tuple[Array, Array]:
        scale, shift = jnp.split(network.apply(parameters, kept * x), 2, axis=-1)
        return (1 - kept) * 2 * jnp.tanh(scale / 2), (1 - kept) * shift

    def forward(parameters: PyTree, x: Array) -> tuple[Array, Array]:
        log_determinant = jnp.zeros(len(x), x.dtype)
        for own, mask in zip(parameters, kept, strict=True):
            scale, shift = scale_and_shift(own, mask.astype(x.dtype), x)
            x, log_determinant = x * jnp.exp(scale) + shift, log_determinant + jnp.sum(scale, axis=-1)
        return x, log_determinant

    def inverse(parameters: PyTree, z: Array) -> Array:
        for own, mask in zip(parameters[::-1], kept[::-1], strict=True):
            scale, shift = scale_and_shift(own, mask.astype(z.dtype), z)
            z = (z - shift) * jnp.exp(-scale)
        return z

    return Flow(init, forward, inverse)


def real_nvp(num_pixels: int, *, num_layers: int = 8, hidden: tuple[int, ...] = (128,), num_draws: int = 100) -> Model:
    """Change of variables by affine couplings, for binary vectors; its likelihood is a bound from below.

    A density has no probability of a point, so a bit x becomes y = (x + u)/2 with uniform u in (0, 1), which fills half
    of the unit interval, and the flow is of the logits of y. With k draws of u,

        log P(x) = log E_u p(y) − n log 2  ≥  E log (1/k) Σ_j p(y_j) − n log 2,

    the bound that `log_likelihood` returns. A sample is y > ½: all of the density lies in such halves, so P is a
    distribution of binary vectors.

    Args:
      num_pixels: of a binary vector, n, 2 or more.
      num_layers: couplings, 1 or more.
      hidden: widths of the hidden layers of each coupling.
      num_draws: k, 1 or more. The loss has one draw.

    Raises:
      ValueError: a number outside its range.

    Source: Dinh, Sohl-Dickstein, Bengio, "Density estimation using Real NVP", 2017, https://arxiv.org/abs/1605.08803;
    Theis, van den Oord, Bethge, "A note on the evaluation of generative models", 2016,
    https://arxiv.org/abs/1511.01844, for the bound with one draw.

    Example:
      >>> model = real_nvp(4, num_layers=2, hidden=(8,))
      >>> model.sample(model.init(jax.random.key(0)), jax.random.key(1), 3).shape
      (3, 4)
    """
    check_whole(num_pixels, "num_pixels", 2)
    check_sizes(num_draws=num_draws)
    flow = coupling_flow(num_pixels, num_layers=num_layers, hidden=hidden)

    def one_draw(parameters: PyTree, points: Array, key: Key) -> Array:
        filled = jnp.clip((points + jax.random.uniform(key, points.shape, points.dtype)) / 2, EDGE, 1 - EDGE)
        into_logits = -jnp.sum(jnp.log(filled) + jnp.log1p(-filled), axis=-1)
        density = flow.log_density(parameters, jax.scipy.special.logit(filled)) + into_logits
        return density - num_pixels * np.log(2)

    def loss(parameters: PyTree, points: Array, key: Key) -> Array:
        return -jnp.mean(one_draw(parameters, points, key))

    def log_likelihood(parameters: PyTree, points: Array, key: Key) -> Array:
        draws = jax.lax.map(lambda each: one_draw(parameters, points, each), jax.random.split(key, num_draws))
        return jax.nn.logsumexp(draws, axis=0) - np.log(num_draws)

    def sample(parameters: PyTree, key: Key, num_samples: int) -> Array:
        logits = flow.inverse(parameters, jax.random.normal(key, (num_samples, num_pixels)))
        return (logits > 0).astype(logits.dtype)

    return Model(flow.init, loss, sample, log_likelihood)
