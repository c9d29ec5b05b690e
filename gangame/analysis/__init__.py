"""What a game does, and what a rule does to it: fields, Jacobians, spectra."""

from gangame.analysis.fictitious_play import best_response, best_response_gap, fictitious_play
from gangame.analysis.update_matrix import spectral_radius, step_map, update_matrix
from gangame.calculus import field, jacobian

__all__ = [
    "best_response",
    "best_response_gap",
    "fictitious_play",
    "field",
    "jacobian",
    "spectral_radius",
    "step_map",
    "update_matrix",
]
