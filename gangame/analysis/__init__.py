"""What a game does, and what a rule does to it: fields, Jacobians, spectra, flows, local rates."""

from gangame.analysis import pictures
from gangame.analysis.basins import Basins, basins
from gangame.analysis.diagnosis import REGIMES, Diagnosis, diagnose, vital_signs
from gangame.analysis.drift import modified_field, step_field
from gangame.analysis.exploitability import Exploitability, distance_to_equilibrium, exploitability
from gangame.analysis.fictitious_play import best_response, best_response_gap, fictitious_play
from gangame.analysis.flow import flow
from gangame.analysis.freeze import freeze
from gangame.analysis.helmholtz import Parts, Rotation, helmholtz, rotation
from gangame.analysis.krylov import PARTS, Eigenpairs, select
from gangame.analysis.path import Path, path
from gangame.analysis.phase import phase_diagram, rate_diagram, stability_region
from gangame.analysis.spectrum import block_spectra, spectrum
from gangame.analysis.update_matrix import LocalRate, local_rate, spectral_radius, step_map, update_matrix
from gangame.analysis.verdict import Verdict, verdict
from gangame.calculus import field, jacobian

__all__ = [
    "PARTS",
    "REGIMES",
    "Basins",
    "Diagnosis",
    "Eigenpairs",
    "Exploitability",
    "LocalRate",
    "Parts",
    "Path",
    "Rotation",
    "Verdict",
    "basins",
    "best_response",
    "best_response_gap",
    "block_spectra",
    "diagnose",
    "distance_to_equilibrium",
    "exploitability",
    "fictitious_play",
    "field",
    "flow",
    "freeze",
    "helmholtz",
    "jacobian",
    "local_rate",
    "modified_field",
    "path",
    "phase_diagram",
    "pictures",
    "rate_diagram",
    "rotation",
    "select",
    "spectral_radius",
    "spectrum",
    "stability_region",
    "step_field",
    "step_map",
    "update_matrix",
    "verdict",
    "vital_signs",
]
