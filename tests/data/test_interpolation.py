import jax
import jax.numpy as jnp
import numpy as np
from jax.test_util import check_grads

from gangame.data import slerp


def test_the_arc_keeps_its_length_and_goes_at_a_steady_pace():
    start, end = np.array([3.0, 0.0, 4.0]), np.array([0.0, 5.0, 0.0])
    path = np.asarray(slerp(jnp.array(start), jnp.array(end), jnp.linspace(0, 1, 7)))
    np.testing.assert_allclose(path[[0, -1]], [start, end], atol=1e-14)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 5, rtol=1e-14)
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    np.testing.assert_allclose(steps, 2 * 5 * np.sin(np.pi / 24), rtol=1e-12)  # chords of a sixth of a right angle


def test_latents_of_one_direction_are_joined_by_a_line():
    z = jnp.array([1.0, 2.0])
    np.testing.assert_allclose(slerp(z, 3 * z, jnp.array(0.5)), 2 * z, rtol=1e-14)
    check_grads(lambda end: slerp(z, end, jnp.array(0.3)), (jnp.array([-2.0, 1.0]),), order=1, modes=["rev"])


def test_each_row_has_its_own_arc_and_type():
    keys = jax.random.split(jax.random.key(0))
    start, end = (jax.random.normal(key, (4, 3), jnp.float32) for key in keys)
    share = jnp.linspace(0, 1, 4, dtype=jnp.float32)
    together = slerp(start, end, share)
    assert together.dtype == jnp.float32
    alone = jnp.stack([slerp(*each) for each in zip(start, end, share, strict=True)])
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)
