"""LAPGAN: each level is a conditional GAN by itself, and samples go from coarse to fine."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import data, games, nets, rules
from gangame.data.pyramid import details, expanded

KEY = jax.random.key(0)
WEIGHTS = jnp.sin(jnp.arange(1.0, 40.0))


@pytest.fixture
def game(by_hand):
    """LAPGAN of 8×8 and 4×4 by hand: G_0 = a z + b base, G_1 = a z, D_0 = ⟨c, image⟩ + ⟨d, base⟩, D_1 = ⟨c, image⟩."""

    def fine(own, inputs):
        latents, base = inputs
        return own["a"] * latents.reshape(-1, 8, 8, 1) + own["b"] * base

    def judge(own, seen):
        return jnp.mean(seen, axis=(1, 2)) @ own["c"]

    networks = [
        (by_hand({"a": WEIGHTS[0], "b": WEIGHTS[1]}, fine), by_hand({"c": WEIGHTS[2:4, None]}, judge)),
        (
            by_hand({"a": WEIGHTS[4]}, lambda own, z: own["a"] * z.reshape(-1, 4, 4, 1)),
            by_hand({"c": WEIGHTS[5:6, None]}, judge),
        ),
    ]
    return games.lapgan(networks=networks, latent_dim=(64, 16), batch_size=5, cost="minimax")


def test_a_batch_has_the_pyramids_of_images(game):
    fine, coarse = game.sample(KEY)["real"]
    levels = data.laplacian_pyramid(fine.image, 2)
    np.testing.assert_allclose(fine.residual, levels[0], atol=1e-13)
    np.testing.assert_allclose(coarse.image, levels[1], atol=1e-13)
    np.testing.assert_allclose(fine.base, expanded(coarse.image), atol=1e-13)
    known = {tuple(x) for x in np.asarray(game.sample.data.scaled(game.sample.data.flat().pixels)).round(9)}
    assert all(tuple(x) in known for x in np.asarray(fine.image).reshape(5, -1).round(9) + 0.0)


def test_the_losses_are_those_of_conditional_gans_on_real_bases(game):
    players, batch = game.init(KEY), game.sample(KEY)
    (fine, coarse), (z_fine, z_coarse) = batch["real"], batch["latents"]
    fake = [
        WEIGHTS[0] * z_fine.reshape(-1, 8, 8, 1) + (1 + WEIGHTS[1]) * fine.base,
        WEIGHTS[4] * z_coarse.reshape(-1, 4, 4, 1),
    ]
    weights, value = (WEIGHTS[2], WEIGHTS[5]), []
    for level, (real, own) in enumerate(zip((fine, coarse), fake, strict=True)):
        beside = 0 if real.base is None else WEIGHTS[3] * np.mean(real.base, axis=(1, 2, 3))
        logits = [weights[level] * np.mean(each, axis=(1, 2, 3)) + beside for each in (real.image, own)]
        value.append(np.mean(np.logaddexp(0, -logits[0])) / 2 + np.mean(np.logaddexp(0, logits[1])) / 2)
        losses = game.losses.of_level(players, batch, level)
        assert losses["discriminator"] == pytest.approx(value[-1], rel=1e-12)
    losses = game.losses(players, batch)
    assert losses["discriminator"] == pytest.approx(sum(value), rel=1e-12)
    assert losses["generator"] == pytest.approx(-sum(value), rel=1e-12)


def test_samples_go_from_coarse_to_fine(game):
    players, latents = game.init(KEY), game.sample.latents(KEY, 3)
    base = expanded(WEIGHTS[4] * latents[1].reshape(-1, 4, 4, 1))
    expected = base + WEIGHTS[0] * latents[0].reshape(-1, 8, 8, 1) + WEIGHTS[1] * base
    np.testing.assert_allclose(games.generate(game, players, KEY, 3), expected, atol=1e-13)


def test_generators_that_know_the_residuals_make_the_images_again(by_hand):
    """With latents that are the levels of a pyramid, and generators that pass them on, samples are the images."""
    images = data.images("digits").train
    images = images.scaled(images.pixels[:4])
    passing = [
        by_hand({}, lambda own, inputs: inputs[0].reshape(-1, 8, 8, 1)),
        by_hand({}, lambda own, z: z.reshape(-1, 4, 4, 1)),
    ]
    game = games.lapgan(networks=[(each, each) for each in passing], latent_dim=(64, 16))
    levels = tuple(each.residual.reshape(4, -1) for each in details(images, 2))
    players = {"generator": {"level_0": {}, "level_1": {}}}
    np.testing.assert_allclose(game.losses.generate(players, levels), images, atol=1e-14)
    coarse = details(images, 2)[1].image
    np.testing.assert_allclose(game.losses.generate(players, levels, coarse), images, atol=1e-14)
    np.testing.assert_array_equal(game.losses.generate(players, levels, images, 0), images)


def test_a_level_moves_as_if_it_were_alone():
    """Perceptrons of three levels: gradients in one level do not depend on the players of another."""
    game = games.lapgan(
        data.images("digits", size=12), num_levels=3, latent_dim=2, hidden=(3,), discriminator_hidden=(3,),
        batch_size=2,
    )  # fmt: skip
    players = jax.jit(game.init)(KEY)
    other = {
        name: {level: own if level == "level_1" else jax.tree.map(jnp.zeros_like, own) for level, own in each.items()}
        for name, each in players.items()
    }
    step = jax.jit(lambda players: gg.play(game, rules.simultaneous(0.1), KEY, 1, players=players).players)
    moved, moved_other = step(players), step(other)
    assert games.generate(game, moved, KEY, 2).shape == (2, 12, 12, 1)
    for name in players:
        for one, two, begun in zip(
            *(jax.tree.leaves(each[name]["level_1"]) for each in (moved, moved_other, players)), strict=True
        ):
            np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-14)
            assert not np.array_equal(one, begun)


def test_perceptrons_with_batch_norm_answer_to_the_whole_batch():
    """An image depends on the other latents exactly then."""
    latents = jax.random.normal(KEY, (3, 2))
    for norm, alone in {"none": True, "batch": False}.items():
        network, _ = games.lapgan_perceptrons((3, 3, 1), 2, (4,), (4,), True, norm)
        parameters = network.init(KEY)
        images, others = (network.apply(parameters, z) for z in (latents, latents.at[1:].set(0.0)))
        assert images.shape == (3, 3, 3, 1)
        assert np.allclose(images[0], others[0]) == alone


def test_networks_that_draw_get_keys_of_their_own_on_each_level(by_hand):
    noisy = nets.Network(
        lambda key: {},
        lambda own, z, key=None: 0.0 if key is None else jax.random.normal(key, (3, 4, 4, 1)),
        None,
        True,
    )
    judge = by_hand({}, lambda own, seen: jnp.mean(seen, axis=(1, 2, 3))[:, None])
    game = games.lapgan(
        data.images("digits", size=4), num_levels=1, networks=[(noisy, judge)], latent_dim=1, batch_size=3
    )
    batch = game.sample(KEY)
    assert set(batch["keys"]) == {"real", "latents"}
    key, _ = jax.random.split(jax.random.fold_in(batch["keys"]["latents"], 0))
    fake = np.mean(jax.random.normal(key, (3, 4, 4, 1)), axis=(1, 2, 3))
    players = {"generator": {"level_0": {}}, "discriminator": {"level_0": {}}}
    assert game.losses(players, batch)["generator"] == pytest.approx(np.mean(np.logaddexp(0, -fake)) / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"num_levels": 3}, "multiples of 4 and 12 or more"),
        ({"num_levels": 0}, "num_levels is 0; it has to be 1 or more"),
        ({"latent_dim": (3, 0)}, "latent_dim is 0; it has to be 1 or more"),
        ({"latent_dim": (3, 3, 3)}, r"latent_dim is \(3, 3, 3\); it has to have one entry for each of 2 levels"),
        ({"latent_dim": 2.5}, "latent_dim is 2.5; it has to have one entry"),
        ({"networks": []}, "networks is .*; it has to have one entry for each of 2 levels"),
        ({"cost": "labels"}, "cost is 'labels'; it has to be one of"),
        ({"source": "cifar"}, "source is 'cifar'; it has to be one of"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.lapgan(**arguments)
