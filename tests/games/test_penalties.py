"""Penalties on the discriminator's slope."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import games
from gangame.games.costs.penalties import PENALTIES, charge, strengths
from gangame.lab import spec

KEY = jax.random.key(0)
RNG = np.random.default_rng(0)
REAL, FAKE = (jnp.asarray(each) for each in RNG.standard_normal((2, 6, 3)))


def drawn(name, real=REAL):
    return PENALTIES[name].draw(KEY, real) if PENALTIES[name].draw else None


@pytest.mark.parametrize("name", ["gradient", "dragan"])
@pytest.mark.parametrize("shape", [(1, 3), (4, 3), (64, 3), (16, 2, 2, 1)])
def test_a_critic_of_slope_one_pays_nothing_at_any_batch_size_and_shape(name, shape):
    """A norm over the whole batch would cost (√n − 1)², one for each pixel something else."""
    direction = RNG.standard_normal(shape[1:])
    direction = jnp.asarray(direction / np.linalg.norm(direction))
    real, fake = (jnp.asarray(each) for each in RNG.standard_normal((2, *shape)))

    def critic(points):
        return jnp.sum((points * direction).reshape(len(points), -1), axis=1)

    assert charge(name, critic, real, fake, drawn(name, real)) == pytest.approx(0, abs=1e-30)
    steeper = charge(name, lambda points: 3 * critic(points), real, fake, drawn(name, real))
    assert steeper == pytest.approx(2, rel=1e-14)  # ½ (3 − 1)²
    assert charge(name, critic, real, fake, drawn(name, real), 0.25) == pytest.approx(0.75**2 / 2, rel=1e-14)


def test_a_penalty_is_the_mean_over_its_own_points():
    M = RNG.standard_normal((3, 3))
    M = M + M.T

    def critic(points):
        return jnp.sum(points @ M * points, axis=1) / 2

    share = np.asarray(drawn("gradient"))
    assert share.shape == (6, 1)
    assert np.all((share >= 0) & (share < 1))
    points = {
        "r1": REAL,
        "r2": FAKE,
        "gradient": share * np.asarray(REAL) + (1 - share) * np.asarray(FAKE),
        "dragan": np.asarray(REAL) + np.asarray(drawn("dragan")),
    }
    for name, where in points.items():
        norms = np.linalg.norm(np.asarray(where) @ M, axis=1)
        target = 0 if name in ("r1", "r2") else 1
        paid = charge(name, critic, REAL, FAKE, drawn(name))
        assert paid == pytest.approx(np.mean((norms - target) ** 2) / 2, rel=1e-13), name


def test_logits_of_patches_are_summed():
    def of_patches(points):
        return points[:, :, None] ** 2

    def summed(points):
        return jnp.sum(points**2, axis=1)

    for name in PENALTIES:
        paid, expected = (charge(name, critic, REAL, FAKE, drawn(name), 0.5) for critic in (of_patches, summed))
        assert paid == pytest.approx(float(expected), rel=1e-14), name


def test_noise_of_dragan_has_half_the_standard_deviation_of_the_data():
    noise = drawn("dragan", 5 * jax.random.normal(KEY, (4000, 2)))
    # The standard deviation of n normals is off by 1/√(2n) of itself: four of these, and of that of the data.
    assert np.std(noise) == pytest.approx(2.5, rel=4 * np.sqrt(2 / 16_000))


@pytest.mark.parametrize("name", PENALTIES)
def test_a_flat_critic_has_finite_derivatives(name):
    def paid(weight):
        return charge(name, lambda points: weight * jnp.sum(points, axis=1), REAL, FAKE, drawn(name))

    value, slope = jax.value_and_grad(paid)(0.0)
    assert (value, slope) == (0 if PENALTIES[name].centred else 0.5, 0)


@pytest.mark.parametrize("cost", ["minimax", "hinge", "relativistic"])
def test_penalties_compose_with_each_other_and_with_any_cost(tiny_gan, cost):
    penalties = {"r1": 2.0, "gradient": 3.0, "dragan": 0.5}
    several, plain = tiny_gan(cost=cost, penalty=tuple(penalties), penalty_strength=penalties), tiny_gan(cost=cost)
    players, batch = tiny_gan.start(several)
    for name, unchanged in tiny_gan.start(plain)[1].items():  # what a penalty draws changes nothing else
        np.testing.assert_array_equal(batch[name], unchanged)
    assert set(batch) == {"real", "latents", "gradient", "dragan"}
    paid, without = several.losses(players, batch), plain.losses(players, batch)
    assert paid["generator"] == without["generator"]
    fake = plain.losses.generate(players, batch["latents"])

    def critic(points):
        return plain.losses.logits(players, points)

    extra = [g * charge(name, critic, batch["real"], fake, batch.get(name)) for name, g in penalties.items()]
    assert paid["discriminator"] - without["discriminator"] == pytest.approx(float(sum(extra)), rel=1e-12)


def test_a_penalty_is_typed_on_the_command_line():
    typed = spec.parse(
        "mixture:cost=hinge,penalty=[r1,gradient],penalty_strength={r1:0.5,gradient:2}", games.GAMES, "game"
    )
    game = spec.build(typed, games.GAMES)
    assert {name: float(each) for name, each in game.losses.penalty_strengths.items()} == {"r1": 0.5, "gradient": 2}
    options = set(games.gan.__kwdefaults__) - {"quick_latents"}
    assert options < set(games.mixture.__kwdefaults__)
    assert options < set(games.digits.__kwdefaults__)
    assert spec.parse(str(typed), games.GAMES, "game") == typed


@pytest.mark.parametrize(
    ("penalty", "strength", "sentence"),
    [
        (("r1", "r3"), 0.1, "it has to be none, or one or several of r1, r2, gradient, dragan, each given once"),
        (("r1", "r1"), 0.1, "it has to be none, or one or several of r1"),
        (("r1", "none"), 0.1, "it has to be none, or one or several of r1"),
        ("r1", {"r2": 0.1}, "penalty_strength names r2, and the penalties are r1"),
        ("r1", {"r1": -0.1}, "penalty_strength is -0.1; it has to be 0 or more"),
        ("none", -0.1, "penalty_strength is -0.1; it has to be 0 or more"),
    ],
)
def test_bad_penalties_are_refused(penalty, strength, sentence):
    with pytest.raises(ValueError, match=sentence):
        strengths(penalty, strength)
