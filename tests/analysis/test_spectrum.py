import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from scipy.sparse.linalg import LinearOperator, eigs

import gangame as gg
from gangame import analysis, games
from gangame.analysis import krylov
from gangame.analysis.extra import extra

KEY = jax.random.key(3)
OUTER = ("largest_modulus", "largest_real", "smallest_real")


def small_gan(hidden, width, latent_dim):
    """A GAN with smooth networks on the ring, players and a sample."""
    game = games.mixture(
        hidden=hidden, discriminator_hidden=(width,), activation="tanh", gain=1.4, input_scale=1.0, batch_size=64,
        latent_dim=latent_dim,
    )  # fmt: skip
    return game, game.init(KEY), game.sample(KEY)


def apart(values, others):
    """The largest distance from a value to the nearest of the others."""
    return np.abs(np.asarray(values)[:, None] - np.asarray(others)[None]).min(axis=1).max()


def check_against_dense(setting, **asked):
    """Every part by default, the outer ones by Arnoldi and the nearest one from J, which is formed for it."""
    J = np.asarray(jax.jit(analysis.jacobian)(*setting))
    exact = np.linalg.eigvals(J)
    outer = analysis.spectrum(*setting, parts=OUTER, **asked)
    assert len(outer.values) < len(exact) / 10
    inner = analysis.spectrum(*setting, parts=("nearest_axis",), **asked)
    for found, parts in ((outer, OUTER), (inner, ("nearest_axis",))):
        assert found.converged.all()
        assert found.settled
        check_parts(found, exact, parts)
        residuals = np.linalg.norm(J @ found.vectors - found.values * found.vectors, axis=0)
        np.testing.assert_allclose(found.residuals, residuals, atol=1e-12)  # rounding of sums of many numbers
    return J, inner


def check_parts(found, exact, parts, bound=1e-6):
    """Each eigenvalue of a part is one of the matrix, and none of those that belong there is missing."""
    for part in parts:
        ours, chosen = (values[analysis.select(values, part, 6)] for values in (found.values, exact))
        assert apart(ours, exact) < bound, part
        assert apart(chosen, found.values) < bound, part
        np.testing.assert_allclose(
            np.sort(analysis.PARTS[part](ours)), np.sort(analysis.PARTS[part](chosen)), atol=bound
        )


def test_the_spectrum_agrees_with_the_dense_one_and_with_scipy_on_a_gan():
    game, players, batch = small_gan((32,), 40, 16)
    J, whole = check_against_dense((game, players, batch))
    assert 600 < len(J) < 1_000
    outer = eigs(LinearOperator(J.shape, matvec=lambda u: J @ u, dtype=J.dtype), k=6, which="LM")[0]
    ours = analysis.spectrum(game, players, batch, parts=("largest_modulus",))
    assert apart(ours.values, outer) < 1e-10
    left = analysis.spectrum(game, players, batch, parts=("largest_modulus",), left=True)
    assert apart(left.values, outer) < 1e-10
    np.testing.assert_allclose(left.vectors.T @ J, left.values[:, None] * left.vectors.T, atol=1e-9)
    # The sum of all eigenvalues is the trace, and complex ones come in conjugate pairs.
    assert len(whole.values) == len(J)
    assert np.sum(whole.values) == pytest.approx(np.trace(J), abs=1e-10)
    assert apart(np.conj(whole.values), whole.values) < 1e-10


def test_products_alone_find_the_part_nearest_to_the_axis_where_the_krylov_space_may_be_as_large_as_the_game():
    setting = small_gan((12,), 12, 2)
    found = analysis.spectrum(*setting, parts=("nearest_axis",), dense_below=0)
    assert found.converged.all()
    assert found.settled
    check_parts(found, np.linalg.eigvals(np.asarray(jax.jit(analysis.jacobian)(*setting))), ("nearest_axis",))


@pytest.mark.slow
def test_the_spectrum_agrees_with_the_dense_one_on_a_gan_of_nearly_five_thousand_parameters():
    setting = small_gan((56, 56), 56, 16)
    assert 4_000 < ravel_pytree(setting[1])[0].size <= 5_000
    _, whole = check_against_dense(setting)
    # Hundreds of eigenvalues are below 1e-6: no Krylov space of products alone tells apart which of them are nearest to
    # the axis, and the pairs say so.
    inner = analysis.spectrum(*setting, parts=("nearest_axis",), dense_below=0)
    assert not inner.settled
    assert not inner.converged.any()
    assert apart(inner.values, whole.values) < inner.residuals.max()


