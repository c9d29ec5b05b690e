import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chisquare


@pytest.fixture(scope="session")
def everything():
    """Returns a function that lists all binary vectors of a length, `[2^n, n]`, the first bit being the slowest."""
    return lambda number: np.indices((2,) * number).reshape(number, -1).T.astype(float)


@pytest.fixture(scope="session")
def drawn():
    """Returns a function that draws parameters of a model, no number of which is zero."""

    def draw(init, scale=1.0):
        leaves, structure = jax.tree.flatten(jax.eval_shape(init, jax.random.key(0)))
        rng = np.random.default_rng(0)
        return jax.tree.unflatten(structure, [jnp.asarray(scale * rng.normal(size=leaf.shape)) for leaf in leaves])

    return draw


@pytest.fixture(scope="session")
def draws_as_often():
    """Returns a function that asserts that binary vectors come as often as they should, by the χ² test."""

    def check(samples, probabilities):
        samples = np.asarray(samples)
        codes = (samples @ 2 ** np.arange(samples.shape[1])[::-1]).astype(int)
        counts = np.bincount(codes, minlength=len(probabilities))
        expected = len(samples) * np.asarray(probabilities) / np.sum(probabilities)
        assert expected.min() > 1
        assert chisquare(counts, expected).pvalue > 0.001

    return check
