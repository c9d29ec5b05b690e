import dataclasses
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data, games, metrics
from gangame.games.mixture import SETTINGS

KEY = jax.random.key(0)
SMALL = {"hidden": (4,), "discriminator_hidden": (4,), "latent_dim": 2, "batch_size": 8}


def test_a_ring_of_eight_has_eight_distinct_modes_at_equal_angles():
    centers = np.asarray(games.mixture(**SMALL).sample.data.centers)
    assert centers.shape == (8, 2)
    np.testing.assert_allclose(np.hypot(*centers.T), 2, rtol=1e-15)
    distance = np.linalg.norm(centers[:, None] - centers, axis=-1) + 10 * np.eye(8)
    # Each one's nearest neighbour is a side of the octagon away.
    np.testing.assert_allclose(distance.min(axis=1), 4 * np.sin(np.pi / 8), rtol=1e-14)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_is_the_game_that_it_names(setting):
    expected = SETTINGS[setting]
    game = games.mixture(setting)
    mixture = game.sample.data
    assert len(np.unique(np.round(mixture.centers, 6), axis=0)) == expected.modes
    assert mixture.std == expected.std
    if expected.layout == "ring":
        np.testing.assert_allclose(jnp.linalg.norm(mixture.centers, axis=1), expected.radius, rtol=1e-14)
    else:
        assert (mixture.centers.min(), mixture.centers.max()) == (-expected.radius, expected.radius)
    assert (game.sample.batch_size, game.sample.latent_dim) == (expected.batch_size, expected.latent_dim)
    assert game.losses.cost == expected.cost
    players = jax.eval_shape(game.init, KEY)
    widths = {
        name: sorted(leaf.shape for leaf in jax.tree.leaves(own) if leaf.ndim == 2) for name, own in players.items()
    }
    generator, discriminator = (expected.latent_dim, *expected.hidden, 2), (2, *expected.discriminator_hidden, 1)
    assert widths["generator"] == sorted(itertools.pairwise(generator))
    pieces = [*[expected.maxout] * len(expected.discriminator_hidden), 1]
    assert widths["discriminator"] == sorted(
        (inputs, outputs * m) for (inputs, outputs), m in zip(itertools.pairwise(discriminator), pieces, strict=True)
    )


def test_every_field_of_a_setting_is_an_argument_that_overrides_it():
    changed = {"layout": "grid", "modes": 9, "radius": 3.0, "std": 0.1, "batch_size": 4, "cost": "non_saturating"}
    game = games.mixture("veegan_ring", **{**SMALL, **changed})
    assert game.sample.data.centers.shape == (9, 2)
    assert game.sample.data.std == 0.1
    assert game.sample.batch_size == 4
    assert game.losses.cost == "non_saturating"
    assert {field.name for field in dataclasses.fields(SETTINGS["small"])} < set(games.mixture.__kwdefaults__)


def test_the_sampler_has_the_weights_and_the_moments_of_the_mixture():
    weights, num_samples = [1.0, 2.0, 5.0], 40_000
    mixture = data.ring(3, radius=1.0, std=0.05, weights=weights)
    np.testing.assert_allclose(mixture.weights, np.array(weights) / 8, rtol=1e-15)
    samples = np.asarray(mixture(KEY, num_samples))
    nearest = np.linalg.norm(samples[:, None] - mixture.centers, axis=-1).argmin(axis=1)
    # Four standard errors of seven independent numbers: exceeded by chance in one of two thousand seeds.
    for mode, weight in enumerate(mixture.weights):
        own = samples[nearest == mode]
        assert abs(len(own) / num_samples - weight) < 4 * np.sqrt(weight * (1 - weight) / num_samples)
        assert np.all(np.abs(own.mean(axis=0) - mixture.centers[mode]) < 4 * 0.05 / np.sqrt(len(own)))
        # The standard deviation of n normals has the standard error σ/√(2n), here with 2n numbers.
        assert abs((own - mixture.centers[mode]).std() - 0.05) < 4 * 0.05 / np.sqrt(4 * len(own))


