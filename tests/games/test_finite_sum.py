import jax
import numpy as np
import pytest

from gangame import games


def test_its_samples_are_its_terms_each_with_the_same_chance():
    game = games.finite_sum(games.mixture(batch_size=4), 5, jax.random.key(0))
    terms = np.asarray(game.sample.batch_of(np.arange(5))["real"])
    drawn = np.asarray(jax.vmap(game.sample)(jax.random.split(jax.random.key(1), 1000))["real"])
    which = (drawn[:, None] == terms).all(axis=(2, 3))
    assert (which.sum(axis=1) == 1).all()
    assert np.abs(which.mean(axis=0) - 0.2).max() < 5 * np.sqrt(0.2 * 0.8 / 1000)  # five standard errors


def test_the_batches_are_leaves_of_the_game():
    game = games.finite_sum(games.mixture(batch_size=4, latent_dim=16), 5, jax.random.key(0))
    assert game.sample.num_terms == 5
    assert {leaf.shape for leaf in jax.tree.leaves(game.sample)} == {(5, 4, 2), (5, 4, 16)}


@pytest.mark.parametrize("num_terms", [0, 1.5, True])
def test_wrong_numbers_of_terms_are_refused(num_terms):
    with pytest.raises(ValueError, match=f"num_terms is {num_terms}; it has to be a whole number, 1 or more"):
        games.finite_sum(games.mixture(), num_terms, jax.random.key(0))


def test_a_game_without_randomness_is_refused():
    with pytest.raises(ValueError, match="has no randomness; as it is, it is a sum of one term"):
        games.finite_sum(games.bilinear(), 3, jax.random.key(0))
