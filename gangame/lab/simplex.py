"""Steps that end on the simplex, for players whose parameters are probabilities themselves."""

from typing import Any

import optax

from gangame.core import Array


def on_the_simplex(optimizer: optax.GradientTransformation) -> optax.GradientTransformation:
    """Returns the optimiser after each of whose steps the parameters `[n]` are the nearest probabilities.

    It is for players of the strategies "affine", such as those of `games.matrix_game` and `games.function_space`: on
    the simplex p = 1/n + w − mean(w) is w itself, so that plain steps are projected gradient steps.

    Example:
      >>> import jax.numpy as jnp
      >>> steps = on_the_simplex(optax.sgd(1.0))
      >>> w = jnp.array([0.5, 0.5])
      >>> update, _ = steps.update(jnp.array([0.2, -0.8]), steps.init(w), w)
      >>> print((w + update).round(3))
      [0. 1.]
    """

    def update(gradient: Array, state: Any, parameters: Array | None = None) -> tuple[Array, Any]:
        step, state = optimizer.update(gradient, state, parameters)
        return optax.projections.projection_simplex(parameters + step) - parameters, state

    return optax.GradientTransformation(optimizer.init, update)
