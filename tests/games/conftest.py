import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import games
from gangame.data import Facts, Images, ImageSet
from gangame.nets import Network


@pytest.fixture
def tiny_gan():
    """Returns a function that makes a GAN of four data, with networks by hand: nothing to compile but what is asked."""

    def generate(parameters, z):
        return z @ parameters["kernel"] + parameters["bias"]

    def features(parameters, x):
        return jnp.tanh(x @ parameters["hidden"])

    def judge(parameters, x):
        return features(parameters, x) @ parameters["last"] + parameters["bias"]

    def data(key, num_samples):
        return jnp.stack([jnp.arange(1.0, 1 + num_samples), jnp.cos(jnp.arange(1.0, 1 + num_samples))], axis=1)

    def make(packing=1, **options):
        weights = jnp.sin(jnp.arange(10.0 * packing) + 1)
        generator = Network(lambda key: {"kernel": weights[:4].reshape(2, 2), "bias": weights[4:6]}, generate)
        discriminator = Network(
            lambda key: {
                "hidden": weights[: 6 * packing].reshape(2 * packing, 3),
                "last": weights[6:9, None],
                "bias": weights[9:10],
            },
            judge,
            features,
        )
        return games.gan(
            generator,
            discriminator,
            jax.tree_util.Partial(data),
            latent_dim=2,
            batch_size=4,
            packing=packing,
            **options,
        )

    def start(game):
        return game.init(jax.random.key(0)), game.sample(jax.random.key(0))

    make.start = start
    return make


@pytest.fixture
def few_images():
    """A set of twelve images of two pixels in three classes, of the sizes 6, 4 and 2."""
    pixels = np.random.default_rng(3).integers(0, 256, (12, 1, 2, 1)).astype(np.uint8)
    labels = np.array([0, 1, 0, 2, 1, 0, 0, 1, 0, 2, 0, 1], np.int32)
    few = Images(jnp.asarray(pixels), jnp.asarray(labels), (1, 2, 1)).flat()
    return ImageSet(few, few, Facts("few", "noise", ("a", "b", "c"), "none", "made here", "none"))


@pytest.fixture
def by_hand():
    """Returns a function from a start and an apply function to a network without anything to compile."""
    return lambda start, apply, features=None: Network(lambda key: start, apply, features)
