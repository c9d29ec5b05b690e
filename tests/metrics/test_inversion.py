import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.metrics import inversion_error, latent_search

KEY = jax.random.key(0)
RNG = np.random.default_rng(0)


def test_a_linear_generator_is_inverted_as_by_least_squares():
    A, b, images = RNG.normal(size=(3, 6)), RNG.normal(size=6), RNG.normal(size=(4, 6))
    invert = jax.jit(
        lambda A, images: inversion_error(lambda z: (z @ A + b).reshape(-1, 2, 3), images, KEY, latent_dim=3)
    )
    found = invert(A, images.reshape(4, 2, 3))
    latents, squared, *_ = np.linalg.lstsq(A.T, (images - b).T, rcond=None)
    np.testing.assert_allclose(found["error"], squared / 6, rtol=1e-10)
    # The error is flat at its minimum: to rounding ε it fixes the latents to √ε.
    np.testing.assert_allclose(found["latents"], latents.T, atol=1e-6)
    np.testing.assert_allclose(found["errors"], np.repeat(squared[:, None] / 6, 3, axis=1), rtol=1e-10)


def test_images_that_the_generator_made_have_no_error():
    A, B = RNG.normal(size=(2, 8)), RNG.normal(size=(8, 12)) / 3

    def generate(z):
        return jnp.tanh(jnp.tanh(z @ A) @ B)

    latents = RNG.normal(size=(6, 2))
    invert = jax.jit(lambda images: inversion_error(generate, images, KEY, latent_dim=2, num_restarts=8))
    found = invert(generate(latents))
    assert jnp.max(found["error"]) < 1e-12
    shifted = invert(generate(latents) + 3.0)  # tanh ends at 1
    assert jnp.min(shifted["error"]) > 1


def test_the_best_of_several_starts_counts_and_one_that_ends_nowhere_does_not():
    """(z² − 1)² + z/5 has a minimum on either side of 0, the deeper one on the left; and no value beyond 1.6."""

    def generate(z):
        return jnp.sqrt((z**2 - 1) ** 2 + z / 5 + jnp.where(jnp.abs(z) > 1.6, jnp.nan, 1.0))

    found = jax.jit(lambda: inversion_error(generate, jnp.zeros((1, 1)), KEY, latent_dim=1, num_restarts=30))()
    errors = np.asarray(found["errors"][0])
    roots = np.roots([4, 0, -4, 0.2]).real
    minima = np.sort([(z**2 - 1) ** 2 + z / 5 + 1 for z in roots])[:2]
    starts = np.asarray(jax.random.normal(KEY, (1, 30, 1)))[0, :, 0]
    assert np.all(np.isinf(errors[np.abs(starts) > 1.6]))
    ended = errors[np.abs(starts) < 1.6]
    assert np.all(np.isfinite(ended))
    assert {int(np.abs(minima - error).argmin()) for error in ended} == {0, 1}
    assert found["error"][0] == pytest.approx(minima[0], rel=1e-9)
    assert errors[found["best"][0]] == found["error"][0]
    assert found["latents"][0, 0] == pytest.approx(roots.min(), abs=1e-5)


def test_a_search_finds_the_minimum_of_a_quadratic_and_never_ends_behind_its_start():
    A = RNG.normal(size=(4, 4))
    matrix, points = A @ A.T + np.eye(4), RNG.normal(size=(5, 4))

    def error(z, point):
        return (z - point) @ matrix @ (z - point) / 2

    def search(starts, num_steps):
        return jax.vmap(lambda start, point: latent_search(error, start, point, num_steps))(starts, points)

    starts = RNG.normal(size=(5, 4))
    found, least = jax.jit(lambda starts: search(starts, 30))(starts)
    np.testing.assert_allclose(found, points, atol=1e-6)
    assert np.all(least < 1e-11)
    few, so_far = jax.jit(lambda starts: search(starts, 1))(starts)
    np.testing.assert_allclose(so_far, jax.vmap(error)(few, points), rtol=1e-12)
    assert np.all(so_far <= jax.vmap(error)(starts, points))
    with pytest.raises(ValueError, match="num_steps is 0"):
        latent_search(error, starts[0], points[0], 0)
