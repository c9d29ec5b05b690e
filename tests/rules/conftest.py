import jax
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import gangame as gg

KEY = jax.random.key(0)


@pytest.fixture
def trajectory():
    """Returns a function that plays and returns all points as an array, `[num_steps, n]` in the order of the names."""

    def play(game, rule, num_steps, players=None):
        def observe(players, key):
            return ravel_pytree(players)[0]

        return np.asarray(jax.jit(lambda: gg.play(game, rule, KEY, num_steps, observe, players=players).records)())

    return play


@pytest.fixture
def one_step_matrix():
    """Returns a function from a rule and a linear game to the matrix of one step, by playing from each unit vector."""

    def matrix(game, rule):
        start = gg.start(game, rule, KEY)
        flat, unravel = ravel_pytree(start.players)

        @jax.jit
        def step(w):
            players = unravel(w)
            return ravel_pytree(rule.update(game, players, rule.init(players), KEY)[0])[0]

        return np.stack([np.asarray(step(unit)) for unit in np.eye(flat.size)], axis=1)

    return matrix


@pytest.fixture
def random_matrix():
    """Returns a function from a seed to the Jacobian of a random quadratic game, with symmetric diagonal blocks."""

    def draw(seed, players, size):
        A = np.random.default_rng(seed).standard_normal((players * size, players * size))
        for i in range(0, players * size, size):
            block = A[i : i + size, i : i + size]
            A[i : i + size, i : i + size] = (block + block.T) / 2
        return A

    return draw
