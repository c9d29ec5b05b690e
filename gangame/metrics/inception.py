"""Features of InceptionV3, for the FID that others report: with weights that the user has."""

import dataclasses
import zipfile
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, PyTree
from gangame.metrics import safetensors

BLOCK = 32
"""Images at a time, which bounds the memory."""
NAMES = {
    "kernel": "conv.weight",
    "scale": "bn.weight",
    "bias": "bn.bias",
    "mean": "bn.running_mean",
    "variance": "bn.running_var",
}
"""What the parameters of a convolution with its norm are called in PyTorch."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Inception:
    """InceptionV3 with its weights, which are leaves: programs get them as arguments; made by `inception_network`."""

    parameters: PyTree
    network: Any

    def features(self, images: Array) -> Array:
        """Returns features `[num_images, 2048]` of images `[num_images, height, width, 1 or 3]` in [−1, 1], for `fid`.

        Images are resized to 299×299, bilinearly, and without smoothing where they get smaller.

        Raises:
          ValueError: images of another shape.
        """
        if images.ndim != 4 or images.shape[-1] not in (1, 3):
            raise ValueError(
                f"Images have the shape {images.shape}; it has to be [num_images, height, width, channels], with 1 "
                "channel or 3."
            )

        def of_one(image: Array) -> Array:
            resized = jax.image.resize(image, (299, 299, image.shape[-1]), "bilinear", antialias=False)
            return self.network.features(self.parameters, jnp.broadcast_to(resized, (1, 299, 299, 3)))[0]

        return jax.lax.map(of_one, images.astype(jnp.float32), batch_size=BLOCK)

    def probabilities(self, images: Array) -> Array:
        """Returns p(class | image), `[num_images, 1008]`, of the same images, for `inception_score`.

        The last layer is without its bias, as in the code of Salimans et al. 2016 that the published scores come from.

        Raises:
          ValueError: images of another shape.
        """
        return jax.nn.softmax(self.features(images) @ self.parameters["fc"]["kernel"])


def inception_network(path: Path) -> Inception:
    """Returns InceptionV3 with the weights of a file, whose features make FID the number that others report.

    The standard weights are those of the file pt_inception-2015-12-05-6726825d.pth of pytorch-fid. With PyTorch they
    become a file that is read here, under the names that they have there:

        import numpy, torch
        weights = torch.load("pt_inception-2015-12-05-6726825d.pth", weights_only=True)
        numpy.savez("inception.npz", **{name: each.numpy() for name, each in weights.items()})

    Resizing is that of pytorch-fid as well. `fid` divides covariances by n − 1, as that does.

    Args:
      path: a file of safetensors, or an .npz of NumPy, which is read without unpickling.

    Raises:
      ValueError: a file that is missing, damaged, or holds other weights.
    """
    from gangame.nets import inception_v3  # brings a network library, which the other metrics do without

    network = inception_v3()
    like = jax.eval_shape(network.init, jax.random.key(0))
    return Inception(from_torch(_read(Path(path)), like, path), network)


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        return _read_npz(path) if path.suffix == ".npz" else safetensors.read(path)[0]
    except OSError as error:
        raise ValueError(f"{path} could not be read: {error.strerror}; check the path.") from error


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    with path.open("rb") as content:
        if not zipfile.is_zipfile(content):
            raise ValueError(f"{path} is damaged, or no .npz file.")
        content.seek(0)
        try:
            with np.load(content, allow_pickle=False) as file:
                return dict(file)
        except (ValueError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path} is damaged, or holds no plain arrays: {error}") from error


def from_torch(arrays: dict[str, np.ndarray], like: PyTree, path: Path) -> PyTree:
    """Returns parameters in float32 from arrays with the names and the order of axes of PyTorch.

    Args:
      arrays: by name; others than those that are needed are left alone.
      like: parameters of these shapes.
      path: the file, for the sentence that says what is wrong.

    Raises:
      ValueError: an array is missing, or has another shape.
    """

    def found(place: Any, leaf: jax.ShapeDtypeStruct) -> Array:
        *layers, kind = (each.key for each in place)
        own = {"kernel": "weight", "bias": "bias"} if layers == ["fc"] else NAMES
        name = ".".join([*layers, own[kind]])
        if name not in arrays:
            raise ValueError(f"{path} holds no {name}; it has to hold the weights of pytorch-fid, with their names.")
        array = arrays[name]
        if kind == "kernel":  # outputs, inputs, and then places; here the last two are inputs and outputs
            array = array.transpose(*range(2, array.ndim), 1, 0)
        if array.shape != leaf.shape:
            raise ValueError(f"{name} in {path} has the shape {arrays[name].shape}, which is not that of pytorch-fid.")
        return jnp.asarray(array, jnp.float32)

    return jax.tree_util.tree_map_with_path(found, like)
