import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import analysis, games


@pytest.mark.parametrize(("players", "size"), [(3, 1), (4, 2), (11, 1)])
def test_losses_and_jacobian_are_those_of_the_cycle(players, size):
    game = games.cyclic(players, size=size)
    w = np.random.default_rng(0).standard_normal((players, size))
    names = sorted(game.equilibrium)
    evaluate = jax.jit(lambda players: (game.losses(players, None), analysis.jacobian(game, players, None)))
    losses, J = evaluate(dict(zip(names, jnp.asarray(w), strict=True)))
    by_hand = [w[i] @ (w[(i + 1) % players] - w[i - 1]) for i in range(players)]
    np.testing.assert_allclose([losses[name] for name in names], by_hand, atol=1e-13)
    assert sum(losses.values()) == pytest.approx(0, abs=1e-12)
    J = np.asarray(J)
    found = np.sort(np.linalg.eigvals(J).imag)
    circulant = np.repeat(2 * np.sin(2 * np.pi * np.arange(players) / players), size)
    np.testing.assert_allclose(found, np.sort(circulant), atol=1e-13)
    np.testing.assert_array_equal(J, -J.T)


def test_players_who_are_all_the_same_rest():
    game = games.cyclic(4, size=2)
    same = dict.fromkeys(game.equilibrium, jnp.array([3.0, -1.0]))
    assert all(np.all(leaf == 0) for leaf in jax.tree.leaves(analysis.field(game)(same, None)))


def test_two_players_are_no_cycle():
    with pytest.raises(ValueError, match="players is 2; a cycle needs 3 or more"):
        games.cyclic(2)
