import jax
import jax.numpy as jnp
import pytest

from gangame import games
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
