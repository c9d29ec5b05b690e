import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import calculus, games, rules

KEY = jax.random.key(0)


def test_it_is_descent_of_the_losses_plus_half_the_squared_field():
    # Mescheder's Dirac-GAN: a field that is not linear, so second derivatives of the losses matter in Jᵀv.
    game, point, strength = games.dirac(), {"generator": jnp.array(0.7), "discriminator": jnp.array(-1.3)}, 0.8

    def penalised(players):
        v = calculus.field(game)(players, None)
        return strength / 2 * optax.tree.norm(v, squared=True)

    expected = optax.tree.add(calculus.field(game)(point, None), jax.grad(penalised)(point))
    direction = rules.directions.consensus(strength=strength)(game)(point, None)
    np.testing.assert_allclose([*direction.values()], [*expected.values()], rtol=1e-14)


def test_the_dirac_gan_has_the_equations_of_the_paper():
    # v = (ψ f', −θ f') with f' = f'(θψ) for the saddle value f(θψ) + f(0); f'' comes into ½‖v‖² with a factor of 1.
    game = gg.zero_sum(lambda players, batch: jax.nn.log_sigmoid(players["x"] * players["y"]))
    theta, psi, strength = 0.7, -1.3, 0.8
    t = theta * psi
    first, second = 1 / (1 + np.exp(t)), -np.exp(t) / (1 + np.exp(t)) ** 2
    radius = theta**2 + psi**2
    expected = {
        "x": psi * first + strength * (theta * first**2 + radius * first * second * psi),
        "y": -theta * first + strength * (psi * first**2 + radius * first * second * theta),
    }
    direction = rules.directions.consensus(strength=strength)(game)({"x": jnp.array(theta), "y": jnp.array(psi)}, None)
    for name in "xy":
        np.testing.assert_allclose(direction[name], expected[name], rtol=1e-13)


def test_a_corrected_field_goes_with_any_schedule_and_any_optimisers():
    momentum = optax.trace(0.5)
    optimizer = {"p1": optax.chain(momentum, optax.scale(-0.1)), "p2": 0.2}
    game = games.quadratic("random", seed=3)
    point = {"p1": jnp.array([1.0]), "p2": jnp.array([-0.5])}
    rule = rules.alternating(optimizer, direction=rules.directions.consensus(strength=0.7))
    moved = jax.jit(lambda: gg.play(game, rule, KEY, 3, players=point).players)()
    J = np.asarray(calculus.jacobian(game, point, None))
    corrected = J + 0.7 * J.T @ J
    w, trace = np.array([1.0, -0.5]), 0.0
    for _ in range(3):
        trace = 0.5 * trace + corrected[0] @ w
        w[0] -= 0.1 * trace
        w[1] -= 0.2 * corrected[1] @ w
    np.testing.assert_allclose([moved["p1"][0], moved["p2"][0]], w, rtol=1e-13)


@pytest.mark.parametrize("promotion", ["standard"])
def test_adam_for_one_player_and_plain_steps_for_the_other_is_one_line(promotion):
    rule = rules.alternating({"x": optax.adam(1e-2), "y": 0.1}, direction=rules.directions.consensus(strength=1.0))
    run = jax.jit(lambda: gg.play(games.bilinear(start=(1.0, 0.5)), rule, KEY, 400))()
    assert np.hypot(run.players["x"], run.players["y"]) < 0.05


@pytest.mark.parametrize(
    ("strength", "sentence"),
    [
        (-1.0, "The strength is -1.0; it has to be finite and 0 or more"),
        ("1", "The strength is '1'; it has to be one real number"),
    ],
)
@pytest.mark.parametrize("factory", [rules.consensus, rules.one_sided, rules.symplectic])
def test_a_strength_is_a_number_of_at_least_zero(factory, strength, sentence):
    with pytest.raises(ValueError, match=sentence):
        factory(0.1, strength=strength)
