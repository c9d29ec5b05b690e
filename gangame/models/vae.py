"""The variational autoencoder."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, Key, PyTree
from gangame.models.bits import draw_bits, log_bernoulli
from gangame.models.model import Model
from gangame.nets import Network, mlp
from gangame.ranges import check_sizes


class Autoencoder(NamedTuple):
    """Two networks; parameters are `{"encoder": ..., "decoder": ...}`.

    Attributes:
      encoder: from points to mean and log variance of q(z|x), `[batch, 2 · latents]`.
      decoder: from latents to logits of p(x|z), `[batch, num_pixels]`.
    """

    encoder: Network
    decoder: Network

    def log_weights(self, parameters: PyTree, points: Array, key: Key) -> Array:
        """Returns log p(x, z) − log q(z|x) `[batch]` for one z ~ q(z|x) each, of which E e^weight = p(x)."""
        mean, log_variance = jnp.split(self.encoder.apply(parameters["encoder"], points), 2, axis=-1)
        noise = jax.random.normal(key, mean.shape, mean.dtype)
        latents = mean + jnp.exp(log_variance / 2) * noise
        # The constants of the two normal densities cancel.
        prior_over_posterior = jnp.sum(noise**2 + log_variance - latents**2, axis=-1) / 2
        return log_bernoulli(self.decoder.apply(parameters["decoder"], latents), points) + prior_over_posterior


def autoencoder(
    num_pixels: int, *, latent_dim: int = 16, hidden: tuple[int, ...] = (200,), activation: str = "relu"
) -> Autoencoder:
    """Returns the two networks of `vae`, for who needs p(x|z); the arguments are those of `vae`."""
    check_sizes(num_pixels=num_pixels, latent_dim=latent_dim)
    return Autoencoder(
        mlp(num_pixels, hidden, 2 * latent_dim, activation=activation, init="lecun"),
        mlp(latent_dim, hidden[::-1], num_pixels, activation=activation, init="lecun"),
    )


def vae(
    num_pixels: int,
    *,
    latent_dim: int = 16,
    hidden: tuple[int, ...] = (200,),
    activation: str = "relu",
    num_draws: int = 100,
) -> Model:
    """Variational autoencoder with independent bits given the latents; its likelihood is a bound from below.

    The loss is minus the evidence lower bound with one draw, E log p(x, z) − log q(z|x) for z ~ q(z|x), q normal with a
    diagonal covariance, z ~ N(0, I) in the model. `log_likelihood` is the importance-weighted bound,

        E log (1/k) Σ_j p(x, z_j)/q(z_j|x)  ≤  log p(x),

    which k tightens.

    Args:
      num_pixels: of a binary vector, 1 or more.
      latent_dim: size of z, 1 or more.
      hidden: widths of the hidden layers of the encoder; the decoder has them the other way round.
      activation: of the hidden layers, one of `nets.ACTIVATIONS`.
      num_draws: k, 1 or more.

    Raises:
      ValueError: an unknown activation, or a number outside its range.

    Source: Kingma, Welling, "Auto-Encoding Variational Bayes", 2014, https://arxiv.org/abs/1312.6114; Burda, Grosse,
    Salakhutdinov, "Importance Weighted Autoencoders", 2016, https://arxiv.org/abs/1509.00519.

    Example:
      >>> model = vae(4, latent_dim=2, hidden=(8,))
      >>> model.sample(model.init(jax.random.key(0)), jax.random.key(1), 3).shape
      (3, 4)
    """
    check_sizes(num_draws=num_draws)
    networks = autoencoder(num_pixels, latent_dim=latent_dim, hidden=hidden, activation=activation)

    def init(key: Key) -> PyTree:
        key_encoder, key_decoder = jax.random.split(key)
        return {"encoder": networks.encoder.init(key_encoder), "decoder": networks.decoder.init(key_decoder)}

    def loss(parameters: PyTree, points: Array, key: Key) -> Array:
        return -jnp.mean(networks.log_weights(parameters, points, key))

    def log_likelihood(parameters: PyTree, points: Array, key: Key) -> Array:
        keys = jax.random.split(key, num_draws)
        weights = jax.lax.map(lambda each: networks.log_weights(parameters, points, each), keys)
        return jax.nn.logsumexp(weights, axis=0) - np.log(num_draws)

    def sample(parameters: PyTree, key: Key, num_samples: int) -> Array:
        key_latents, key_bits = jax.random.split(key)
        latents = jax.random.normal(key_latents, (num_samples, latent_dim))
        return draw_bits(key_bits, networks.decoder.apply(parameters["decoder"], latents))

    return Model(init, loss, sample, log_likelihood)
