"""A small convolutional network that names the class of an image, and whose last hidden layer is its features."""

import jax
import jax.numpy as jnp
from flax import linen

from gangame.core import Array
from gangame.nets.convolutions import conv
from gangame.nets.network import Network, from_linen
from gangame.nets.noise import Dropout, per_layer
from gangame.nets.resampling import halvings
from gangame.ranges import check_sizes


class ImageClassifier(linen.Module):
    """Maps half as large with each layer, and two linear layers on the smallest."""

    size: int
    num_classes: int
    width: int
    num_features: int
    kernel_size: int
    dropout: tuple

    @linen.compact
    def __call__(self, x: Array, with_last: bool = True) -> Array:
        """Maps `[batch, size, size, channels]` to `[batch, num_classes]`, or to `[batch, num_features]`."""
        dtype = jnp.result_type(float)
        for layer in range(halvings(self.size)[1]):
            convolution = conv(self.width * 2**layer, self.kernel_size, linen.initializers.he_normal(), strides=2)
            x = jax.nn.relu(convolution(x))
        flat = self.thinned(x.reshape(len(x), -1), 0)
        features = jax.nn.relu(linen.Dense(self.num_features, param_dtype=dtype)(flat))
        if not with_last:
            return features
        return linen.Dense(self.num_classes, param_dtype=dtype)(self.thinned(features, 1))

    def thinned(self, x: Array, place: int) -> Array:
        """Returns what dropout leaves, before the first or the second linear layer."""
        return Dropout(self.dropout[place])(x) if self.dropout else x


def image_classifier(
    size: int,
    channels: int,
    num_classes: int,
    *,
    width: int = 16,
    num_features: int = 64,
    kernel_size: int = 3,
    dropout: float = 0.0,
) -> Network:
    """Returns a network from images `[batch, size, size, channels]` to the logits of classes `[batch, num_classes]`.

    Convolutions of stride 2 with ReLU make maps half as large, with twice as many channels, down to 4×4 (7×7 for 28);
    then come a linear layer with ReLU, the features, and a linear one. It judges each image by itself.

    Args:
      size: of the images: 4 or 7 times a power of two, 8 or more.
      channels: of the images, 1 or more.
      num_classes: 1 or more.
      width: channels of the first layer, 1 or more.
      num_features: width of the last hidden layer, 1 or more.
      kernel_size: of the convolutions, 1 or more.
      dropout: probability that a number which a linear layer sees is set to zero, 0 or more and below 1. Where it is
        not 0 the network is stochastic.

    Returns:
      The network. Its features are `[batch, num_features]`, 0 or more.

    Raises:
      ValueError: a number outside its range.

    Source: LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document Recognition", 1998,
    https://doi.org/10.1109/5.726791, for the kind of network.

    Example:
      >>> network, images = image_classifier(8, 1, 10, width=4), jnp.ones((3, 8, 8, 1))
      >>> jax.eval_shape(lambda key: network.features(network.init(key), images), jax.random.key(0)).shape
      (3, 64)
    """
    halvings(size)
    check_sizes(
        channels=channels, num_classes=num_classes, width=width, num_features=num_features, kernel_size=kernel_size
    )
    rates = per_layer("dropout", dropout, 2, 1)
    module = ImageClassifier(size, num_classes, width, num_features, kernel_size, rates)
    return from_linen(module, (size, size, channels), features=True, stochastic=bool(rates))
