"""The GAN of N(0, 1) and N(θ, 1) with a linear logit, which is that of the best discriminator: trained, not given."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import rules
from gangame.games.costs import LOGISTIC

NODES, WEIGHTS = (jnp.asarray(each) for each in np.polynomial.hermite_e.hermegauss(40))
WEIGHTS = WEIGHTS / WEIGHTS.sum()
KEY = jax.random.key(0)


def game(cost, theta):
    def losses(players, batch):
        del batch
        slope, offset = players["discriminator"]
        real, fake = (slope * (mean + NODES) + offset for mean in (0.0, players["generator"]))
        each = jax.vmap(lambda a, b: LOGISTIC[cost](a[None], b[None]))(real, fake)
        return {name: jnp.sum(WEIGHTS * paid) for name, paid in each.items()}

    start = {"discriminator": jnp.zeros(2), "generator": jnp.asarray(theta)}
    return gg.Game(lambda key: start, lambda key: None, losses)


def test_from_far_away_the_non_saturating_generator_arrives_while_minimax_has_not_moved():
    rule = rules.alternating({"discriminator": 0.2, "generator": 0.1}, steps={"discriminator": 10})
    ends = {
        cost: float(jax.jit(lambda key, cost=cost: gg.play(game(cost, 6.0), rule, key, 400).players["generator"])(KEY))
        for cost in ("minimax", "non_saturating")
    }
    assert abs(ends["non_saturating"]) < 0.1
    assert ends["minimax"] > 5


def test_with_more_steps_of_the_discriminator_the_generator_sees_the_best_one():
    """The mean gradient of minimax at the best discriminator is ½ θ E σ(a), a = −θ²/2 − θz."""
    theta = 1.5
    exact = theta / 2 * float(jnp.sum(WEIGHTS * jax.nn.sigmoid(-(theta**2) / 2 - theta * NODES)))
    own, rates = game("minimax", theta), {"discriminator": 0.5, "generator": 1e-3}

    @jax.jit
    def gradients(key):
        players, found = own.init(key), {}
        for steps in (1, 10, 1000):
            rule = rules.alternating(rates, order=("discriminator", "generator"), steps={"discriminator": steps})
            moved, _ = rule.update(own, players, rule.init(players), key)
            found[steps] = (theta - moved["generator"]) / rates["generator"]
        return found

    errors = {steps: abs(float(found) / exact - 1) for steps, found in gradients(KEY).items()}
    assert errors[1] > errors[10] > errors[1000]
    assert errors[1000] < 1e-3


def test_a_faster_discriminator_is_one_of_more_steps_to_first_order():
    """k steps of size h and one of size kh differ by O(h²): halving h divides that by four, and the step by two."""
    own, players = game("minimax", 1.0), {"discriminator": jnp.array([0.3, -0.2]), "generator": jnp.asarray(1.0)}

    @jax.jit
    def moved(rate):
        several = rules.alternating({"discriminator": rate, "generator": 0.0}, steps={"discriminator": 8})
        faster = rules.alternating({"discriminator": 8 * rate, "generator": 0.0})
        one, other = (rule.update(own, players, rule.init(players), KEY)[0] for rule in (several, faster))
        return jnp.linalg.norm(one["discriminator"] - other["discriminator"]), jnp.linalg.norm(
            one["discriminator"] - players["discriminator"]
        )

    (gap, step), (half_gap, half_step) = moved(1e-3), moved(5e-4)
    # The next order is the rate 8h times the curvature, about 0.5, smaller.
    assert gap / half_gap == pytest.approx(4, rel=0.02)
    assert step / half_step == pytest.approx(2, rel=0.02)
    assert gap < 0.01 * step
