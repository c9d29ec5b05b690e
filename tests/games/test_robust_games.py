"""Robust optimisation: attacks against a classifier whose worst case is known, and who hides what from whom."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import games, nets, rules
from gangame.data import Images
from gangame.games import attacks
from gangame.games.representations import more_ink

KEY = jax.random.key(0)
WEIGHTS = jnp.sin(jnp.arange(8.0)).reshape(4, 2)


def linear(images):
    """A linear classifier of two classes: within the box the worst change is −ε y sign(w), y = ±1."""
    return images @ WEIGHTS


@pytest.fixture(scope="module")
def points():
    images = jax.random.uniform(KEY, (50, 4), minval=-0.6, maxval=0.6)
    return images, jnp.argmax(linear(images + 0.05), axis=1)


def test_against_a_linear_classifier_both_attacks_find_the_worst_change(points):
    images, labels = points
    w = np.asarray(WEIGHTS[:, 1] - WEIGHTS[:, 0])
    towards = np.where(np.asarray(labels) == 1, -1, 1)[:, None] * np.sign(w)
    worst = np.asarray(images) + 0.3 * towards
    np.testing.assert_allclose(attacks.fgsm(linear, images, labels, 0.3), worst, rtol=1e-12)
    np.testing.assert_allclose(attacks.pgd(linear, images, labels, 0.3, KEY), worst, rtol=1e-12)
    margin = np.where(np.asarray(labels) == 1, 1, -1) * (np.asarray(images) @ w)
    withstands = np.mean(margin > 0.3 * np.abs(w).sum())
    assert attacks.robust_accuracy(linear, images, labels, 0.3, KEY, num_restarts=2) == pytest.approx(withstands)
    assert attacks.robust_accuracy(linear, images, labels, 0.0, KEY, num_steps=1) == pytest.approx(np.mean(margin > 0))


def test_changes_stay_within_the_box_and_the_pixels(few_images):
    for options in ({"adversary": "table"}, {"adversary": "network", "attacker_hidden": ()}):
        game = games.adversarial_training(few_images, epsilon=0.5, hidden=(), batch_size=5, **options)
        players, batch = game.init(KEY), game.sample(KEY)
        far = {**players, "adversary": jax.tree.map(lambda leaf: leaf + 3.0, players["adversary"])}
        attacked = np.asarray(game.losses.attacked(far, batch))
        assert np.abs(attacked - batch["images"]).max() <= 0.5 + 1e-12
        assert np.abs(attacked).max() <= 1
        if options["adversary"] == "table":
            np.testing.assert_allclose(attacked, np.minimum(batch["images"] + 0.5, 1), rtol=1e-12)
        losses = game.losses(players, batch)
        assert losses["adversary"] == -losses["classifier"]


def test_a_network_changes_images_that_keep_their_form(few_images, by_hand):
    whole = few_images._replace(
        train=dataclasses.replace(few_images.train, pixels=few_images.train.pixels.reshape(12, 1, 2, 1))
    )
    options = {"epsilon": 0.5, "adversary": "network", "batch_size": 5}
    unsaid = lambda own, images: jnp.zeros((len(images), 3))  # noqa: E731
    flat = games.adversarial_training(few_images, hidden=(), **options)
    formed = games.adversarial_training(whole, networks=by_hand({}, unsaid), **options)
    players = flat.init(KEY)
    one, other = (game.losses.attacked(players, game.sample(KEY)) for game in (flat, formed))
    assert other.shape == (5, 1, 2, 1)
    np.testing.assert_array_equal(other.reshape(5, 2), one)


def test_sign_steps_of_the_table_are_projected_gradient_ascent(few_images):
    game = games.adversarial_training(few_images, epsilon=0.3, hidden=(), batch_size=12)
    attack = optax.chain(optax.sign_sgd(0.2), rules.clip_weights(0.3))
    rule = rules.simultaneous({"adversary": attack, "classifier": optax.sgd(0.0)})
    run = gg.play(game, rule, KEY, 20)
    images, labels = few_images.train.scaled(few_images.train.pixels), few_images.train.labels
    logits = lambda images: game.losses.logits(run.players, images)  # noqa: E731
    table = np.asarray(run.players["adversary"])
    w = np.asarray(run.players["classifier"]["Dense_0"]["kernel"])
    # Of three classes the worst change is not known in closed form; that of one step is the sign of the slope.
    slope = np.asarray(jax.grad(lambda x: jnp.sum(attacks.cross_entropy(logits(x), labels)))(images + table))
    assert w.shape == (2, 3)
    assert np.mean(np.sign(table) == np.sign(slope)) > 0.9
    assert np.abs(table).max() <= 0.3


def test_ascents_within_the_loss_are_pgd_and_the_gradient_is_that_at_what_they_find(few_images):
    game = games.adversarial_training(
        few_images, epsilon=0.3, adversary="ascent", num_ascents=4, hidden=(), batch_size=6
    )
    players, batch = game.init(KEY), game.sample(KEY)
    assert set(players) == {"classifier"}

    def cost(players, images):
        return attacks.cross_entropy(game.losses.logits(players, images), batch["labels"]).mean()

    found = attacks.pgd_from(
        lambda images: game.losses.logits(players, images), batch["images"], batch["labels"], 0.3, 0.3 * batch["start"],
        num_steps=4,
    )  # fmt: skip
    assert cost(players, found) > cost(players, batch["images"])
    value, slope = jax.value_and_grad(lambda players: game.losses(players, batch)["classifier"])(players)
    truth = jax.grad(cost)(players, found)
    np.testing.assert_allclose(value, cost(players, found), rtol=1e-12)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-14), slope, truth)


def test_a_learner_pays_for_what_it_wants_and_is_paid_for_what_the_adversary_does_not_find(few_images):
    game = games.domain_adversarial(few_images, strength=0.7, code_dim=3, hidden=(), batch_size=4)
    players, batch = game.init(KEY), game.sample(KEY)
    losses = game.losses(players, batch)
    assert batch["labels"].tolist()[4:] == [-1] * 4
    known = batch["images"][:4]
    wanted = attacks.cross_entropy(game.losses.logits(players, known), batch["labels"][:4]).mean()
    found = attacks.cross_entropy(game.losses.secrets(players, batch["images"]), batch["secrets"]).mean()
    np.testing.assert_allclose(losses["adversary"], found, rtol=1e-12)
    np.testing.assert_allclose(losses["learner"], wanted - 0.7 * found, rtol=1e-12)


def test_a_fresh_adversary_plays_before_a_learner_who_does_not_move(few_images):
    secret = jnp.arange(12) % 2
    game = games.adversarial_privacy(
        few_images, wanted=few_images.train.labels, secret=secret, code_dim=2, hidden=(), discriminator_hidden=()
    )
    players, batch = game.init(KEY), game.sample(KEY)
    fresh = games.fresh_adversary(game, players["learner"])
    alone = fresh.losses({"adversary": players["adversary"]}, batch)
    assert alone == {"adversary": game.losses(players, batch)["adversary"]}
    with pytest.raises(ValueError, match="This game has no codes"):
        games.fresh_adversary(games.bilinear(), None)


def test_more_ink_is_half_of_each_class():
    data = Images(jnp.arange(12, dtype=jnp.uint8)[:, None], jnp.array([0] * 6 + [1] * 6), (1, 1, 1))
    assert more_ink(data).tolist() == [0, 0, 0, 1, 1, 1] * 2


def test_alice_and_bob_pay_least_where_eve_guesses():
    game = games.neural_cryptography(num_bits=3, hidden=(), discriminator_hidden=(), batch_size=64)
    batch = game.sample(KEY)
    zeros = jax.tree.map(jnp.zeros_like, game.init(KEY))
    # Everybody says 0: half of each bit is wrong, for Eve as for Bob.
    losses = game.losses(zeros, batch)
    assert losses == {"alice_and_bob": pytest.approx(0.5), "eve": pytest.approx(0.5)}
    bits = np.asarray(batch["plain"])
    assert set(np.unique(bits)) == {-1, 1}
    wrong = game.losses.wrong_bits(zeros, batch)
    assert wrong["eve"] == pytest.approx(np.mean(np.sum(bits > 0, axis=1)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: games.adversarial_training(epsilon=-0.1), "epsilon is -0.1; it has to be 0 or more"),
        (lambda: games.adversarial_training(adversary="god"), "has to be one of table, network, ascent"),
        (lambda: games.adversarial_training(networks=nets.image_classifier(8, 1, 3)), "needs 10 logits, one a class"),
        (lambda: games.adversarial_training(networks=nets.image_classifier(8, 1, 10, dropout=0.5)), "network draws"),
        (lambda: games.domain_adversarial(strength=-1.0), "strength is -1.0"),
        (lambda: games.adversarial_privacy(secret=jnp.zeros(3, int)), "0 or more, for each of the 1442"),
        (lambda: games.neural_cryptography(0), "num_bits is 0; it has to be 1 or more"),
        (lambda: attacks.pgd(linear, jnp.zeros((1, 4)), jnp.zeros(1, int), 0.1, KEY, num_steps=0), "num_steps is 0"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