def test_lanczos_agrees_with_the_dense_hessians():
    game, players, batch = small_gan((24,), 24, 8)
    J = np.asarray(jax.jit(analysis.jacobian)(game, players, batch))
    first = ravel_pytree(players["discriminator"])[0].size
    exact = {"discriminator": np.linalg.eigvalsh(J[:first, :first]), "generator": np.linalg.eigvalsh(J[first:, first:])}
    dense = analysis.block_spectra(game, players, batch)
    large = analysis.block_spectra(game, players, batch, num=4, dense_below=0)
    for name, values in exact.items():
        np.testing.assert_allclose(dense[name].values, values[::-1], atol=1e-12)
        assert large[name].converged.all()
        assert large[name].settled
        np.testing.assert_allclose(large[name].values, [*values[:-5:-1], *values[3::-1]], atol=1e-10)


@pytest.mark.parametrize("dense_below", [0, 100])
def test_the_spectrum_of_a_quadratic_game_is_the_one_it_was_made_from(dense_below):
    wanted = [0.5 + 2j, 0.5 - 2j, 0.1 + 1j, 0.1 - 1j, 3.0, 1.0]
    game = games.quadratic("spectrum", spectrum=wanted, size=3)
    found = analysis.spectrum(game, game.equilibrium, None, num=6, dense_below=dense_below)
    assert found.settled
    assert found.converged.all()
    assert len(found.values) == 6
    assert apart(found.values, wanted) < 1e-12
    assert apart(wanted, found.values) < 1e-12
    assert np.all(np.diff(found.values.real) <= 0)


def test_eigenvalues_of_the_dirac_gan_at_its_equilibrium():
    for strength in (0.0, 0.5, 1.0, 1.5):
        game = games.dirac(penalty="r1", strength=strength)
        roots = strength / 2 + np.array([1, -1]) * np.sqrt(strength**2 / 4 - 0.25 + 0j)
        found = analysis.spectrum(game, game.equilibrium, None)
        assert apart(roots, found.values) < 1e-7  # at the double root eigenvalues move by the root of eps


def test_what_has_not_converged_says_so():
    size = 300
    matrix = jnp.diag(jnp.linspace(0.0, 1.0, size))
    product = jax.tree_util.Partial(jnp.dot, matrix)
    start = jax.random.normal(KEY, (size,))
    # Eigenvalues 1/299 apart need a larger space than 40 vectors.
    poor = krylov.eigenpairs(product, start, 4, ("largest_real",), max_size=40)
    assert not poor.converged.all()
    assert not poor.settled
    # The residual bounds the error, since the matrix is normal.
    assert np.all(np.abs(poor.values[:, None] - np.diag(matrix)[None]).min(axis=1) <= poor.residuals + 1e-14)
    rich = krylov.eigenpairs(product, start, 4, ("largest_real",), max_size=300)
    assert rich.converged.all()
    assert rich.settled
    np.testing.assert_allclose(np.sort(rich.values.real), np.diag(matrix)[-4:], atol=1e-9)
    assert rich.num_products > poor.num_products


def test_an_invariant_krylov_space_ends_the_search():
    matrix = jnp.diag(jnp.repeat(jnp.array([3.0, 1.0, -2.0]), 100))
    found = krylov.eigenpairs(jax.tree_util.Partial(jnp.dot, matrix), jax.random.normal(KEY, (300,)), 2)
    assert found.settled
    assert found.converged.all()
    np.testing.assert_allclose(np.unique(found.values.real.round(9)), [-2.0, 1.0, 3.0])


def test_single_precision_stays_single():
    game = games.quadratic("spectrum", spectrum=[1.0, 2.0, 3.0, 5.0], size=2)
    game, point = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), (game, game.equilibrium))
    found = analysis.spectrum(game, point, None, num=1, parts=("largest_real",), dense_below=0)
    assert found.values.dtype == np.complex64 or found.values.dtype == np.float32
    np.testing.assert_allclose(found.values, [5.0], rtol=1e-5)


def test_wrong_arguments_are_told_in_sentences():
    game = games.bilinear()
    with pytest.raises(ValueError, match="it has to be one of largest_modulus"):
        analysis.spectrum(game, game.equilibrium, None, parts=("middle",), dense_below=0)
    with pytest.raises(ValueError, match="num is 0"):
        analysis.spectrum(game, game.equilibrium, None, num=0, dense_below=0)
    with pytest.raises(ValueError, match="max_size is 0"):
        analysis.spectrum(game, game.equilibrium, None, dense_below=0, max_size=0)
    nowhere = gg.zero_sum(lambda players, batch: players["x"] * players["y"] * jnp.log(players["x"]))
    for dense_below in (0, 100):
        with pytest.raises(ValueError, match="is not finite"):
            analysis.spectrum(nowhere, {"x": -1.0, "y": 1.0}, None, dense_below=dense_below)


def test_a_missing_package_is_told_in_one_sentence():
    with pytest.raises(
        ImportError, match=r"needs no_such_package; install it with `pip install 'gangame\[analysis\]'`"
    ):
        extra("no_such_package.part")
