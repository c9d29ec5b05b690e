"""The generative stochastic network: its chain on all states of three bits."""

import jax
import jax.numpy as jnp
import numpy as np

from gangame import models

KEY = jax.random.key(0)
SIZE, CORRUPTION = 3, 0.4
SHARES = np.array([0.2, 0.5, 0.9])


def stationary(logits, x):
    """The distribution that corruption, and reconstruction by bits with these logits `[8, 3]`, leave as it is."""
    flipped = np.abs(x[:, None] - x)
    corrupted = np.prod(np.where(flipped > 0, CORRUPTION / 2, 1 - CORRUPTION / 2), axis=-1)
    on = 1 / (1 + np.exp(-logits))[:, None]
    back = np.prod(np.where(x > 0, on, 1 - on), axis=-1)
    values, vectors = np.linalg.eig((corrupted @ back).T)
    vector = np.real(vectors[:, np.argmax(np.real(values))])
    return vector / vector.sum()


def test_samples_are_of_the_stationary_distribution_of_the_enumerated_chain(everything, drawn, draws_as_often):
    model = models.gsn(SIZE, hidden=(4,), corruption=CORRUPTION, noise=0.0, num_steps=40)
    network = models.gsn_network(SIZE, hidden=(4,))
    parameters, x = drawn(model.init), everything(SIZE)
    samples, logits = jax.jit(
        lambda parameters: (model.sample(parameters, KEY, 8000), network.apply(parameters, jnp.asarray(x)))
    )(parameters)
    expected = stationary(np.asarray(logits), x)
    assert np.ptp(np.log(expected)) > 1
    draws_as_often(samples, expected)


def test_with_the_posterior_of_the_data_the_chain_has_their_distribution_and_the_loss_its_minimum(everything):
    """Independent bits: the logit of x given its corruption is linear, logit p ± log((2 − c)/c)."""
    model = models.gsn(SIZE, hidden=(), corruption=CORRUPTION, num_walkbacks=1)
    gain = np.log((2 - CORRUPTION) / CORRUPTION)
    parameters = {"Dense_0": {
        "kernel": jnp.asarray(2 * gain * np.eye(SIZE)), "bias": jnp.asarray(np.log(SHARES / (1 - SHARES)) - gain)
    }}  # fmt: skip
    x = everything(SIZE)
    truth = np.prod(np.where(x > 0, SHARES, 1 - SHARES), axis=1)
    logits = models.gsn_network(SIZE, hidden=()).apply(parameters, jnp.asarray(x))
    np.testing.assert_allclose(stationary(np.asarray(logits), x), truth, atol=1e-12)
    points = (jax.random.uniform(KEY, (100_000, SIZE)) < SHARES).astype(float)
    slopes = jax.jit(jax.grad(model.loss))(parameters, points, jax.random.key(1))
    assert max(float(jnp.abs(each).max()) for each in jax.tree.leaves(slopes)) < 5 * 0.5 / np.sqrt(len(points))
