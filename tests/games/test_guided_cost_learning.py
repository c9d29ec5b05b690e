"""Guided cost learning: the discriminator's gradient is that of inverse reinforcement learning, path by path."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import analysis, games
from gangame.core import portable

RNG = np.random.default_rng(0)
SIZE, LENGTH = 3, 3
MOVES = [(-1, 0), (1, 0), (0, -1), (0, 1)]


def walks():
    """All paths, from the words of the docstring: visits `[paths, cells]`, and (cell, move) at each time."""
    counts, steps = [], []
    for moves in itertools.product(range(4), repeat=LENGTH):
        row, column, visited, taken = 1, 1, np.zeros(SIZE**2), []
        for move in moves:
            taken.append((SIZE * row + column, move))
            row = min(max(row + MOVES[move][0], 0), SIZE - 1)
            column = min(max(column + MOVES[move][1], 0), SIZE - 1)
            visited[SIZE * row + column] += 1
        counts.append(visited)
        steps.append(taken)
    return np.array(counts), steps


@pytest.fixture(scope="module")
def game():
    return portable(games.guided_cost_learning(SIZE, length=LENGTH, seed=3))


@pytest.fixture(scope="module")
def evaluate():
    """Losses, gradients by all players of each, and the discriminator's logits, by one program."""

    def everything(game, players):
        return game.losses(players, None), jax.jacrev(game.losses)(players, None), game.losses.logits(players)

    return jax.jit(everything)


def anybody():
    cells, logits = RNG.standard_normal(SIZE**2), RNG.standard_normal((LENGTH, SIZE**2, 4))
    return {"cost": {"cells": jnp.asarray(cells), "log_partition": jnp.array(1.3)}, "policy": jnp.asarray(logits)}


def density(logits, steps):
    """q of all paths."""
    chances = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    return np.array([np.prod([chances[t, cell, move] for t, (cell, move) in enumerate(path)]) for path in steps])


def boltzmann(visits, cells):
    """exp(−c)/Z of all paths, and log Z."""
    weights = np.exp(-visits @ cells)
    return weights / weights.sum(), np.log(weights.sum())


def test_the_gradient_of_the_discriminator_is_that_of_maximum_entropy_inverse_reinforcement_learning(game, evaluate):
    visits, steps = walks()
    players = anybody()
    losses, slopes, logits = evaluate(game, players)
    expert, _ = boltzmann(visits, np.asarray(game.equilibrium["cost"]["cells"]))
    own, q = np.exp(-visits @ np.asarray(players["cost"]["cells"]) - 1.3), density(players["policy"], steps)
    judged = own / (own + q)
    np.testing.assert_allclose(jax.nn.sigmoid(logits), judged, rtol=1e-12)
    assert losses["cost"] == pytest.approx(-expert @ np.log(judged) - q @ np.log(1 - judged), rel=1e-12)
    assert losses["policy"] == pytest.approx(q @ (np.log(1 - judged) - np.log(judged)), rel=1e-12)
    # Importance sampling from half experts, half policy, by the density that the discriminator believes this has.
    weights = (expert + q) / 2 * own / ((own + q) / 2)
    np.testing.assert_allclose(slopes["cost"]["cost"]["cells"], visits.T @ (expert - weights), atol=1e-13)
    assert slopes["cost"]["cost"]["log_partition"] == pytest.approx(1 - weights.sum(), rel=1e-12)


def test_before_the_best_policy_it_is_half_of_the_gradient_of_the_likelihood(game, evaluate):
    visits, steps = walks()
    cells = jnp.asarray(RNG.standard_normal(SIZE**2))
    policy, log_partition = game.losses.paths.soft_optimal(cells)
    own, told = boltzmann(visits, np.asarray(cells))
    np.testing.assert_allclose(density(policy, steps), own, rtol=1e-12)  # soft value iteration is the enumeration
    assert log_partition == pytest.approx(told, rel=1e-12)
    players = {"cost": {"cells": cells, "log_partition": log_partition}, "policy": policy}
    losses, slopes, _ = evaluate(game, players)
    expert, _ = boltzmann(visits, np.asarray(game.equilibrium["cost"]["cells"]))
    np.testing.assert_allclose(slopes["cost"]["cost"]["cells"], visits.T @ (expert - own) / 2, atol=1e-13)
    np.testing.assert_allclose(slopes["policy"]["policy"], 0, atol=1e-13)
    assert losses["policy"] == pytest.approx(0, abs=1e-12)  # KL(q ‖ exp(−c)/Z)


def test_at_rest_the_discriminator_does_not_feel_the_policy_so_nothing_rotates(game, evaluate):
    _, slopes, logits = evaluate(game, game.equilibrium)
    np.testing.assert_allclose(logits, 0, atol=1e-12)
    for name, own in slopes.items():
        assert max(np.abs(leaf).max() for leaf in jax.tree.leaves(own[name])) < 1e-13
    jacobian = np.asarray(jax.jit(lambda game: analysis.jacobian(game, game.equilibrium, None))(game))
    own = SIZE**2 + 1  # "cost" comes first
    np.testing.assert_allclose(jacobian[:own, own:], 0, atol=1e-13)
    visits, _ = walks()
    expert, _ = boltzmann(visits, np.asarray(game.equilibrium["cost"]["cells"]))
    felt = np.column_stack([visits, np.ones(len(visits))])
    np.testing.assert_allclose(jacobian[:own, :own], felt.T @ (expert[:, None] * felt) / 2, atol=1e-13)
    assert np.linalg.eigvals(jacobian[own:, own:]).real.min() > -1e-12


def test_a_constant_of_all_cells_is_nothing_that_paths_tell(game, evaluate):
    players = anybody()
    cost = players["cost"]
    shifted = {"cells": cost["cells"] + 0.7, "log_partition": cost["log_partition"] - LENGTH * 0.7}
    np.testing.assert_allclose(
        evaluate(game, players)[2], evaluate(game, {**players, "cost": shifted})[2], rtol=1e-12, atol=1e-12
    )


def test_who_does_not_know_the_density_has_the_cost_for_a_logit():
    game = games.guided_cost_learning(2, length=2, known_density=False)
    players = game.init(jax.random.key(0))
    assert game.equilibrium is None
    np.testing.assert_array_equal(game.losses.logits(players), jnp.zeros(16))
    assert game.losses(players, None)["cost"] == pytest.approx(2 * np.log(2))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"size": 1}, "size is 1; it has to be a whole number, 2 or more"),
        ({"length": 10}, "length is 10; it has to be from 1 to 9"),
        ({"cost": [1.0]}, r"cost has the shape \(1,\); it has to be \(3, 3\)"),
        ({"experts": [1.0]}, r"experts has the shape \(1,\); it has to be \(1024,\)"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.guided_cost_learning(**arguments)
