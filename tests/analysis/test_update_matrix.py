import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import analysis, games, rules

XY = games.bilinear()
H = 0.3
# Section 3.1 of the theory: w = (x, y), V = xy, x moves first.
PROXIMAL = np.array([[1, -H], [H, 1]]) / (1 + H**2)
ONE_STEP = {
    "simultaneous": (lambda: rules.simultaneous(H), [[1, -H], [H, 1]]),
    "alternating": (lambda: rules.alternating(H), [[1, -H], [H, 1 - H**2]]),
    "two time scales": (lambda: rules.simultaneous({"x": H, "y": 2 * H}), [[1, -H], [2 * H, 1]]),
    "unrolled": (lambda: rules.unrolled(H, leader="x", depth=3), [[1 - 6 * H**2, -H], [H, 1]]),
    "unrolled, stopped": (
        lambda: rules.unrolled(H, leader="x", depth=3, through=False),
        [[1 - 3 * H**2, -H], [H, 1]],
    ),
    "extragradient": (lambda: rules.extragradient(H), [[1 - H**2, -H], [H, 1 - H**2]]),
    "opponent lookahead": (lambda: rules.opponent_lookahead(H, rate=H), [[1 - H**2, -H], [H, 1 - H**2]]),
    "competitive": (lambda: rules.competitive(H), PROXIMAL),
    "proximal": (lambda: rules.proximal(H), PROXIMAL),
    "consensus": (lambda: rules.consensus(H, strength=2.0), [[1 - 2 * H, -H], [H, 1 - 2 * H]]),
    "symplectic": (lambda: rules.symplectic(H), [[1 - H, -H], [H, 1 - H]]),
    "lola": (lambda: rules.lola(H, rate=H), [[1 - 2 * H**2, -H], [H, 1 - 2 * H**2]]),
    "prediction": (lambda: rules.prediction(H), [[1, -H], [H, 1 - 2 * H**2]]),
}


@pytest.mark.parametrize("name", ONE_STEP)
def test_the_matrix_of_one_step_on_xy_is_the_closed_form(name):
    make, expected = ONE_STEP[name]
    matrix = np.asarray(analysis.update_matrix(make(), XY, XY.equilibrium))
    # Krylov solvers stop at a tolerance, which they undercut in two dimensions; all the rest is exact up to rounding.
    np.testing.assert_allclose(matrix[:2, :2], expected, atol=1e-9 if name in ("competitive", "proximal") else 1e-14)


def test_state_counts_and_steps_compose():
    momentum = 0.5
    rule = rules.simultaneous(optax.sgd(H, momentum=momentum))
    matrix = np.asarray(analysis.update_matrix(rule, XY, XY.equilibrium))
    # m⁺ = βm + v, w⁺ = w − ηm⁺ with v = (y, −x), in the order w, m.
    J = np.array([[0.0, 1.0], [-1.0, 0.0]])
    eye = np.eye(2)
    expected = np.block([[eye - H * J, -H * momentum * eye], [J, momentum * eye]])
    np.testing.assert_allclose(matrix, expected, atol=1e-14)
    thrice = analysis.update_matrix(rule, XY, XY.equilibrium, num_steps=3)
    np.testing.assert_allclose(thrice, np.linalg.matrix_power(expected, 3), atol=1e-14)
    radius = np.abs(np.linalg.eigvals(expected)).max()
    assert analysis.spectral_radius(matrix) == pytest.approx(radius, rel=1e-12)
    once, every_third = (analysis.local_rate(rule, XY, XY.equilibrium, num_steps=count) for count in (1, 3))
    assert once.radius == pytest.approx(radius, rel=1e-12)
    assert every_third.radius == pytest.approx(radius, rel=1e-12)
    assert once.displacement == 0
    assert once.settled


def test_the_rate_is_that_of_a_run():
    game = games.quadratic("zero_sum", size=3, seed=2)
    rule = rules.alternating(0.4)
    rate = analysis.local_rate(rule, game, game.equilibrium)
    start = game.init(jax.random.key(0))
    run = jax.jit(
        lambda: (
            gg.play(
                game,
                rule,
                jax.random.key(0),
                2000,
                lambda w, key: analysis.distance_to_equilibrium(game, w),
                1000,
                players=start,
            ).records
        )
    )()
    # The pair that dominates is complex, so the distance beats while it shrinks: by a factor of order 1 in 1000 steps.
    assert float(run[1] / run[0]) ** (1 / 1000) == pytest.approx(rate.radius, abs=2e-3)
    assert rate.radius < 1


@pytest.mark.parametrize("optimizer", [0.3, optax.sgd(0.3, momentum=0.4)])
def test_without_the_matrix_the_radius_is_the_same(optimizer):
    game = games.quadratic("random", players=3, size=40, seed=5)
    point = jax.tree.map(jnp.zeros_like, game.init(jax.random.key(0)))
    rule = rules.simultaneous(optimizer)
    dense = analysis.local_rate(rule, game, point)
    free = analysis.local_rate(rule, game, point, dense_below=0)
    assert free.settled
    assert free.radius == pytest.approx(dense.radius, rel=1e-9)
    assert free.residual < 1e-9


def test_another_game_of_the_kind_compiles_nothing(counted):
    rule = rules.extragradient(0.1)
    first, traces = counted(games.quadratic("zero_sum", size=3))
    second = jax.tree.map(lambda leaf: 2 * leaf, first)
    matrices, counts = [], []
    for game in (first, second):
        matrices.append(analysis.update_matrix(rule, game, game.equilibrium))
        rate = analysis.local_rate(rule, game, game.equilibrium)
        assert rate.radius == pytest.approx(float(analysis.spectral_radius(matrices[-1])), rel=1e-12)
        counts.append(len(traces))
    assert counts[0] == counts[1] > 0
    assert np.abs(matrices[0] - matrices[1]).max() > 0.01


def test_what_is_no_rate_shows():
    away = {"x": jnp.array(1.0), "y": jnp.array(0.0)}
    assert analysis.local_rate(rules.simultaneous(0.5), XY, away).displacement == pytest.approx(0.5)
    # The root of Adam's second moment has no derivative at zero.
    with jax.numpy_dtype_promotion("standard"):
        adam = analysis.local_rate(rules.simultaneous(optax.adam(0.1)), XY, XY.equilibrium)
    assert np.isnan(adam.radius)


def test_numbers_out_of_range():
    for wrong in ({"num_steps": 0}, {"settle": -1}):
        with pytest.raises(ValueError, match="1 or more and 0 or more"):
            analysis.update_matrix(rules.simultaneous(0.1), XY, XY.equilibrium, **wrong)
