"""Phase diagrams: what becomes of a game over two hyper-parameters."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.tree_util import Partial

from gangame.analysis.exploitability import distance_to_equilibrium
from gangame.analysis.update_matrix import update_matrix
from gangame.blocks import NEAR, footprint, in_blocks, side_by_side
from gangame.core import Array, Batch, Game, Key, Players, UpdateRule, as_partial, portable_rule

Make = Callable[[Array, Array], tuple[Game, UpdateRule]]
"""From one value of each axis, traced scalars, to a game that knows its equilibrium and a rule."""
UNROLLED = 4
"""Steps in a trip of the loop: of a few numbers they are fused, and the numbers stay in registers from step to step."""


def phase_diagram(
    make: Make, columns: Array, rows: Array, *, num_steps: int = 200, distance: float = 1e-3, key: Key | None = None
) -> Array:
    """Returns by how much each step of a run shrinks the distance to the equilibrium, over a grid of hyper-parameters.

    Every cell is a run of its own from a random point nearby, and all are one program, as many cells side by side as
    stay close to the processor. The factor is (d_T / d_0)^(1/T): below 1 the rule converges; infinite or NaN where
    numbers overflow.

    Args:
      make: from one value of each axis, traced scalars, to the game and the rule; the game knows its equilibrium.
      columns: values of the horizontal axis, `[columns]`.
      rows: values of the vertical axis, `[rows]`.
      num_steps: T, 1 or more; each cell is a run of as many steps, and a diagram of 500 × 500 has 250,000 of them.
      distance: d_0, positive; small, so that what is seen is local.
      key: chooses the direction of the start and the samples of each step, the same for all cells; key 0 by default.

    Returns:
      The factors, `[rows, columns]`. Pure: call it under `jax.jit`.

    Raises:
      ValueError: the game knows no equilibrium, or a number is outside its range.

    Source: Mescheder, Geiger, Nowozin, "Which Training Methods for GANs do actually Converge?", 2018,
    https://arxiv.org/abs/1801.04406, for convergence over penalties on the Dirac-GAN.

    Example:
      >>> from gangame import games, rules
      >>> factors = phase_diagram(
      ...     lambda rate, strength: (games.dirac(penalty="r1", strength=strength), rules.simultaneous(rate)),
      ...     jnp.array([0.1, 5.0]), jnp.array([0.0, 1.0]),
      ... )
      >>> print((factors < 1).astype(int))  # R1 makes small steps converge
      [[0 0]
       [1 0]]
    """
    if num_steps < 1 or not distance > 0:
        raise ValueError(f"num_steps is {num_steps} and distance is {distance}; 1 or more, and positive, are allowed.")
    key_start, key_steps = jax.random.split(jax.random.key(0) if key is None else key)

    def reached(column: Array, row: Array, count: int) -> Array:
        game, rule = make(column, row)
        players = _beside(_equilibrium(game), distance, key_start)

        def step(carry: tuple, index: Array) -> tuple[tuple, None]:
            players, state = carry
            return rule.update(game, players, state, jax.random.fold_in(key_steps, index)), None

        # Not `play`: its steps are apart from each other, so that they have the same bits in a run that is cut.
        (players, _), _ = lax.scan(step, (players, rule.init(players)), jnp.arange(count), unroll=UNROLLED)
        return distance_to_equilibrium(game, players)

    cells = [each.ravel() for each in jnp.meshgrid(jnp.asarray(columns), jnp.asarray(rows))]
    block = side_by_side(footprint(partial(reached, count=1), *(each[0] for each in cells)), cells[0].size, NEAR)
    factors = (in_blocks(partial(reached, count=num_steps), block)(*cells) / distance) ** (1 / num_steps)
    return factors.reshape(len(rows), len(columns))


def rate_diagram(make: Make, columns: Array, rows: Array, *, num_steps: int = 1) -> np.ndarray:
    """Returns the exact rate at the equilibrium over a grid of hyper-parameters: a phase diagram without any run.

    Args:
      make: as in `phase_diagram`; the game is a small one, since each cell has an update matrix.
      columns: values of the horizontal axis, `[columns]`.
      rows: values of the vertical axis, `[rows]`.
      num_steps: how many steps make one, such as the period of a lookahead; 1 or more; the rate is that of a single
        step.

    Returns:
      The spectral radius per step, `[rows, columns]`; NaN where the step has no derivative.

    Raises:
      ValueError: the game knows no equilibrium, or `num_steps` is below 1.

    Source: Mescheder, Nowozin, Geiger, "The Numerics of GANs", 2017, https://arxiv.org/abs/1705.10461, for the local
    rate of a fixed-point map.

    Example:
      >>> from gangame import games, rules
      >>> rates = rate_diagram(
      ...     lambda rate, strength: (games.dirac(penalty="r1", strength=strength), rules.simultaneous(rate)),
      ...     jnp.array([0.1, 1.0]), jnp.array([0.0, 0.5]),
      ... )
      >>> print(rates.round(3))  # ρ² = 1 + h²/4 and 1 − hγ + h²/4
      [[1.001 1.118]
       [0.976 0.866]]
    """
    matrices = np.asarray(_matrices(as_partial(make), jnp.asarray(columns), jnp.asarray(rows), num_steps))
    # Eigenvalues on the host: LAPACK takes the small matrices one by one, and an accelerator would not be faster.
    finite = np.isfinite(matrices).all(axis=(-1, -2))
    values = np.linalg.eigvals(np.where(finite[..., None, None], matrices, 0))
    return np.where(finite, np.abs(values).max(axis=-1) ** (1 / num_steps), np.nan)


def stability_region(rule: UpdateRule, real: Array, imaginary: Array, *, num_steps: int = 1) -> np.ndarray:
    """Returns the rate of a rule at games with the eigenvalues λ = a ± ib, over a grid of these.

    The game has two players of one number each and J = [[a, b], [−b, a]]. A rule that treats all directions alike, like
    simultaneous steps, converges on any game with these eigenvalues exactly where the rate is below 1; one that treats
    players differently, like alternating steps, does so for this normal J.

    Args:
      rule: the rule; its optimisers, where they are given by player, are for the players "p1" and "p2".
      real: a, `[columns]`.
      imaginary: b, `[rows]`.
      num_steps: how many steps make one, such as the period of a lookahead; 1 or more; the rate is that of a single
        step.

    Returns:
      The spectral radius per step, `[rows, columns]`.

    Raises:
      ValueError: `num_steps` is below 1, or the rule's optimisers are for other players.

    Source: Mescheder et al. 2017, https://arxiv.org/abs/1705.10461, for the circle |1 − hλ| < 1 of plain steps.

    Example:
      >>> from gangame import rules
      >>> print(stability_region(rules.simultaneous(1.0), jnp.array([0.0, 1.0]), jnp.array([0.0, 1.0])).round(3))
      [[1.    0.   ]
       [1.414 1.   ]]
    """
    make = Partial(_normal, portable_rule(rule))
    return rate_diagram(make, jnp.asarray(real, float), jnp.asarray(imaginary, float), num_steps=num_steps)


# Compiled here, since what surrounds it runs on the host; what `make` holds in arrays is an argument.
@partial(jax.jit, static_argnames="num_steps")
def _matrices(make: Make, columns: Array, rows: Array, num_steps: int) -> Array:
    def matrix(column: Array, row: Array) -> Array:
        game, rule = make(column, row)
        return update_matrix(rule, game, _equilibrium(game), num_steps=num_steps)

    return _over(matrix, columns, rows)


def _normal(rule: UpdateRule, a: Array, b: Array) -> tuple[Game, UpdateRule]:
    """Returns the game with J = [[a, b], [−b, a]], and the rule."""

    def losses(players: Players, batch: Batch) -> dict[str, Array]:
        del batch
        x, y = players["p1"], players["p2"]
        return {"p1": a * x**2 / 2 + b * x * y, "p2": a * y**2 / 2 - b * x * y}

    origin = {"p1": jnp.zeros((), a.dtype), "p2": jnp.zeros((), a.dtype)}
    return Game(lambda key: origin, lambda key: None, losses, origin), rule


def _over(function: Callable[[Array, Array], Array], columns: Array, rows: Array) -> Array:
    of_row = jax.vmap(function, in_axes=(0, None))
    return jax.vmap(of_row, in_axes=(None, 0))(jnp.asarray(columns), jnp.asarray(rows))


def _equilibrium(game: Game) -> Players:
    if game.equilibrium is None:
        raise ValueError("A game of the diagram knows no equilibrium, so there is nothing to converge to.")
    return game.equilibrium


def _beside(players: Players, distance: float, key: Key) -> Players:
    """Returns a point at a distance from `players`, in a random direction."""
    leaves, structure = jax.tree.flatten(players)
    keys = jax.random.split(key, len(leaves))
    offsets = [jax.random.normal(k, leaf.shape, leaf.dtype) for k, leaf in zip(keys, leaves, strict=True)]
    length = jnp.sqrt(jnp.sum(jnp.stack([jnp.sum(offset**2) for offset in offsets])))
    moved = [leaf + distance * offset / length for leaf, offset in zip(leaves, offsets, strict=True)]
    return jax.tree.unflatten(structure, moved)
