import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import gangame as gg
from gangame import analysis, games

KEY = jax.random.key(0)


def test_the_parts_of_a_random_game():
    game = games.quadratic("random", players=3, size=2, seed=3)
    point = game.init(KEY)
    J = np.asarray(analysis.jacobian(game, point, None))
    S, A = (np.asarray(part) for part in analysis.helmholtz(game, point))
    np.testing.assert_allclose(S + A, J, atol=1e-15)
    np.testing.assert_array_equal(S, S.T)
    np.testing.assert_array_equal(A, -A.T)
    for u in np.random.default_rng(0).standard_normal((5, 6)):
        assert u @ A @ u == pytest.approx(0, abs=1e-13)
        assert u @ S @ u == pytest.approx(u @ J @ u, abs=1e-13)
    found = analysis.rotation(game, point)
    assert float(found.share) == pytest.approx(np.sum(A**2) / np.sum(J**2), rel=1e-12)
    assert float(found.error) == 0


@pytest.mark.parametrize(("kind", "share"), [("potential", 0.0), ("rotational", 1.0)])
@pytest.mark.parametrize("num_probes", [None, 4])
def test_potential_games_do_not_rotate_and_hamiltonian_games_do_nothing_else(kind, share, num_probes):
    game = games.quadratic(kind, players=3, size=2)
    found = analysis.rotation(game, game.init(KEY), num_probes=num_probes)
    assert float(found.share) == pytest.approx(share, abs=1e-14)


def test_a_nonlinear_potential_game_has_no_hamiltonian_part():
    def losses(players, batch):
        common = jnp.sin(players["x"]) * players["y"] ** 3
        return {"x": common + players["y"] ** 2, "y": common - players["x"]}  # terms of the others move nobody

    game = gg.Game(lambda key: None, lambda key: None, losses)
    parts = analysis.helmholtz(game, {"x": 0.4, "y": 1.5})
    np.testing.assert_allclose(parts.hamiltonian, 0, atol=1e-15)


def test_hutchinson_estimates_the_share_of_a_gan_within_its_error():
    game = games.mixture(hidden=(8,), discriminator_hidden=(8,), activation="tanh", batch_size=16, latent_dim=2)
    players, batch = game.init(KEY), game.sample(KEY)
    exact = analysis.rotation(game, players, batch)
    found = jax.jit(lambda: analysis.rotation(game, players, batch, num_probes=400, key=jax.random.key(1)))()
    for name in ("potential", "hamiltonian"):
        assert float(getattr(found, name)) == pytest.approx(float(getattr(exact, name)), rel=0.25)
    assert 0 < float(found.error) < 0.1
    # Four standard errors: the chance of a miss is 6e-5.
    assert abs(float(found.share - exact.share)) < 4 * float(found.error)
    assert ravel_pytree(players)[0].size > 50


def test_one_probe_has_no_error():
    game = games.bilinear()
    with pytest.raises(ValueError, match="num_probes is 1"):
        analysis.rotation(game, game.equilibrium, num_probes=1)
