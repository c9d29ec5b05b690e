import jax.numpy as jnp
import nashpy
import numpy as np
import pytest
from scipy.optimize import linprog

from gangame import analysis
from gangame.games.matrix_game import PAYOFFS


def value(A):
    """The value of a zero-sum game, by linear programming: the most that a mixture of the rows guarantees."""
    n, m = A.shape
    guarantee = np.hstack([-A.T, np.ones((m, 1))])  # v − (pᵀA)_j ≤ 0
    sums = np.append(np.ones(n), 0)[None]
    found = linprog(np.append(np.zeros(n), -1), guarantee, np.zeros(m), sums, [1], [(0, None)] * n + [(None, None)])
    return found.x[-1]


def test_the_rounds_are_those_of_a_solver():
    # Payoffs without ties, since the solver breaks them at random.
    A, B = np.random.default_rng(0).standard_normal((2, 3, 4))
    counts = np.array([1.0, 0, 0]), np.array([1.0, 0, 0, 0])
    theirs = list(nashpy.Game(A, B).fictitious_play(iterations=200, play_counts=counts))[1:]
    ours = analysis.fictitious_play(jnp.asarray(A), jnp.asarray(B), num_steps=200)
    for side in range(2):
        played = np.array([each[side] for each in theirs])
        np.testing.assert_allclose(ours[side], played / played.sum(axis=1, keepdims=True), rtol=1e-14)


@pytest.mark.parametrize("A", [*PAYOFFS.values(), np.random.default_rng(1).standard_normal((3, 4))])
def test_in_zero_sum_games_it_converges_to_the_value(A):
    A = jnp.asarray(A)
    rows, columns = (np.asarray(side) for side in analysis.fictitious_play(A, num_steps=5000))
    guaranteed, conceded = (rows @ A).min(axis=1), (columns @ A.T).max(axis=1)
    true = value(np.asarray(A))
    # Each side guarantees no more than the value, from the first round on.
    assert np.all(guaranteed <= true + 1e-12)
    assert np.all(conceded >= true - 1e-12)
    gaps = np.asarray(conceded - guaranteed)
    assert float(analysis.best_response_gap(A, -A, rows[-1], columns[-1])) == pytest.approx(gaps[-1], abs=1e-13)
    # In practice the gap falls about like 1/√t: over 50 times as many rounds by a factor of 7.
    assert gaps[-1] < gaps[99] / 3.5
    assert gaps[-1] < 0.1


def test_the_best_response_gap_is_zero_at_an_equilibrium_alone():
    A = jnp.asarray(PAYOFFS["biased_rock_paper_scissors"])
    at = jnp.array([0.25, 0.5, 0.25])
    assert float(analysis.best_response_gap(A, -A, at, at)) == pytest.approx(0, abs=1e-15)
    always = jnp.array([1.0, 0.0, 0.0])
    assert float(analysis.best_response_gap(A, -A, always, at)) == pytest.approx(1.0)  # paper beats rock
    assert int(analysis.best_response(A, always)) == 1


def test_no_rounds_are_refused():
    with pytest.raises(ValueError, match="num_steps is 0; it has to be 1 or more"):
        analysis.fictitious_play(jnp.eye(2), num_steps=0)
