"""MADE: a fully visible belief net by one masked perceptron."""

from gangame.models.belief_net import belief_net
from gangame.models.model import Model
from gangame.nets import masked_mlp
from gangame.ranges import check_sizes


def made(num_pixels: int, *, hidden: tuple[int, ...] = (256,), activation: str = "relu") -> Model:
    """Fully visible belief net by a masked perceptron; its likelihood is exact.

    Args:
      num_pixels: of a binary vector, 1 or more; pixels come in their order.
      hidden: widths of the hidden layers.
      activation: of the hidden layers, one of `nets.ACTIVATIONS`.

    Raises:
      ValueError: an unknown activation, or a number outside its range.

    Source: Germain, Gregor, Murray, Larochelle, "MADE: Masked Autoencoder for Distribution Estimation", 2015,
    https://arxiv.org/abs/1502.03509; its ensembles of orders and masks are left out.

    Example:
      >>> import jax
      >>> model = made(4, hidden=(8,))
      >>> model.sample(model.init(jax.random.key(0)), jax.random.key(1), 3).shape
      (3, 4)
    """
    check_sizes(num_pixels=num_pixels)
    return belief_net(masked_mlp(num_pixels, hidden, activation=activation), num_pixels)
