"""Orthonormal bases, Haar's wavelets and cosines, and a network that says coefficients in place of pixels."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, Key, PyTree
from gangame.nets.network import Network
from gangame.ranges import check_sizes


def haar_basis(size: int) -> Array:
    """Returns Haar's orthonormal wavelets `[size, size]`, one in each row, from coarse to fine.

        H₁ = 1,    H₂ₙ = [Hₙ ⊗ (1, 1); Iₙ ⊗ (1, −1)] / √2

    Args:
      size: a power of two.

    Raises:
      ValueError: another size.

    Source: Haar, "Zur Theorie der orthogonalen Funktionensysteme", 1910, https://doi.org/10.1007/BF01456326.

    Example:
      >>> (haar_basis(4) * jnp.sqrt(4.0)).round(2).tolist()[:2]
      [[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, -1.0, -1.0]]
    """
    check_sizes(size=size)
    if size & (size - 1):
        raise ValueError(f"size is {size}; Haar's wavelets are there for powers of two.")
    basis = np.ones((1, 1))
    while len(basis) < size:
        basis = np.concatenate([np.kron(basis, [1, 1]), np.kron(np.eye(len(basis)), [1, -1])]) / math.sqrt(2)
    return jnp.asarray(basis, float)


def cosine_basis(size: int) -> Array:
    """Returns the orthonormal cosines of the discrete cosine transform, DCT-II, `[size, size]`, one in each row.

        C_kn = √(2/N) cos(πk(n + ½)/N),    over √2 for k = 0

    Args:
      size: N, 1 or more.

    Raises:
      ValueError: another size.

    Source: Ahmed, Natarajan, Rao, "Discrete Cosine Transform", 1974, https://doi.org/10.1109/T-C.1974.223784.

    Example:
      >>> (cosine_basis(2) * jnp.sqrt(2.0)).round(2).tolist()
      [[1.0, 1.0], [1.0, -1.0]]
    """
    check_sizes(size=size)
    basis = np.cos(np.pi / size * np.outer(np.arange(size), np.arange(size) + 0.5)) * math.sqrt(2 / size)
    basis[0] /= math.sqrt(2)
    return jnp.asarray(basis, float)


def in_basis(network: Network, basis: Array) -> Network:
    """Returns the network whose outputs are coefficients in an orthonormal basis, and whose images are tanh of theirs.

        G(z) = tanh(Bᵀ C(z) B),    C(z) the outputs as a square

    The last layer of a perceptron may be turned as the basis is, so it can make the same images in any basis, and
    plain gradient steps do: turned starts stay turned. Adam, which has a rate for each parameter, does not.

    Args:
      network: to `[batch, size · size]`, without a squash.
      basis: B, `[size, size]`, orthonormal, such as `nets.haar_basis(size)`; `jnp.eye(size)` are pixels.

    Returns:
      The network, to flat images `[batch, size · size]` in [−1, 1], without features.

    Raises:
      ValueError: another shape, or a basis that is not orthonormal; at `apply`, if the outputs are not size².

    Source: Gal, Cohen Hochberg, Bermano, Cohen-Or, "SWAGAN: A Style-based Wavelet-driven Generative Model", 2021,
      https://arxiv.org/abs/2102.06108, for generating wavelets.

    Example:
      >>> from gangame.nets import mlp
      >>> network = in_basis(mlp(3, (4,), 64), cosine_basis(8))
      >>> network.apply(network.init(jax.random.key(0)), jnp.ones((5, 3))).shape
      (5, 64)
    """
    basis = jnp.asarray(basis)
    if basis.ndim != 2 or basis.shape[0] != basis.shape[1]:
        raise ValueError(f"The basis has the shape {basis.shape}; it has to be a square.")
    if not isinstance(basis, jax.core.Tracer) and not jnp.allclose(basis @ basis.T, jnp.eye(len(basis)), atol=1e-5):
        raise ValueError("The rows of the basis are not orthonormal; nets.haar_basis and nets.cosine_basis are.")
    return network._replace(features=None).mapped(_images, basis)


def _images(
    function: Callable[..., Array], basis: Array, parameters: PyTree, inputs: PyTree, key: Key | None = None
) -> Array:
    outputs = function(parameters, inputs) if key is None else function(parameters, inputs, key)
    size = len(basis)
    if outputs.shape[1] != size**2:
        raise ValueError(
            f"The network has {outputs.shape[1]} outputs; in a basis of size {size} there have to be {size**2}, a "
            "coefficient for each pixel."
        )
    basis = basis.astype(outputs.dtype)
    return jnp.tanh(basis.T @ outputs.reshape(-1, size, size) @ basis).reshape(outputs.shape)
