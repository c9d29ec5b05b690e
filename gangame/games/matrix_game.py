"""Matrix games: two players mix over finitely many actions, and gradients move their mixtures."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Players, nothing
from gangame.games.starts import initial

PAYOFFS = {
    "matching_pennies": [[1.0, -1.0], [-1.0, 1.0]],
    "rock_paper_scissors": [[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]],
    # Rock's win counts double, so everybody plays paper half of the time.
    "biased_rock_paper_scissors": [[0.0, -1.0, 2.0], [1.0, 0.0, -1.0], [-2.0, 1.0, 0.0]],
}


def _affine(parameters: Array) -> Array:
    return 1 / parameters.size + parameters - jnp.mean(parameters)


STRATEGIES: dict[str, Callable[[Array], Array]] = {"softmax": jax.nn.softmax, "affine": _affine}
"""From a player's parameters to its mixture."""


def matrix_game(
    payoffs: Array | np.ndarray | Sequence | str = "matching_pennies",
    *,
    column_payoffs: Array | np.ndarray | Sequence | None = None,
    strategies: str = "softmax",
    start: Sequence | None = None,
) -> Game:
    """Matrix game over mixed strategies: the players maximise pᵀAq and pᵀBq, such as rock-paper-scissors.

    The row player's mixture p over its n actions and the column player's q over its m actions are functions of free
    parameters, so every update rule can play. Under "softmax" a constant added to all logits of a player changes
    nothing, so the Jacobian has one zero eigenvalue for each player.

    Args:
      payoffs: A, `[n, m]`, what the row player receives, or the name of a game: "matching_pennies",
        "rock_paper_scissors", "biased_rock_paper_scissors" (rock's win counts double).
      column_payoffs: B, `[n, m]`, what the column player receives; `None` is −A, the zero-sum game.
      strategies: "softmax": p = softmax(w); "affine": p = 1/n + w − mean(w), which sums to one but may leave the
        simplex: this is the bilinear game around the uniform mixture.
      start: the pair of parameters `[n]` and `[m]`, row player first, at which every run starts; `None` draws both
        from a standard normal.

    Returns:
      The game; players "row" and "column". Its equilibrium is the one in which both mix over all their actions, as
      parameters of mean 0, and `None` where there is no such one or the payoffs are traced.

    Raises:
      ValueError: an unknown name, or shapes that do not fit together.

    Source: von Neumann, "Zur Theorie der Gesellschaftsspiele", 1928, https://doi.org/10.1007/BF01448847; Nash,
      "Non-Cooperative Games", 1951, https://doi.org/10.2307/1969529.

    Example:
      >>> import jax
      >>> game = matrix_game("biased_rock_paper_scissors")
      >>> print(jax.nn.softmax(game.equilibrium["row"]).round(3))
      [0.25 0.5  0.25]
    """
    if isinstance(payoffs, str):
        if payoffs not in PAYOFFS:
            raise ValueError(f"payoffs is {payoffs!r}; it has to be a matrix or one of {', '.join(PAYOFFS)}.")
        payoffs = PAYOFFS[payoffs]
    if strategies not in STRATEGIES:
        raise ValueError(f"strategies is {strategies!r}; it has to be one of {', '.join(STRATEGIES)}.")
    # While JAX traces, every array that it makes is traced too; what was given decides what is known here.
    concrete = not any(isinstance(given, jax.core.Tracer) for given in (payoffs, column_payoffs))
    number = np if concrete else jnp
    A = number.asarray(payoffs, jnp.result_type(float))
    B = -A if column_payoffs is None else number.asarray(column_payoffs, A.dtype)
    if A.ndim != 2 or 0 in A.shape or A.shape != B.shape:
        raise ValueError(
            f"payoffs have the shapes {A.shape} and {B.shape}; both have to be [n, m] with an action or more for each."
        )

    equilibrium = None
    q, p = (_indifference(A), _indifference(B.T)) if concrete else (None, None)
    if p is not None and q is not None:
        parameters = {"column": np.log(q), "row": np.log(p)} if strategies == "softmax" else {"column": q, "row": p}
        equilibrium = {name: jnp.asarray(own - own.mean(), float) for name, own in parameters.items()}
    init = initial({"row": A.shape[:1], "column": A.shape[1:]}, start)
    losses = Partial(_losses, Partial(STRATEGIES[strategies]), jnp.asarray(A), jnp.asarray(B))
    return Game(init, Partial(nothing), losses, equilibrium)


def _losses(mixture: Callable[[Array], Array], A: Array, B: Array, players: Players, batch: Batch) -> dict[str, Array]:
    del batch
    p, q = mixture(players["row"]), mixture(players["column"])
    return {"column": -p @ B @ q, "row": -p @ A @ q}


def _indifference(payoffs: np.ndarray) -> np.ndarray | None:
    """Returns the mixture q > 0 under which all rows of payoffs @ q are the same (of smallest norm), or `None`."""
    n, m = payoffs.shape
    system = np.block([[payoffs, -np.ones((n, 1))], [np.ones((1, m)), np.zeros((1, 1))]])
    target = np.append(np.zeros(n), 1.0)
    solution, *_ = np.linalg.lstsq(system, target, rcond=None)
    interior = np.allclose(system @ solution, target) and solution[:m].min() > np.sqrt(np.finfo(payoffs.dtype).eps)
    return solution[:m] if interior else None
