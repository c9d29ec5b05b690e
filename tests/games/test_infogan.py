"""The bound on the mutual information where everything can be counted, and who pays it."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import games

KEY = jax.random.key(0)
RNG = np.random.default_rng(0)
CODES = games.Codes((3, 2), 1)


def drawn_codes():
    """All six pairs of categories, each with three numbers whose moments are those of the uniform distribution."""
    nodes = np.sqrt(1 / 2) * np.array([-1.0, 0.0, 1.0])
    rows = [
        np.concatenate([np.eye(3)[i], np.eye(2)[j], [node]])
        for i, j, node in itertools.product(range(3), range(2), nodes)
    ]
    return jnp.asarray(np.stack(rows))


def test_a_perfect_reader_reaches_the_entropy_of_the_codes():
    drawn = drawn_codes()
    said = jnp.concatenate([1e3 * drawn[:, :5], drawn[:, 5:]], axis=1)
    bounds = games.information_bound(CODES, drawn, said)
    assert bounds["categorical"] == pytest.approx(math.log(6), rel=1e-14)
    assert bounds["continuous"] == pytest.approx(math.log(2) - math.log(2 * math.pi) / 2, rel=1e-14)
    blind = games.information_bound(CODES, drawn, 0 * said)
    assert blind["categorical"] == pytest.approx(0, abs=1e-14)
    # A reader that always says 0 misses by the variance of the numbers, 1/3.
    assert bounds["continuous"] - blind["continuous"] == pytest.approx(1 / 6, rel=1e-13)


def test_the_bound_is_never_above_the_mutual_information_and_reaches_it_at_the_posterior():
    """A channel from four codes to three samples, in whose batch each pair occurs as often as it is likely."""
    codes = games.Codes((4,), 0)
    counts = np.array([[6, 1, 1], [0, 8, 0], [2, 2, 4], [1, 0, 7]])
    joint = counts / counts.sum()
    information = np.sum(joint[joint > 0] * np.log((joint / joint.sum(0) / joint.sum(1)[:, None])[joint > 0]))
    c, x = (np.repeat(each.ravel(), counts.ravel()) for each in np.indices(counts.shape))
    drawn = jnp.asarray(np.eye(4)[c])

    def bound(said_of):
        return games.information_bound(codes, drawn, jnp.asarray(said_of[x]))["categorical"]

    with np.errstate(divide="ignore"):
        posterior = np.maximum(np.log(joint / joint.sum(0)), -1e3).T
    assert bound(posterior) == pytest.approx(information, rel=1e-12)
    gaps = [information - bound(posterior.clip(-5) + scale * RNG.standard_normal((3, 4))) for scale in (0.1, 1, 10) * 5]
    assert min(gaps) > 0


def test_both_players_pay_their_cost_less_the_bound(few_images, by_hand):
    weights = np.sin(np.arange(1.0, 40.0))
    generator = by_hand({"kernel": jnp.asarray(weights[:16].reshape(8, 2))}, lambda own, z: z @ own["kernel"])
    discriminator = by_hand({"kernel": jnp.asarray(weights[16:30].reshape(2, 7))}, lambda own, x: x @ own["kernel"])
    game = games.infogan(
        few_images, categories=(3, 2), num_continuous=1, information_strength=0.3, latent_dim=2, batch_size=5,
        networks=(generator, discriminator), cost="minimax",
    )  # fmt: skip
    players, batch = game.init(KEY), game.sample(KEY)
    assert batch["latents"].shape == (5, 8)
    codes = batch["latents"][:, 2:]
    W = np.asarray(players["discriminator"]["kernel"])
    said = np.asarray(batch["latents"] @ players["generator"]["kernel"]) @ W
    costs = games.COSTS["minimax"](jnp.asarray(np.asarray(batch["real"]) @ W[:, 0]), jnp.asarray(said[:, 0]))
    bounds = games.information_bound(CODES, codes, jnp.asarray(said[:, 1:]))
    for name, bound in game.losses.bounds(players, batch).items():
        assert bound == pytest.approx(float(bounds[name]), rel=1e-13)
    for name, loss in game.losses(players, batch).items():
        assert loss == pytest.approx(
            float(costs[name]) - 0.3 * float(bounds["categorical"] + bounds["continuous"]), rel=1e-13
        )
    named = game.losses.named(players, batch["real"])
    np.testing.assert_array_equal(named, np.argmax(np.asarray(batch["real"]) @ W[:, 1:4], axis=1))
    assert games.generate(game, players, KEY, 4).shape == (4, 2)


def test_without_a_categorical_code_nothing_is_named(few_images):
    game = games.infogan(few_images, categories=(), num_continuous=1, hidden=(2,), discriminator_hidden=(2,))
    with pytest.raises(ValueError, match="no categorical code to name; make it with some, such as"):
        game.losses.named({}, few_images.train.pixels)


def test_codes_are_indicators_and_numbers_with_all_values_equally_likely():
    drawn = np.asarray(CODES.draw(KEY, 6000))
    (three, two), numbers = CODES.parts(jnp.asarray(drawn))
    for part in (three, two):
        np.testing.assert_array_equal(np.sort(part, axis=1)[:, :-1], 0)
        np.testing.assert_array_equal(np.sum(part, axis=1), 1)
        # Four standard deviations of a share of 6,000.
        np.testing.assert_allclose(np.mean(part, axis=0), 1 / part.shape[1], atol=4 * 0.5 / np.sqrt(6000))
    assert numbers.shape == (6000, 1)
    assert np.abs(numbers).max() <= 1
    assert np.var(numbers) == pytest.approx(1 / 3, abs=4 * np.sqrt(4 / 45 / 6000))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"categories": (10, 1)}, r"a categorical code has 2 values or more"),
        ({"categories": (), "num_continuous": 0}, "there has to be some code"),
        ({"information_strength": -1.0}, "information_strength is -1.0; it has to be 0 or more"),
        ({"cost": "mutual"}, "cost is 'mutual'; it has to be one of"),
        ({"latent_dim": 0}, "latent_dim is 0; it has to be 1 or more"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.infogan(**arguments)
