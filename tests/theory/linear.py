"""Linear games and their own NumPy arithmetic, from which the references of all rules are written."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

import gangame as gg
from gangame import games

NUM_STEPS = 50
KEY = jax.random.key(0)


class Linear(NamedTuple):
    """The game with losses ℓ_i = ½ w_iᵀ A_ii w_i + w_iᵀ (Σ_{j≠i} A_ij w_j + b_i), so v = Aw + b and J = A.

    Attributes:
      A: `[n, n]`, with symmetric diagonal blocks.
      b: `[n]`.
      size: number of coordinates of each player; player i owns those from i · size on.
      start: `[n]`.
    """

    A: np.ndarray
    b: np.ndarray
    size: int
    start: np.ndarray

    @property
    def num_players(self):
        return len(self.b) // self.size

    @property
    def blocks(self):
        """The coordinates of each player, in the order of play."""
        return [slice(i * self.size, (i + 1) * self.size) for i in range(self.num_players)]

    @property
    def off_diagonal(self):
        """J_o: A with its diagonal blocks zeroed."""
        return np.where(np.kron(np.eye(self.num_players), np.ones((self.size, self.size))) > 0, 0, self.A)

    def field(self, w):
        """V(w), the own gradients."""
        return self.A @ w + self.b

    def others_gradient(self, i, j, w):
        """∇_j ℓ_i for j ≠ i, the gradient of player i's loss with respect to player j's coordinates."""
        return self.A[self.blocks[i], self.blocks[j]].T @ w[self.blocks[i]]

    def game(self):
        return games.quadratic(self.A, offset=self.b, players=self.num_players, size=self.size)

    def players(self):
        return {f"p{i + 1}": jnp.asarray(self.start[block]) for i, block in enumerate(self.blocks)}


def random_linear(seed, num_players, size):
    """A random game, symmetric where it has to be, with a curvature that keeps most rules in range for 50 steps."""
    rng = np.random.default_rng(seed)
    n = num_players * size
    A = rng.standard_normal((n, n)) / np.sqrt(n)
    for i in range(0, n, size):
        own = A[i : i + size, i : i + size]
        A[i : i + size, i : i + size] = (own + own.T) / 2 + np.eye(size)
    return Linear(A, np.linspace(-1, 1, n), size, np.linspace(0.5, 2, n))


def zero_sum_linear(seed, size):
    """A random zero-sum game of two players, up to terms that move nobody: A_12 = −A_21ᵀ."""
    game = random_linear(seed, 2, size)
    A = game.A.copy()
    A[size:, :size] = -A[:size, size:].T
    return game._replace(A=A)


XY = Linear(np.array([[0.0, 1.0], [-1.0, 0.0]]), np.zeros(2), 1, np.array([1.0, 0.5]))
LINEAR = {
    "xy": XY,
    "two players": random_linear(1, 2, 3),
    "two players, zero-sum": zero_sum_linear(2, 2),
    "three players": random_linear(3, 3, 2),
}


def deviation(linear, rule, reference):
    """The largest relative deviation of 50 steps of a rule from its reference, over all points.

    Args:
      linear: a `Linear`.
      rule: the rule.
      reference: an iterable over the points after each step.
    """

    def observe(players, key):
        return ravel_pytree(players)[0]

    play = jax.jit(lambda players: gg.play(linear.game(), rule, KEY, NUM_STEPS, observe, players=players).records)
    points = np.asarray(play(linear.players()))
    expected = np.stack([point for point, _ in zip(reference, range(NUM_STEPS), strict=False)])
    assert np.isfinite(expected).all()
    return np.abs(points - expected).max() / max(1, np.abs(expected).max())
