import jax
import numpy as np
import pytest
import scipy.integrate
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


@pytest.fixture
def order_of_accuracy():
    """Returns a function from a maker of rules to the order in which their steps follow a flow over a unit of time.

    The field is (cos a + b, sin b − a²), since a linear one would hide conditions of the order; `slow` is the rate of
    the second player relative to the first one's.
    """

    def field_of(a, b):
        return np.array([np.cos(a) + b, np.sin(b) - a**2])

    game = gg.Game(
        init=lambda key: {"a": jax.numpy.array(1.0), "b": jax.numpy.array(0.5)},
        sample=lambda key: None,
        losses=lambda players, batch: {
            "a": jax.numpy.sin(players["a"]) + players["a"] * players["b"],
            "b": -jax.numpy.cos(players["b"]) - players["b"] * players["a"] ** 2,
        },
    )

    def fit(make, slow=1.0):
        speed = np.array([1.0, slow])
        solution = scipy.integrate.solve_ivp(
            lambda t, w: -speed * field_of(*w), (0, 1), [1.0, 0.5], method="DOP853", rtol=1e-13, atol=1e-14
        )

        @jax.jit
        def step(players, rate):
            rule = make({"a": rate, "b": slow * rate})
            return rule.update(game, players, rule.init(players), KEY)[0]

        errors = []
        for num_steps in (16, 32, 64):
            players = game.init(KEY)
            for _ in range(num_steps):
                players = step(players, 1 / num_steps)
            errors.append(np.hypot(*(np.array([players["a"], players["b"]]) - solution.y[:, -1])))
        return np.polyfit(np.log([1 / 16, 1 / 32, 1 / 64]), np.log(errors), 1)[0]

    return fit
