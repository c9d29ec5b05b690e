import jax
import jax.numpy as jnp
import numpy as np
import pytest
from theory.linear import LINEAR

import gangame as gg
from gangame import analysis, games, rules

TWO, THREE = LINEAR["two players"], LINEAR["three players"]
ORDER = ("p2", "p1")


@pytest.mark.parametrize("order", [None, ORDER])
def test_without_momentum_it_is_simultaneous_or_alternating(order, trajectory):
    plain = rules.alternating(0.1, order=order) if order else rules.simultaneous(0.1)
    expected = trajectory(TWO.game(), plain, 20, TWO.players())
    for rule in (
        rules.heavy_ball(0.1, momentum=0.0, order=order),
        rules.complex_momentum(0.1, momentum=0, order=order),
    ):
        np.testing.assert_allclose(trajectory(TWO.game(), rule, 20, TWO.players()), expected, rtol=1e-14)


@pytest.mark.parametrize(("phase", "sign"), [(0.0, 1), (np.pi, -1)])
def test_on_the_real_axis_complex_momentum_is_heavy_ball(phase, sign, trajectory):
    points = [
        trajectory(THREE.game(), rule, 30, THREE.players())
        for rule in (
            rules.complex_momentum(0.1, momentum=0.6, phase=phase),
            rules.heavy_ball(0.1, momentum=sign * 0.6),
        )
    ]
    np.testing.assert_allclose(*points, rtol=1e-12)


def test_for_small_steps_in_turn_the_best_momentum_is_minus_one_half():
    game, rate = games.bilinear(), 0.02

    @jax.jit
    def matrix(momentum):
        rule = rules.heavy_ball(rate, momentum=momentum, order=("x", "y"))
        return analysis.update_matrix(rule, game, game.equilibrium)

    damping = {}
    for beta in (-0.75, -0.5, -0.25):
        damping[beta] = (1 - np.abs(np.linalg.eigvals(matrix(jnp.array(beta)))).max()) / rate**2
        assert damping[beta] == pytest.approx(-beta / (1 - beta) ** 3, rel=10 * rate**2)  # the next order in η
    assert max(damping, key=damping.get) == -0.5


def test_on_xy_the_phase_decides_whether_small_simultaneous_steps_converge():
    game, rate = games.bilinear(), 1e-4

    @jax.jit
    def matrix(momentum, phase):
        rule = rules.complex_momentum(rate, momentum=momentum, phase=phase)
        return analysis.update_matrix(rule, game, game.equilibrium)

    def damping(size, phase):
        return (1 - np.abs(np.linalg.eigvals(matrix(size, phase))).max()) / rate**2

    signs = set()
    for size in (0.3, 0.6, 0.9):
        for phase in np.linspace(0, np.pi, 9):
            beta = size * np.exp(1j * phase)
            # Second order in η of the root of (λ − 1) = iη Re[λ/(λ − β)] near 1.
            slope = -((1 / (1 - beta)).real * ((1 + beta) / (1 - beta) ** 2).real) / 2
            assert damping(size, phase) == pytest.approx(slope, rel=1e-3)
            signs.add((bool(slope > 0), phase in (0, np.pi)))
    assert signs == {(True, False), (False, False), (False, True)}  # no real momentum converges


def test_on_xy_the_default_phase_converges_up_to_a_rate_of_0_072():
    game = games.bilinear()

    @jax.jit
    def matrix(rate):
        return analysis.update_matrix(rules.complex_momentum(rate), game, game.equilibrium)

    rates = [*np.linspace(0.006, 0.072, 12), 0.073, 0.1]
    converges = [bool(np.abs(np.linalg.eigvals(matrix(rate))).max() < 1) for rate in rates]
    assert converges == [True] * 12 + [False] * 2


@pytest.mark.parametrize(
    ("rule", "arguments", "sentence"),
    [
        (rules.heavy_ball, {"momentum": 1.5}, "momentum is 1.5; it has to be from -1 to 1"),
        (rules.heavy_ball, {"momentum": "a"}, "momentum is 'a'; it has to be one real number"),
        (rules.complex_momentum, {"momentum": -0.5}, "momentum is -0.5; it has to be from 0 to 1"),
        (rules.complex_momentum, {"phase": 4.0}, "phase is 4.0; it has to be from -3.14159"),
    ],
)
def test_wrong_arguments_are_refused(rule, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        rule(0.1, **arguments)


def test_a_wrong_order_is_refused_when_rule_and_game_meet():
    with pytest.raises(ValueError, match="order leaves out y"):
        gg.start(games.bilinear(), rules.heavy_ball(0.1, order=("x",)), jax.random.key(0))
