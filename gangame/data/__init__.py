"""Samplers `(key, num_samples) -> batch`, and real data sets."""

from gangame.data.digits import Images, handwritten
from gangame.data.gaussian import Gaussian, gaussian
from gangame.data.mixtures import Mixture, grid, ring, scattered
from gangame.data.normals import quick_normal

__all__ = ["Gaussian", "Images", "Mixture", "gaussian", "grid", "handwritten", "quick_normal", "ring", "scattered"]
