"""Three functions on which following the ridge and descending differ."""

from collections.abc import Callable, Sequence

import jax.numpy as jnp
from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Players, zero_sum
from gangame.games.starts import initial

FUNCTIONS: dict[str, Callable[[Array, Array], Array]] = {
    "f1": lambda x, y: -3 * x**2 - y**2 + 4 * x * y,
    "f2": lambda x, y: 3 * x**2 + y**2 + 4 * x * y,
    "f3": lambda x, y: (
        (0.4 * x**2 - 0.1 * (y - 3 * x + 0.05 * x**3) ** 2 - 0.01 * y**4) * jnp.exp(-0.01 * (x**2 + y**2))
    ),
}


def ridge(function: str = "f1", *, start: Sequence[float] | None = None) -> Game:
    """The functions of follow-the-ridge: min over x (the leader), max over y; is (0, 0) found, or avoided?

    "f1": V = −3x² − y² + 4xy: 0 is a local minimax, but no local Nash equilibrium; gradient rules leave it.
    "f2": V = 3x² + y² + 4xy: 0 is no local minimax (it is a minimum in y), yet gradient rules are drawn to it.
    "f3": V = (0.4x² − 0.1(y − 3x + 0.05x³)² − 0.01y⁴) exp(−0.01(x² + y²)): 0 is a local minimax, and there are other
      points where rules end.

    Args:
      function: "f1", "f2" or "f3".
      start: the pair (x, y) at which every run starts; `None` draws both from a standard normal. The paper's pictures
        start at (5, 7), (6, 5) and (7, 5), with steps of 0.05.

    Returns:
      The game; players "x" and "y", two scalars. Its equilibrium is the local minimax (0, 0) of "f1" and "f3", at
      which the leader, who knows that the follower answers, does not want to move; `None` for "f2".

    Raises:
      ValueError: an unknown function, or a start that is no pair of numbers.

    Source: Wang, Zhang, Ba, "On Solving Minimax Optimization Locally: A Follow-the-Ridge Approach", 2020,
      https://arxiv.org/abs/1910.07512.

    Example:
      >>> from gangame import analysis
      >>> game = ridge("f1")
      >>> print(analysis.jacobian(game, game.equilibrium, None))
      [[-6.  4.]
       [-4.  2.]]
    """
    if function not in FUNCTIONS:
        raise ValueError(f"function is {function!r}; it has to be one of {', '.join(FUNCTIONS)}.")

    origin = {"x": jnp.zeros(()), "y": jnp.zeros(())}
    return zero_sum(
        Partial(_value, Partial(FUNCTIONS[function])),
        init=initial({"x": (), "y": ()}, start),
        equilibrium=None if function == "f2" else origin,
    )


def _value(function: Callable[[Array, Array], Array], players: Players, batch: Batch) -> Array:
    del batch
    return function(players["x"], players["y"])
