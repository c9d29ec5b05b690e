"""Networks as pairs of pure functions. Only this package knows a network library."""

from gangame.nets.mlp import ACTIVATIONS, INITIALIZERS, mlp
from gangame.nets.network import Network, from_linen
from gangame.nets.spectral import spectrally_normalised
from gangame.nets.weight_norm import weight_normalised

__all__ = ["ACTIVATIONS", "INITIALIZERS", "Network", "from_linen", "mlp", "spectrally_normalised", "weight_normalised"]
