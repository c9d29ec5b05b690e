"""Samplers `(key, num_samples) -> batch`, and real data sets."""

from gangame.data.dots import Dots, dots
from gangame.data.embedded import Embedded, embedded
from gangame.data.gaussian import Gaussian, gaussian
from gangame.data.image_pairs import ImagePairs, image_pairs
from gangame.data.images import ImageSet, images, stream
from gangame.data.interpolation import slerp
from gangame.data.markov import MarkovChain, markov_chain
from gangame.data.mixtures import Mixture, grid, ring, scattered
from gangame.data.normals import quick_normal
from gangame.data.on_photos import on_photos
from gangame.data.pairs import Answers, Branching, answers, branching
from gangame.data.pixels import Images
from gangame.data.pyramid import from_laplacian_pyramid, laplacian_pyramid
from gangame.data.sequences import Sequences, SequenceSet, surnames, text
from gangame.data.sources import Facts
from gangame.data.sprites import Sprites, sprites
from gangame.data.stacked import Stacked, stacked
from gangame.data.stream import Stream
from gangame.data.streamed import Streamed, streamed

__all__ = [
    "Answers",
    "Branching",
    "Dots",
    "Embedded",
    "Facts",
    "Gaussian",
    "ImagePairs",
    "ImageSet",
    "Images",
    "MarkovChain",
    "Mixture",
    "SequenceSet",
    "Sequences",
    "Sprites",
    "Stacked",
    "Stream",
    "Streamed",
    "answers",
    "branching",
    "dots",
    "embedded",
    "from_laplacian_pyramid",
    "gaussian",
    "grid",
    "image_pairs",
    "images",
    "laplacian_pyramid",
    "markov_chain",
    "on_photos",
    "quick_normal",
    "ring",
    "scattered",
    "slerp",
    "sprites",
    "stacked",
    "stream",
    "streamed",
    "surnames",
    "text",
]
