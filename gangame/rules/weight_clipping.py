"""Weight clipping: what an optimiser has moved out of a box comes back to its face."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from gangame.core import PyTree
from gangame.ranges import check_number


def clip_weights(bound: Any) -> optax.GradientTransformation:
    """Returns the optax transformation w + u ← clip(w + u, −c, c), to stand last in the optimiser of a critic.

    It is a projection after each step, not a part of the loss: a loss of clipped weights has no slope beyond the box,
    and weights that have left it never come back. Standing in the optimiser it acts on every step of the critic,
    several to one of the generator, and on looks ahead, whatever the rule. (`optax.clip` clips gradients.)

    Args:
      bound: c, 0 or more; 0.01 in the paper.

    Raises:
      ValueError: a bound that is not a number of at least 0.

    Source: Arjovsky, Chintala, Bottou, "Wasserstein GAN", 2017, https://arxiv.org/abs/1701.07875.

    Example:
      >>> from gangame import rules
      >>> critic = optax.chain(optax.rmsprop(5e-5), rules.clip_weights(0.01))
      >>> rule = rules.alternating({"discriminator": critic, "generator": optax.rmsprop(5e-5)},
      ...                          steps={"discriminator": 5})
    """
    check_number(bound, "bound")

    def init(params: PyTree) -> optax.EmptyState:
        del params
        return optax.EmptyState()

    def update(updates: PyTree, state: optax.EmptyState, params: PyTree | None = None) -> tuple[PyTree, Any]:
        if params is None:
            raise ValueError("Weights are clipped, so the transformation needs them; pass params to its update.")

        def into_box(update: jax.Array, weight: jax.Array) -> jax.Array:
            face = jnp.asarray(bound).astype(weight.dtype)
            return jnp.clip(weight + update, -face, face) - weight

        return jax.tree.map(into_box, updates, params), state

    return optax.GradientTransformation(init, update)
