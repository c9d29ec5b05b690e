"""Networks as pairs of pure functions. Only this package knows a network library."""

from gangame.nets.adapters import from_equinox, from_nnx
from gangame.nets.basis import cosine_basis, haar_basis, in_basis
from gangame.nets.classifier import image_classifier
from gangame.nets.dcgan import dcgan_discriminator, dcgan_generator
from gangame.nets.inception import inception_v3
from gangame.nets.infogan import infogan_networks
from gangame.nets.masked import causal_convolutions, masked_mlp
from gangame.nets.minibatch import MINIBATCH, MinibatchDeviation, MinibatchDiscrimination
from gangame.nets.mlp import ACTIVATIONS, INITIALIZERS, mlp
from gangame.nets.network import Network, from_linen
from gangame.nets.noise import Dropout, GaussianNoise
from gangame.nets.norms import NORMS, with_reference
from gangame.nets.precision import computed_in
from gangame.nets.recurrent import column_generator
from gangame.nets.residual import residual_discriminator, residual_generator, same_size_generator
from gangame.nets.resnet import resnet_discriminator, resnet_generator
from gangame.nets.spectral import spectrally_normalised
from gangame.nets.unet import patch_discriminator, unet
from gangame.nets.weight_norm import weight_normalised

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "MINIBATCH",
    "NORMS",
    "Dropout",
    "GaussianNoise",
    "MinibatchDeviation",
    "MinibatchDiscrimination",
    "Network",
    "causal_convolutions",
    "column_generator",
    "computed_in",
    "cosine_basis",
    "dcgan_discriminator",
    "dcgan_generator",
    "from_equinox",
    "from_linen",
    "from_nnx",
    "haar_basis",
    "image_classifier",
    "in_basis",
    "inception_v3",
    "infogan_networks",
    "masked_mlp",
    "mlp",
    "patch_discriminator",
    "residual_discriminator",
    "residual_generator",
    "resnet_discriminator",
    "resnet_generator",
    "same_size_generator",
    "spectrally_normalised",
    "unet",
    "weight_normalised",
    "with_reference",
]