@pytest.mark.parametrize(
    "mixture", [data.ring(5, 1.5, 0.2, [1, 2, 3, 4, 5]), data.grid(9, 1.0, 0.2), data.scattered(4, 1.5, 0.3, seed=2)]
)
def test_the_density_integrates_to_one_and_has_the_mean_of_the_mixture(mixture):
    axis = np.linspace(-4, 4, 401)
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    density = np.exp(mixture.log_density(jnp.asarray(points)))
    # The trapezoidal rule is exact to rounding for Gaussians wide against the step: 0.2 against 0.02, seven σ inside.
    assert density.sum() * 0.02**2 == pytest.approx(1, abs=1e-10)
    mean = (density[..., None] * points).sum(axis=(0, 1)) * 0.02**2
    np.testing.assert_allclose(mean, mixture.weights @ mixture.centers, atol=1e-10)


def test_a_perfect_sampler_covers_all_modes_at_the_ceiling_of_quality():
    mixture, num_samples = games.mixture(**SMALL).sample.data, 50_000
    score = metrics.mode_coverage(mixture(KEY, num_samples), mixture.centers, mixture.std)
    ceiling = 1 - np.exp(-4.5)
    assert pytest.approx(ceiling, abs=1e-5) == metrics.HIGH_QUALITY_CEILING
    assert score["modes"] == 8
    assert abs(score["high_quality"] - ceiling) < 4 * np.sqrt(ceiling * (1 - ceiling) / num_samples)
    assert int(score["mode_counts"].sum()) == round(float(score["high_quality"]) * num_samples)
    # 2n·KL is χ² with 7 degrees of freedom, which exceeds 30 with a probability of 1e-4.
    assert 0 < score["reverse_kl"] < 30 / (2 * num_samples)
    at_two = metrics.mode_coverage(mixture(KEY, num_samples), mixture.centers, mixture.std, within=2.0)
    ceiling = 1 - np.exp(-2)
    assert abs(at_two["high_quality"] - ceiling) < 4 * np.sqrt(ceiling * (1 - ceiling) / num_samples)


def test_a_collapsed_sampler_covers_one_mode_and_one_far_off_covers_none():
    mixture = data.ring()
    collapsed = metrics.mode_coverage(jnp.tile(mixture.centers[3], (100, 1)), mixture.centers, mixture.std)
    assert (collapsed["modes"], collapsed["high_quality"]) == (1, 1.0)
    assert collapsed["reverse_kl"] == pytest.approx(np.log(8), rel=1e-14)
    assert collapsed["mode_counts"].tolist() == [0, 0, 0, 100, 0, 0, 0, 0]
    nowhere = metrics.mode_coverage(jnp.zeros((10, 2)), mixture.centers, mixture.std)
    assert (nowhere["modes"], nowhere["high_quality"]) == (0, 0.0)
    few = metrics.mode_coverage(mixture.centers[:4], mixture.centers, mixture.std, at_least=2)
    assert few["modes"] == 0


def test_latents_are_shared_or_each_player_has_its_own():
    shared, apart = (games.mixture(**SMALL, shared_latents=choice) for choice in (True, False))
    assert set(shared.sample(KEY)) == {"real", "latents"}
    batch = apart.sample(KEY)
    assert np.all(batch["latents"] != batch["generator_latents"])
    players = apart.init(KEY)
    other = {**batch, "generator_latents": batch["generator_latents"] + 1}
    before, after = apart.losses(players, batch), apart.losses(players, other)
    assert before["discriminator"] == after["discriminator"]
    assert before["generator"] != after["generator"]


def test_generate_draws_from_the_generator_and_only_from_one():
    game = games.mixture(**SMALL)
    samples = games.generate(game, game.init(KEY), KEY, 5)
    assert samples.shape == (5, 2)
    with pytest.raises(ValueError, match=r"This game has no generator to sample from"):
        games.generate(games.bilinear(), {}, KEY, 5)


