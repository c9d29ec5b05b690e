import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import analysis, games, rules

KEY = jax.random.key(0)
ZERO = {"generator": jnp.zeros(()), "discriminator": jnp.zeros(())}
# Eigenvalues of a 2×2 matrix: rounding of some eps, and its root where two of them meet.
SIMPLE, DOUBLE = 1e-14, 1e-7


def eigenvalues(game):
    """Those of the flow ẇ = −v at zero."""
    return np.sort_complex(np.linalg.eigvals(-np.asarray(jax.jit(lambda w: analysis.jacobian(game, w, None))(ZERO))))


def roots(mean, product):
    """The roots of λ² − 2·mean·λ + product."""
    root = np.sqrt(complex(mean**2 - product))
    return np.sort_complex([mean - root, mean + root])


@pytest.mark.parametrize(("cost", "slope"), [("minimax", 0.5), ("non_saturating", 0.5), ("wasserstein", 1.0)])
def test_the_bare_game_rotates_at_the_slope_of_f(cost, slope):
    np.testing.assert_allclose(eigenvalues(games.dirac(cost)), [-1j * slope, 1j * slope], atol=SIMPLE)


@pytest.mark.parametrize("cost", ["minimax", "non_saturating"])
@pytest.mark.parametrize("penalty", ["r1", "r2"])
@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0, 2.5])
def test_a_zero_centred_penalty_damps_and_is_critical_at_strength_one(cost, penalty, strength):
    found = eigenvalues(games.dirac(cost, penalty=penalty, strength=strength))
    np.testing.assert_allclose(found, roots(-strength / 2, 1 / 4), atol=DOUBLE if strength == 1 else SIMPLE)


@pytest.mark.parametrize("noise", [0.0, 0.7, 1.0, 1.5])
def test_instance_noise_damps(noise):
    found = eigenvalues(games.dirac(noise=noise))
    np.testing.assert_allclose(found, roots(-(noise**2) / 4, 1 / 4), atol=1e-13)


def test_a_penalty_centred_at_zero_is_the_zero_centred_one_and_elsewhere_zero_is_no_equilibrium():
    centred, r1 = (games.dirac(penalty=penalty, target=0.0, strength=0.3) for penalty in ("gradient", "r1"))
    players = {"generator": jnp.array(0.4), "discriminator": jnp.array(-0.7)}
    for name in players:
        assert centred.losses(players, None)[name] == pytest.approx(float(r1.losses(players, None)[name]), rel=1e-14)
    game = games.dirac(penalty="gradient", strength=0.3, target=0.5)
    assert game.equilibrium is None
    charge = game.losses(players, None)["discriminator"] - games.dirac().losses(players, None)["discriminator"]
    assert charge == pytest.approx(0.15 * (0.7 - 0.5) ** 2, rel=1e-12)


def f(t):
    return -np.log1p(np.exp(-t))


def test_the_losses_are_those_of_the_paper():
    theta, psi = 0.8, -1.3
    players = {"generator": jnp.array(theta), "discriminator": jnp.array(psi)}
    value = f(psi * theta) + f(0.0)
    expected = {"minimax": value, "non_saturating": -f(-psi * theta), "wasserstein": psi * theta}
    for cost, generator in expected.items():
        losses = games.dirac(cost).losses(players, None)
        assert losses["generator"] == pytest.approx(generator, rel=1e-14)
        pays = -psi * theta if cost == "wasserstein" else -value
        assert losses["discriminator"] == pytest.approx(pays, rel=1e-14)


@pytest.mark.parametrize("noise", [0.5, 1.5])
def test_instance_noise_is_the_expectation_over_the_normal_distribution(noise):
    theta, psi = 0.8, -1.3
    players = {"generator": jnp.array(theta), "discriminator": jnp.array(psi)}
    grid = np.linspace(-10, 10, 20001)
    density = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi)
    # The trapezoidal rule converges faster than any power for a smooth integrand that vanishes at both ends.
    value = sum(np.trapezoid(density * f(psi * (center + noise * grid)), grid) for center in (theta, 0.0))
    # f has its nearest singularity at ±iπ, that is π/|ψσ| off the real axis, and n Gauss–Hermite nodes leave an error
    # of about exp(−2√n π/|ψσ|): 6e-12 for the larger noise.
    assert games.dirac(noise=noise).losses(players, None)["generator"] == pytest.approx(value, abs=1e-10)


@pytest.mark.parametrize("rate", [0.05, 0.5, 2.0])
def test_under_simultaneous_steps_the_energy_grows_by_one_plus_the_squared_rate_and_slope(rate):
    def observe(players, key):
        return players["generator"], players["discriminator"]

    game = games.dirac(start=(1.0, 1.0))
    theta, psi = (np.append(1.0, each) for each in gg.play(game, rules.simultaneous(rate), KEY, 30, observe).records)
    energy, slope = theta**2 + psi**2, 1 / (1 + np.exp(theta * psi))
    np.testing.assert_allclose(energy[1:], energy[:-1] * (1 + rate**2 * slope[:-1] ** 2), rtol=1e-13)


@pytest.mark.parametrize("strength", [0.3, 0.8])
@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_the_local_rates_of_discrete_steps_with_r1(strength, rate):
    game = games.dirac(penalty="r1", strength=strength)

    def radius(rule):
        def step(w):
            players = {"discriminator": w[0], "generator": w[1]}
            moved, _ = rule.update(game, players, rule.init(players), KEY)
            return jnp.stack([moved["discriminator"], moved["generator"]])

        return np.abs(np.linalg.eigvals(np.asarray(jax.jit(jax.jacfwd(step))(jnp.zeros(2))))).max()

    simultaneous, alternating = radius(rules.simultaneous(rate)), radius(rules.alternating(rate))
    assert simultaneous**2 == pytest.approx(1 - rate * strength + rate**2 / 4, rel=1e-13)
    assert alternating**2 == pytest.approx(1 - rate * strength, rel=1e-13)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"cost": "hinge"}, "cost is 'hinge'; it has to be one of minimax, non_saturating, wasserstein"),
        ({"penalty": "gp"}, "penalty is 'gp'; it has to be one of none, r1, r2, gradient"),
        ({"strength": -1.0}, "strength is -1.0; it has to be 0 or more"),
        ({"target": -1.0}, "target is -1.0"),
        ({"noise": float("nan")}, "noise is nan"),
        ({"start": (1.0, 2.0, 3.0)}, "it has to be a pair of numbers"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.dirac(**arguments)
