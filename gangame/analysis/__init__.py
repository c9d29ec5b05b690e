"""What a game does, and what a rule does to it: fields, Jacobians, spectra, flows, local rates."""

from gangame.analysis.fictitious_play import best_response, best_response_gap, fictitious_play
from gangame.analysis.flow import flow
from gangame.analysis.krylov import PARTS, Eigenpairs
from gangame.analysis.spectrum import block_spectra, spectrum
from gangame.analysis.update_matrix import LocalRate, local_rate, spectral_radius, step_map, update_matrix
from gangame.calculus import field, jacobian

__all__ = [
    "PARTS",
    "Eigenpairs",
    "LocalRate",
    "best_response",
    "best_response_gap",
    "block_spectra",
    "fictitious_play",
    "field",
    "flow",
    "jacobian",
    "local_rate",
    "spectral_radius",
    "spectrum",
    "step_map",
    "update_matrix",
]