@pytest.mark.parametrize(
    ("name", "values"),
    [("std", [0.1, 0.5]), ("radius", [1.0, 3.0]), ("gain", [0.5, 1.5]), ("input_scale", [0.25, 1.0]),
     ("weights", [[1.0, 1.0, 8.0], [8.0, 1.0, 1.0]])],
)  # fmt: skip
@pytest.mark.parametrize("layout", ["ring", "random"])
def test_numbers_of_the_game_may_be_traced(layout, name, values):
    sizes = {"hidden": (4,), "discriminator_hidden": (4,), "latent_dim": 2, "batch_size": 32, "modes": 3}

    @jax.jit
    def losses(value):
        game = games.mixture(layout=layout, **sizes, **{name: value})
        return game.losses(game.init(KEY), game.sample(KEY))

    swept = jax.vmap(losses)(jnp.array(values))
    for i, value in enumerate(values):
        game = games.mixture(layout=layout, **sizes, **{name: value})
        for player, loss in game.losses(game.init(KEY), game.sample(KEY)).items():
            np.testing.assert_allclose(swept[player][i], loss, rtol=1e-12)
    assert swept["discriminator"][0] != swept["discriminator"][1]


@pytest.mark.parametrize("batch_size", [4, 49])
def test_r1_of_a_linear_discriminator_is_its_squared_slope_for_each_sample_and_not_for_the_batch(batch_size):
    arguments = {**SMALL, "discriminator_hidden": (), "input_scale": 0.5, "batch_size": batch_size}
    plain, penalised = games.mixture(**arguments), games.mixture(**arguments, penalty="r1", penalty_strength=3.0)
    players, batch = plain.init(KEY), plain.sample(KEY)
    (weights,) = (leaf for leaf in jax.tree.leaves(players["discriminator"]) if leaf.ndim == 2)
    without, paid = plain.losses(players, batch), penalised.losses(players, batch)
    assert paid["generator"] == without["generator"]
    expected = 3.0 / 2 * np.sum((0.5 * np.asarray(weights)) ** 2)
    np.testing.assert_allclose(paid["discriminator"] - without["discriminator"], expected, rtol=1e-12)


def test_the_strength_of_a_penalty_may_be_traced_and_zero_is_none():
    plain = games.mixture(**SMALL)
    players, batch = plain.init(KEY), plain.sample(KEY)

    @jax.jit
    def loss(strength):
        return games.mixture(**SMALL, penalty="r1", penalty_strength=strength).losses(players, batch)["discriminator"]

    none, one, two = (loss(strength) for strength in (0.0, 1.0, 2.0))
    np.testing.assert_allclose(none, plain.losses(players, batch)["discriminator"], rtol=1e-14)
    np.testing.assert_allclose(two - none, 2 * (one - none), rtol=1e-10)
    assert one > none


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"setting": "large"}, "setting is 'large'; it has to be one of small, metz"),
        ({"layout": "line"}, "layout is 'line'; it has to be one of ring, grid, random"),
        ({"modes": 0}, "modes is 0"),
        ({"layout": "grid", "modes": 8}, "modes is 8 .* a grid has 1, 4, 9, 16, 25"),
        ({"radius": -1.0}, "on a positive radius"),
        ({"std": 0.0}, "std is 0.0; it has to be positive"),
        ({"weights": [1.0, 2.0]}, "there have to be 8 of them"),
        ({"layout": "random", "seed": -1}, "seed -1"),
        ({"cost": "hinges"}, "cost is 'hinges'; it has to be one of minimax"),
        ({"batch_size": 0}, "batch_size is 0; each has to be 1 or more"),
        ({"activation": "gelu"}, "activation is 'gelu'; it has to be one of relu"),
        ({"init": "zeros"}, "init is 'zeros'; it has to be one of orthogonal"),
        ({"gain": 0.0}, "gain is 0.0; it has to be positive"),
        ({"hidden": (4, 0)}, "A layer of size 0 is too small"),
        ({"penalty": "r3"}, "penalty is 'r3'; it has to be none, or one or several of r1"),
        ({"penalty": "r1", "penalty_strength": -1.0}, "penalty_strength is -1.0; it has to be 0 or more"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.mixture(**arguments)
