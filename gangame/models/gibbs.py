"""The energy of a restricted Boltzmann machine, and the chain that samples it."""

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.models.bits import draw_bits

Weights = dict[str, Array]
"""W, b and c: `{"weights": [num_pixels, num_hidden], "visible": [num_pixels], "hidden": [num_hidden]}`."""


def free_energy(parameters: Weights, points: Array) -> Array:
    """Returns F(x) = −log Σ_h e^{−E(x, h)} `[batch]`, of E(x, h) = −b·x − c·h − x·W h.

        F(x) = −b·x − Σ_j log(1 + e^{c_j + (xW)_j})

    Example:
      >>> blank = {"weights": jnp.zeros((3, 2)), "visible": jnp.zeros(3), "hidden": jnp.zeros(2)}
      >>> print(free_energy(blank, jnp.ones((1, 3))).round(4))  # four states h of energy 0
      [-1.3863]
    """
    inputs = parameters["hidden"] + points @ parameters["weights"]
    return -points @ parameters["visible"] - jnp.sum(jax.nn.softplus(inputs), axis=-1)


def gibbs(parameters: Weights, points: Array, key: Key, num_steps: int = 1) -> Array:
    """Returns where chains of points `[batch, num_pixels]` are after some steps, h given x and x given h each.

    The model's distribution stays as it is.

    Args:
      parameters: of the machine.
      points: zeros and ones, `[batch, num_pixels]`.
      key: draws both.
      num_steps: 0 or more.
    """

    def step(index: Array, points: Array) -> Array:
        key_hidden, key_visible = jax.random.split(jax.random.fold_in(key, index))
        hidden = draw_bits(key_hidden, parameters["hidden"] + points @ parameters["weights"])
        return draw_bits(key_visible, parameters["visible"] + hidden @ parameters["weights"].T)

    return jax.lax.fori_loop(0, num_steps, step, points)
