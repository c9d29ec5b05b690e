"""Samplers `(key, num_samples) -> batch`, and real data sets."""

from gangame.data.digits import Images, handwritten
from gangame.data.mixtures import Mixture, grid, ring, scattered

__all__ = ["Images", "Mixture", "grid", "handwritten", "ring", "scattered"]
