"""PixelCNN: a fully visible belief net by masked convolutions."""

import math
from collections.abc import Callable

from gangame.core import Array, PyTree
from gangame.models.belief_net import belief_net
from gangame.models.model import Model
from gangame.nets import causal_convolutions
from gangame.ranges import check_sizes


def pixel_cnn(num_pixels: int, *, width: int = 16, num_blocks: int = 4, kernel_size: int = 7) -> Model:
    """Fully visible belief net by masked convolutions, for square images; its likelihood is exact.

    Args:
      num_pixels: of an image, row by row; a square number.
      width: channels of all maps, 1 or more.
      num_blocks: residual blocks, each of which sees a pixel farther, 1 or more.
      kernel_size: of the first convolution, an odd number.

    Raises:
      ValueError: a number outside its range.

    Source: van den Oord, Kalchbrenner, Kavukcuoglu, "Pixel Recurrent Neural Networks", 2016,
    https://arxiv.org/abs/1601.06759.

    Example:
      >>> import jax
      >>> model = pixel_cnn(16, width=2, num_blocks=1)
      >>> model.sample(model.init(jax.random.key(0)), jax.random.key(1), 3).shape
      (3, 16)
    """
    check_sizes(num_pixels=num_pixels)
    size = math.isqrt(num_pixels)
    if size**2 != num_pixels:
        raise ValueError(f"num_pixels is {num_pixels}; it has to be a square number, the pixels of a square image.")
    network = causal_convolutions(size, width=width, num_blocks=num_blocks, kernel_size=kernel_size)

    def flat(function: Callable[[PyTree, Array], Array], parameters: PyTree, points: Array) -> Array:
        return function(parameters, points.reshape(-1, size, size, 1)).reshape(points.shape)

    return belief_net(network.mapped(flat), num_pixels)
