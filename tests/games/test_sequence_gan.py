"""GANs of symbols, on a chain so small that all sequences can be listed."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data, games

CHAIN = data.markov_chain(num_symbols=2, length=3)
ALL = jnp.array(list(itertools.product(range(2), repeat=3)))


def make(**options):
    game = games.sequence_gan(CHAIN, hidden=(), discriminator_hidden=(4,), batch_size=8, **options)
    return game, game.init(jax.random.key(0))


def test_reinforce_has_the_exact_gradient_in_the_mean_and_samples_follow_their_likelihood():
    game, players = make()

    def expected(generator):
        """The generator's cost, ½ E softplus(−a), summed over all sequences."""
        p = jnp.exp(game.losses.log_likelihood({**players, "generator": generator}, ALL))
        logits = game.losses.outputs(players, jnp.eye(2)[ALL].reshape(8, -1))[:, 0]
        return p @ jax.nn.softplus(-logits) / 2

    def one(key):
        batch = game.sample(key)
        slope = jax.grad(lambda own: game.losses({**players, "generator": own}, batch)["generator"])
        return slope(players["generator"]), game.losses.generate(players, batch["latents"])

    slopes, samples = jax.jit(jax.vmap(one))(jax.random.split(jax.random.key(1), 2000))
    truth = jax.grad(expected)(players["generator"])
    for drawn, exact in zip(jax.tree.leaves(slopes), jax.tree.leaves(truth), strict=True):
        error = np.std(drawn, axis=0) / np.sqrt(2000)
        assert np.all(np.abs(np.mean(drawn, axis=0) - exact) <= 5 * error + 1e-15)
    p = np.exp(game.losses.log_likelihood(players, ALL))
    np.testing.assert_allclose(p.sum(), 1, rtol=1e-12)
    counts = np.bincount(np.asarray(samples).reshape(-1, 3) @ [4, 2, 1], minlength=8)
    assert np.all(np.abs(counts / 16_000 - p) < 5 * np.sqrt(p * (1 - p) / 16_000))


def test_soft_routes_at_a_low_temperature_cost_what_choices_cost():
    game, players = make(route="gumbel_softmax", temperature=1e-4)
    batch = game.sample(jax.random.key(2))
    hard, _ = make(route="straight_through", temperature=0.5)
    chosen, _ = make(route="reinforce")
    costs = [each.losses(players, batch) for each in (game, hard, chosen)]
    for other in costs[1:]:
        for name in other:
            np.testing.assert_allclose(costs[0][name], other[name], rtol=1e-6)


def test_the_likelihood_route_descends_the_cross_entropy():
    game, players = make(route="likelihood")
    batch = game.sample(jax.random.key(3))
    likely = game.losses.log_likelihood(players, batch["real"])
    np.testing.assert_allclose(game.losses(players, batch)["generator"], -np.mean(likely), rtol=1e-12)


def test_embeddings_are_decoded_to_the_nearest_symbol():
    game, players = make(route="embedding", embedding_dim=3)
    batch = game.sample(jax.random.key(4))
    vectors, _ = game.losses._written(players, batch["latents"], "embedding")
    table = np.asarray(game.losses.table)
    np.testing.assert_allclose(np.linalg.norm(table, axis=1), 1)
    nearest = np.argmin(np.linalg.norm(np.asarray(vectors)[:, :, None] - table, axis=-1), axis=-1)
    assert np.array_equal(game.losses.generate(players, batch["latents"]), nearest)
    with pytest.raises(ValueError, match="has no likelihood"):
        game.losses.log_likelihood(players, ALL)


def test_a_short_context_is_a_chain_of_that_order():
    game, players = make(context=1)
    likely = np.asarray(game.losses.log_likelihood(players, ALL)).reshape(2, 2, 2)
    # log p(abc) = f(a) + g(a, b) + g(b, c): what c adds does not depend on a.
    np.testing.assert_allclose(likely[0, :, 0] - likely[0, :, 1], likely[1, :, 0] - likely[1, :, 1], rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"route": "gumble"}, "route is 'gumble'; it has to be one of reinforce"),
        ({"cost": "relativistic"}, "with route 'reinforce' it has to be one of minimax"),
        ({"temperature": 0.0}, "temperature is 0.0; it has to be positive"),
        ({"context": 0}, "context is 0; it has to be 1 or more"),
        ({"source": "poems"}, "source is 'poems'; it has to be one of oracle, surnames"),
        ({"source": CHAIN, "length": 3}, "length is 3; sequences that are given have theirs"),
    ],
)
def test_bad_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        games.sequence_gan(**options)
