"""Generative models without an adversary, beside which a GAN stands in the taxonomy of its tutorial.

They are no games: each has one loss and one player. `MODELS` is the one catalogue; every factory takes the number of
pixels of a binary vector and returns a `Model`, which `fit` trains.
"""

from collections.abc import Callable

from gangame.models.belief_net import belief_net
from gangame.models.bits import log_bernoulli
from gangame.models.boltzmann import boltzmann
from gangame.models.fit import fit
from gangame.models.gibbs import free_energy, gibbs
from gangame.models.gsn import gsn, gsn_network
from gangame.models.made import made
from gangame.models.model import Model
from gangame.models.partition import annealed_log_partition, exact_samples, log_partition
from gangame.models.pixel_cnn import pixel_cnn
from gangame.models.real_nvp import coupling_flow, real_nvp
from gangame.models.vae import autoencoder, vae

MODELS: dict[str, Callable[..., Model]] = {
    "made": made,
    "pixel_cnn": pixel_cnn,
    "real_nvp": real_nvp,
    "vae": vae,
    "boltzmann": boltzmann,
    "gsn": gsn,
}

__all__ = [
    "MODELS",
    "Model",
    "annealed_log_partition",
    "autoencoder",
    "belief_net",
    "boltzmann",
    "coupling_flow",
    "exact_samples",
    "fit",
    "free_energy",
    "gibbs",
    "gsn",
    "gsn_network",
    "log_bernoulli",
    "log_partition",
    "made",
    "pixel_cnn",
    "real_nvp",
    "vae",
]
