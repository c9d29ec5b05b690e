"""Mixtures of Gaussians: centres on a ring, on a grid, or at random."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, Key
from gangame.ranges import check_positive


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of isotropic Gaussians with one common standard deviation.

    Attributes:
      centers: `[modes, features]`.
      std: standard deviation of each mode along each feature, a scalar.
      weights: `[modes]`, the probability of each mode.
    """

    centers: Array
    std: Array
    weights: Array

    def __call__(self, key: Key, num_samples: int) -> Array:
        """Returns samples `[num_samples, features]`."""
        key_mode, key_noise = jax.random.split(key)
        cumulative = jnp.cumsum(self.weights)
        uniform = jax.random.uniform(key_mode, (num_samples,), self.weights.dtype) * cumulative[-1]
        mode = jnp.searchsorted(cumulative, uniform, side="right")
        noise = jax.random.normal(key_noise, (num_samples, self.centers.shape[1]), self.centers.dtype)
        return self.centers[mode] + self.std * noise

    def log_density(self, points: Array) -> Array:
        """Returns the log density `[...]` in nats at points `[..., features]`."""
        squared = jnp.sum((points[..., None, :] - self.centers) ** 2, axis=-1)
        features = self.centers.shape[1]
        log_normalizer = features * (jnp.log(self.std) + 0.5 * jnp.log(2 * jnp.pi))
        return jax.nn.logsumexp(-0.5 * squared / self.std**2, axis=-1, b=self.weights) - log_normalizer


def _is_positive(number: Any) -> bool:
    """Returns whether all of it is positive; what is traced counts as positive, since its value is not yet known."""
    return isinstance(number, jax.core.Tracer) or bool(np.all(np.asarray(number) > 0))


def _mixture(centers: Array | np.ndarray, std: float, weights: Sequence[float] | Array | None) -> Mixture:
    check_positive(std=std)
    modes = len(centers)
    if weights is not None and (np.shape(weights) != (modes,) or not _is_positive(weights)):
        raise ValueError(f"weights are {weights}; there have to be {modes} of them, one for each mode, positive.")
    if weights is None:
        share = jnp.asarray(np.full(modes, 1 / modes), float)
    else:
        share = jnp.asarray(weights, float)
        share = share / share.sum()
    return Mixture(jnp.asarray(centers, float), jnp.asarray(std, float), share)


def ring(modes: int = 8, radius: float = 2.0, std: float = 0.02, weights: Sequence[float] | None = None) -> Mixture:
    """Returns Gaussians at `modes` distinct, equally spaced angles on a circle around the origin.

    The angles are 2πk/modes for k = 0..modes−1: the end point 2π is not counted, so eight modes are eight (the notebook
    published with Metz et al. 2017 has seven).

    Args:
      modes: how many, 1 or more.
      radius: of the circle, positive.
      std: standard deviation of each mode, positive.
      weights: `modes` positive numbers, normalised to sum 1; `None` is uniform.

    Raises:
      ValueError: a number outside its range.
    """
    if modes < 1 or not _is_positive(radius):
        raise ValueError(
            f"modes is {modes} and radius is {radius}; there has to be 1 mode or more, on a positive radius."
        )
    angle = 2 * np.pi * np.arange(modes) / modes
    return _mixture(radius * np.stack([np.cos(angle), np.sin(angle)], axis=1), std, weights)


def grid(modes: int = 25, spacing: float = 2.0, std: float = 0.05, weights: Sequence[float] | None = None) -> Mixture:
    """Returns Gaussians on a square grid around the origin.

    Args:
      modes: how many; a square number.
      spacing: distance between neighbours, positive.
      std: standard deviation of each mode, positive.
      weights: `modes` positive numbers, normalised to sum 1; `None` is uniform.

    Raises:
      ValueError: a number outside its range.
    """
    side = round(max(modes, 0) ** 0.5)
    if side < 1 or side**2 != modes or not _is_positive(spacing):
        raise ValueError(
            f"modes is {modes} and spacing {spacing}; a grid has 1, 4, 9, 16, 25, ... modes, spacing is positive."
        )
    axis = np.arange(side) - (side - 1) / 2
    return _mixture(spacing * np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2), std, weights)


def scattered(
    modes: int = 8, radius: float = 2.0, std: float = 0.02, weights: Sequence[float] | None = None, seed: int = 0
) -> Mixture:
    """Returns Gaussians at random centres, uniform on the square [−radius, radius]².

    Args:
      modes: how many, 1 or more.
      radius: half the side of the square, positive.
      std: standard deviation of each mode, positive.
      weights: `modes` positive numbers, normalised to sum 1; `None` is uniform.
      seed: chooses the centres, 0 or more.

    Raises:
      ValueError: a number outside its range.
    """
    if modes < 1 or not _is_positive(radius) or seed < 0:
        raise ValueError(f"modes is {modes}, radius {radius}, seed {seed}; these are at least 1, positive, at least 0.")
    return _mixture(radius * np.random.default_rng(seed).uniform(-1, 1, (modes, 2)), std, weights)
