import jax
import numpy as np
import pytest
from theory.linear import LINEAR

from gangame import analysis, games, rules

THREE = LINEAR["three players"]


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
    ("arguments", "sentence"),
    [
        ({"momentum": -0.5}, "momentum is -0.5; it has to be from 0 to 1"),
        ({"phase": 4.0}, "phase is 4.0; it has to be from -3.14159"),
    ],
)
def test_wrong_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        rules.complex_momentum(0.1, **arguments)
