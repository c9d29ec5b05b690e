"""What any GAN may have besides its cost: instance noise, packs, matched features."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import games, rules
from gangame.games.packing import packed

KEY = jax.random.key(0)


def test_instance_noise_stands_in_the_batch_and_is_proportional_to_its_standard_deviation(tiny_gan):
    game = tiny_gan(noise=0.3, shared_latents=False)
    batch, plain = game.sample(KEY), tiny_gan(shared_latents=False).sample(KEY)
    assert set(batch) == set(plain) | {"noise", "generator_noise"}
    moved = {"real": batch["real"] - plain["real"], **{name: batch[name] for name in ("noise", "generator_noise")}}
    doubled = games.with_noise(game, 0.6).sample(KEY)
    np.testing.assert_allclose(doubled["real"] - plain["real"], 2 * moved["real"], rtol=1e-12)
    for name in ("noise", "generator_noise"):
        np.testing.assert_allclose(doubled[name], 2 * moved[name], rtol=1e-15)
    np.testing.assert_array_equal(games.with_noise(game, 0.0).sample(KEY)["real"], plain["real"])
    for name in ("latents", "generator_latents"):
        np.testing.assert_array_equal(batch[name], plain[name])
    numbers = np.concatenate([np.ravel(each) for each in moved.values()]) / 0.3
    assert len(set(numbers)) == numbers.size == 24
    # A variance of n normals is off by √(2/n): four of these.
    assert abs(np.mean(numbers**2) - 1) < 4 * np.sqrt(2 / 24)


def test_the_discriminator_sees_noise_on_samples_too_in_both_losses(tiny_gan):
    game = tiny_gan(noise=0.3, cost="non_saturating")
    players, batch = tiny_gan.start(game)
    fake = game.losses.generate(players, batch["latents"]) + batch["noise"]
    expected = games.COSTS["non_saturating"](
        game.losses.logits(players, batch["real"]), game.losses.logits(players, fake)
    )
    assert game.losses(players, batch) == expected


def test_noise_that_decays_is_a_game_for_each_step(tiny_gan):
    """The example of `with_noise`: a scan over standard deviations is what a loop over games does."""
    game, rule, noise = tiny_gan(noise=1.0), rules.simultaneous(0.1), jnp.array([0.5, 0.2, 0.0])

    @jax.jit
    def play(game, noise):
        def step(run, noise):
            return gg.advance(games.with_noise(game, noise), rule, run, 1), None

        return jax.lax.scan(step, gg.start(game, rule, KEY), noise)[0].players

    players = gg.start(game, rule, KEY).players
    _, key_steps, _ = jax.random.split(KEY, 3)
    for t, each in enumerate(noise):
        players, _ = rule.update(
            tiny_gan(noise=float(each)), players, rule.init(players), jax.random.fold_in(key_steps, t)
        )
    for left, right in zip(jax.tree.leaves(play(game, noise)), jax.tree.leaves(players), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-12)


def test_only_a_gan_has_instance_noise():
    with pytest.raises(ValueError, match="only games made by"):
        games.with_noise(games.bilinear(), 0.1)


@pytest.mark.parametrize("wrong", ["much", None, (0.1, 0.2), -1.0])
def test_numbers_that_are_none_are_told(tiny_gan, wrong):
    for name in ("noise", "penalty_strength", "penalty_target", "real_label"):
        with pytest.raises(ValueError, match=f"{name} is .*; it has to be"):
            tiny_gan(penalty="gradient", **{name: wrong})
    for name in ("latent_dim", "batch_size", "packing"):
        game, options = tiny_gan(), {"latent_dim": 2, "batch_size": 4, name: wrong}
        with pytest.raises(ValueError, match=f"{name} is .* has to be"):
            games.gan(game.losses.generator, game.losses.discriminator, game.sample.data, **options)
    with pytest.raises(ValueError, match=r"noise is .*; it has to be"):
        games.with_noise(tiny_gan(), wrong)
    if isinstance(wrong, str) or wrong is None:
        with pytest.raises(ValueError, match=r"penalty is .*; it has to be none, or one or several of"):
            tiny_gan(penalty=wrong)


def test_images_are_packed_along_their_channels():
    images = np.arange(4 * 2 * 3 * 5).reshape(4, 2, 3, 5)
    packs = packed(jnp.asarray(images), 2)
    assert packs.shape == (2, 2, 3, 10)
    for pack, pair in zip(packs, [(0, 1), (2, 3)], strict=True):
        np.testing.assert_array_equal(pack, np.concatenate([images[i] for i in pair], axis=-1))


def test_with_packing_cost_and_penalties_are_those_of_packs(tiny_gan):
    game = tiny_gan(packing=2, penalty=("r2", "gradient"), penalty_strength=1.0)
    players, batch = tiny_gan.start(game)
    assert batch["gradient"].shape == (2, 1)
    own = {name: np.asarray(each) for name, each in players["discriminator"].items()}
    fake = np.asarray(game.losses.generate(players, batch["latents"])).reshape(2, 4)
    real = np.asarray(batch["real"]).reshape(2, 4)

    def logits(x):
        return np.tanh(x @ own["hidden"]) @ own["last"][:, 0] + own["bias"]

    def slopes(x):
        return (1 - np.tanh(x @ own["hidden"]) ** 2) * own["last"][:, 0] @ own["hidden"].T

    between = np.asarray(batch["gradient"]) * real + (1 - np.asarray(batch["gradient"])) * fake
    expected = np.mean(np.logaddexp(0, -logits(real))) / 2 + np.mean(np.logaddexp(0, logits(fake))) / 2
    assert game.losses(players, batch)["generator"] == pytest.approx(-expected, rel=1e-13)
    expected += np.mean(np.sum(slopes(fake) ** 2, axis=1)) / 2
    expected += np.mean((np.linalg.norm(slopes(between), axis=1) - 1) ** 2) / 2
    assert game.losses(players, batch)["discriminator"] == pytest.approx(expected, rel=1e-13)
    with pytest.raises(ValueError, match="packing is 3; it has to be 1 or more and to divide batch_size, 4"):
        tiny_gan(packing=3)


def test_matched_features_are_the_distance_between_their_means(tiny_gan):
    game, plain = tiny_gan(match_features=True), tiny_gan()
    players, batch = tiny_gan.start(game)
    losses = game.losses(players, batch)
    fake = game.losses.generate(players, batch["latents"])
    means = [np.tanh(np.asarray(x) @ players["discriminator"]["hidden"]).mean(axis=0) for x in (batch["real"], fake)]
    assert losses["generator"] == pytest.approx(np.sum((means[0] - means[1]) ** 2), rel=1e-13)
    assert losses["discriminator"] == plain.losses(players, batch)["discriminator"]
    assert game.losses.at_equilibrium()["generator"] == 0
    blind = plain.losses.discriminator._replace(features=None)
    with pytest.raises(ValueError, match="this discriminator shows none"):
        games.gan(blind, blind, plain.sample.data, latent_dim=2, match_features=True)


@pytest.mark.parametrize("cost", games.COSTS)
def test_a_gan_with_any_cost_starts_at_its_references_where_discriminator_is_indifferent(tiny_gan, cost):
    game = tiny_gan(cost=cost)
    players, batch = tiny_gan.start(game)
    own = players["discriminator"]
    indifferent = {**own, "last": own["last"] * 0, "bias": own["bias"] * 0 + games.costs.INDIFFERENT[cost]}
    losses, expected = game.losses({**players, "discriminator": indifferent}, batch), game.losses.at_equilibrium()
    for name, loss in losses.items():
        assert loss == pytest.approx(float(expected[name]), rel=1e-14, abs=1e-15)


def test_networks_that_draw_get_keys_with_the_batch_others_for_data_than_for_samples(tiny_gan):
    plain = tiny_gan(shared_latents=False, penalty="dragan")
    discriminator, generator = plain.losses.discriminator, plain.losses.generator

    def noisy(parameters, x, key=None):
        return discriminator.apply(parameters, x) + (0 if key is None else jax.random.normal(key, (len(x), 1)))

    options = {"latent_dim": 2, "batch_size": 4, "shared_latents": False, "cost": "wasserstein"}
    drawing = discriminator._replace(apply=noisy, stochastic=True)
    game = games.gan(generator, drawing, plain.sample.data, penalty="dragan", **options)
    players, batch = tiny_gan.start(game)
    assert set(batch) == {*plain.sample(KEY), "keys"}
    assert set(batch["keys"]) == {"real", "latents", "generator_latents"}
    keys = [batch["keys"]["real"], *(jax.random.split(batch["keys"][name])[1] for name in list(batch["keys"])[1:])]
    noise = [float(jnp.mean(jax.random.normal(key, (4, 1)))) for key in keys]
    assert len(set(noise)) == 3

    silent = {name: each for name, each in batch.items() if name != "keys"}
    losses, without = game.losses(players, batch), game.losses(players, silent)
    # D pays E a(G(z)) − E a(x), and G pays E a(x) − E a(G(z)) with latents of its own; penalties see no noise.
    assert losses["discriminator"] - without["discriminator"] == pytest.approx(noise[1] - noise[0], rel=1e-12)
    assert losses["generator"] - without["generator"] == pytest.approx(noise[0] - noise[2], rel=1e-12)
    assert game.losses(players, batch) == losses


def test_penalties_of_another_strength_are_those_of_a_game_made_with_it(tiny_gan):
    def make(strength):
        return tiny_gan(penalty=("r1", "r2"), penalty_strength=strength)

    weak, strong = make(0.1), make(0.7)
    players, batch = weak.init(KEY), weak.sample(KEY)
    changed, expected, before = jax.jit(
        lambda strength: [
            game.losses(players, batch)["discriminator"] for game in (games.with_penalty(weak, strength), strong, weak)
        ]
    )(0.7)
    np.testing.assert_allclose(changed, expected, rtol=1e-12)
    assert changed > before
    with pytest.raises(ValueError, match="This game has no penalty"):
        games.with_penalty(tiny_gan(), 0.1)
    with pytest.raises(ValueError, match="strength is -1"):
        games.with_penalty(weak, -1)
