"""Guided cost learning: inverse reinforcement learning as a GAN whose discriminator knows the generator's density."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Key, Players, nothing
from gangame.ranges import check_sizes, check_whole

MOVES = ((-1, 0), (1, 0), (0, -1), (0, 1))
MOST_TRAJECTORIES = 4**9


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class GridPaths:
    """All paths of a walk on a grid.

    Attributes:
      cells: where a path is before each of its moves, `[paths, length]`.
      moves: its moves, `[paths, length]`.
      visits: how often it comes to each cell, after each of its moves, `[paths, cells]`.
      after: the cell to which each move leads from each cell, `[cells, moves]`.
    """

    cells: Array
    moves: Array
    visits: Array
    after: Array

    def soft_optimal(self, cost: Array) -> tuple[Array, Array]:
        """Returns the policy of the paths' distribution exp(−c)/Z and log Z, by soft value iteration.

            V_t(s) = log Σ_a exp(−c(s') + V_{t+1}(s')),    π_t(a|s) ∝ exp(−c(s') + V_{t+1}(s')),    log Z = V_0(start)

        Args:
          cost: c of each cell, `[cells]`.

        Returns:
          Logits `[length, cells, moves]` of mean 0 over the moves, and log Z.
        """

        def before(value: Array, _: None) -> tuple[Array, Array]:
            worth = (value - cost)[self.after]
            return jax.nn.logsumexp(worth, axis=1), worth - jnp.mean(worth, axis=1, keepdims=True)

        value, logits = jax.lax.scan(before, jnp.zeros_like(cost), length=self.cells.shape[1], reverse=True)
        return logits, value[self.cells[0, 0]]

    def log_density(self, logits: Array) -> Array:
        """Returns log q of all paths under a policy of logits `[length, cells, moves]`, `[paths]`."""
        chosen = jax.nn.log_softmax(logits)[jnp.arange(self.cells.shape[1], dtype=jnp.int32), self.cells, self.moves]
        return jnp.sum(chosen, axis=1)


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class GuidedCostLosses:
    """`losses` of the game, sums over all paths; see `guided_cost_learning`."""

    paths: GridPaths
    experts: Array
    known_density: bool = dataclasses.field(metadata={"static": True})

    def costs(self, players: Players) -> Array:
        """Returns the learned cost c of all paths, `[paths]`."""
        return self.paths.visits @ players["cost"]["cells"]

    def logits(self, players: Players) -> Array:
        """Returns the discriminator's logit of all paths, `[paths]`."""
        judged = -self.costs(players) - players["cost"]["log_partition"]
        return judged - self.paths.log_density(players["policy"]) if self.known_density else judged

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses."""
        del batch
        logits, density = self.logits(players), jnp.exp(self.paths.log_density(players["policy"]))
        return {
            "cost": self.experts @ jax.nn.softplus(-logits) + density @ jax.nn.softplus(logits),
            "policy": -density @ logits,
        }


def guided_cost_learning(
    size: int = 3,
    *,
    length: int = 5,
    cost: Array | np.ndarray | None = None,
    experts: Array | np.ndarray | None = None,
    known_density: bool = True,
    seed: int = 0,
) -> Game:
    """Guided cost learning: what does an expert who walks on a grid mind, found by a GAN of walks?

    A path τ of `length` moves from the middle of a square grid costs c(τ), the sum of the costs of the cells to which
    it comes, and the expert takes it with probability exp(−c(τ))/Z. The generator is a policy, of density q(τ); the
    discriminator knows q, and has nothing to learn but a cost of each cell and the number log Z:

        D = p̃/(p̃ + q),  p̃ = exp(−c)/Z        ℓ_cost = −E_expert log D − E_q log(1 − D)
                                              ℓ_policy = E_q log(1 − D) − E_q log D = E_q (c + log Z + log q)

    So the policy descends KL(q ‖ exp(−c)/Z), and the gradient of ℓ_cost is the one of maximum-entropy inverse
    reinforcement learning with importance sampling from μ, half experts and half q, of the density μ̃ = (p̃ + q)/2:

        ∇ℓ_cost = E_expert ∇c − E_μ (p̃/μ̃) ∇c,    ∂ℓ_cost/∂log Z = 1 − E_μ p̃/μ̃

    Where q is exp(−c)/Z it is half of ∇(−E_expert log(exp(−c)/Z)), so the game rests where the likelihood is largest.
    All expectations are exact sums over the 4^length paths.

    What can be found is c(τ) up to a constant, which log Z takes: a number added to all cells changes nothing.

    Args:
      size: of the grid, size × size cells, 2 or more; a move against its border leads nowhere.
      length: moves of a path, from 1 to 9.
      cost: the true cost of each cell, `[size, size]`; `None` draws it from a standard normal.
      experts: how probable the expert's paths are, `[4^length]`, in the order of `game.losses.paths`, such as the
        shares of demonstrations; `None` is exp(−c)/Z of the true cost.
      known_density: whether D knows q; else its logit is −c − log Z, and the policy descends E_q (c + log Z): a GAN
        without entropy, at whose equilibrium D says nothing of any cost.
      seed: chooses the cost that is drawn, 0 or more.

    Returns:
      The game, without randomness; players "cost" (`cells` `[size²]` and `log_partition`) and "policy" (logits
      `[length, size², 4]`). It is known where it rests if the expert is exp(−c)/Z and D knows q.

    Raises:
      ValueError: a number outside its range, or shapes that do not fit together.

    Source: Finn, Christiano, Abbeel, Levine, "A Connection Between Generative Adversarial Networks, Inverse
      Reinforcement Learning, and Energy-Based Models", 2016, https://arxiv.org/abs/1611.03852; Ziebart et al., "Maximum
      Entropy Inverse Reinforcement Learning", 2008. Slides 72 and 74 of the tutorial.

    Example:
      >>> game = guided_cost_learning(length=3)
      >>> logits, log_partition = game.losses.paths.soft_optimal(jnp.zeros(9))
      >>> print(jnp.exp(log_partition).round(3))  # every path costs nothing
      64.0
    """
    check_whole(size, "size", 2)
    check_sizes(length=length)
    check_whole(seed, "seed", 0)
    if 4**length > MOST_TRAJECTORIES:
        raise ValueError(f"length is {length}; it has to be from 1 to 9, since all 4^length paths are counted.")
    paths = _paths(size, length)
    terrain = jax.random.normal(jax.random.key(seed), (size, size)) if cost is None else jnp.asarray(cost, float)
    if terrain.shape != (size, size):
        raise ValueError(f"cost has the shape {terrain.shape}; it has to be {(size, size)}, one number for each cell.")
    logits, log_partition = paths.soft_optimal(terrain.ravel())
    equilibrium = None
    if experts is None:
        shares = jnp.exp(-paths.visits @ terrain.ravel() - log_partition)
        if known_density:
            equilibrium = {"cost": {"cells": terrain.ravel(), "log_partition": log_partition}, "policy": logits}
    else:
        shares = jnp.asarray(experts, float)
        if shares.shape != (4**length,):
            raise ValueError(f"experts has the shape {shares.shape}; it has to be {(4**length,)}, one for each path.")
    return Game(Partial(_start, logits), Partial(nothing), GuidedCostLosses(paths, shares, known_density), equilibrium)


def _start(like: Array, key: Key) -> Players:
    """Returns no cost at all, and a policy that is nearly even."""
    cells = jnp.zeros(like.shape[1], like.dtype)
    return {
        "cost": {"cells": cells, "log_partition": jnp.zeros((), like.dtype)},
        "policy": 0.1 * jax.random.normal(key, like.shape, like.dtype),
    }


def _paths(size: int, length: int) -> GridPaths:
    places = np.stack(np.unravel_index(np.arange(size**2), (size, size)), axis=1)
    reached = np.clip(places[:, None] + np.array(MOVES), 0, size - 1)
    after = np.ravel_multi_index(tuple(np.moveaxis(reached, -1, 0)), (size, size))
    moves = np.stack(np.unravel_index(np.arange(4**length), (4,) * length), axis=1)
    cells = [np.full(4**length, (size**2 - 1) // 2 if size % 2 else size**2 // 2 + size // 2)]
    for t in range(length):
        cells.append(after[cells[-1], moves[:, t]])
    visits = sum(np.eye(size**2)[each] for each in cells[1:])
    where, moved, leads = (jnp.asarray(each, jnp.int32) for each in (np.stack(cells[:-1], axis=1), moves, after))
    return GridPaths(where, moved, jnp.asarray(visits, float), leads)
