import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import analysis, games

ALPHAS = jnp.linspace(0.8, 1.2, 81)
FAR = {"p1": jnp.array([1.0]), "p2": jnp.array([0.5])}
NEAR = {"p1": jnp.array([0.01]), "p2": jnp.array([-0.02])}  # where a training ends: not quite at the origin


def curves(matrix, last=NEAR):
    return analysis.path(games.quadratic(matrix), FAR, last, alphas=ALPHAS)


def test_attraction_is_a_change_of_sign_at_the_end():
    at_rest = {name: jnp.zeros(1) for name in FAR}
    found = curves([[1.0, 0.0], [0.0, 1.0]], at_rest)
    away = np.abs(np.asarray(ALPHAS) - 1) > 1e-9
    np.testing.assert_allclose(found.cosines[away], np.sign(1 - np.asarray(ALPHAS))[away], atol=1e-9)
    np.testing.assert_allclose(found.norms, np.abs(1 - ALPHAS) * np.sqrt(1.25), atol=1e-12)


def test_rotation_is_a_symmetric_bump_without_a_change_of_sign():
    found = curves([[0.0, 1.0], [-1.0, 0.0]])
    products = np.asarray(found.products)
    np.testing.assert_allclose(products, products[0], rtol=1e-12)
    cosines = np.abs(found.cosines)
    # Where the line comes closest to the origin: ⟨w_α, w_1 − w_2⟩ = 0.
    back = np.array([FAR["p1"] - NEAR["p1"], FAR["p2"] - NEAR["p2"]]).ravel()
    closest = 1 + np.array([NEAR["p1"], NEAR["p2"]]).ravel() @ back / (back @ back)
    step = float(ALPHAS[1] - ALPHAS[0])
    assert float(ALPHAS[np.argmax(cosines)]) == pytest.approx(closest, abs=step)
    assert float(ALPHAS[np.argmin(found.norms)]) == pytest.approx(closest, abs=step)
    assert cosines.max() > 0.99
    assert cosines[0] < 0.2
    norms = np.abs(closest - np.asarray(ALPHAS))
    assert np.all(np.diff(cosines[np.argsort(norms)]) < 1e-12)  # symmetric, and falling with the distance


def test_a_spiral_has_both():
    cosines = np.asarray(curves([[1.0, 4.0], [-4.0, 1.0]]).cosines)
    assert np.sum(np.diff(np.sign(cosines)) != 0) == 1
    assert np.abs(cosines).max() > 2 * np.abs(cosines[0])


def test_default_points_batches_and_vmap():
    game = games.mixture("small", hidden=(4,), discriminator_hidden=(4,), batch_size=8, latent_dim=2)
    first, last = game.init(jax.random.key(0)), game.init(jax.random.key(1))
    batch = game.sample(jax.random.key(2))
    found = jax.jit(lambda: analysis.path(game, first, last, batch))()
    assert found.alphas.shape == found.norms.shape == (100,)
    assert np.all(np.abs(found.cosines) <= 1 + 1e-12)
    v = jax.jit(analysis.field(game))(first, batch)
    at_first = np.interp(0.0, found.alphas, found.norms)
    exact = np.sqrt(sum(float(jnp.sum(leaf**2)) for leaf in jax.tree.leaves(v)))
    assert at_first == pytest.approx(exact, rel=0.02)  # linear interpolation between points 0.012 apart
    with pytest.raises(ValueError, match="are the same players"):
        analysis.path(game, first, first, batch)
