"""What a game does, and what a rule does to it: fields, Jacobians, spectra."""

from gangame.analysis.update_matrix import spectral_radius, step_map, update_matrix
from gangame.calculus import field, jacobian

__all__ = ["field", "jacobian", "spectral_radius", "step_map", "update_matrix"]
