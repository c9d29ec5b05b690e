"""Networks that were trained to name the classes of a set of images, and what they see in others."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, PyTree
from gangame.metrics import safetensors

FOLDER = Path(__file__).parent / "weights"
BLOCK = 500
"""Images at a time, which bounds the memory."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class FeatureNetwork:
    """A classifier of images; made by `feature_network`. Its parameters are leaves: programs get them as arguments.

    Attributes:
      parameters: of the network.
      network: a `nets.Network` from images to logits, and to features.
      shape: height, width and channels of an image.
      right: how many test images it names right, none of which it was trained on.
      tested: how many there were.
    """

    parameters: PyTree
    network: Any
    shape: tuple[int, int, int] = dataclasses.field(metadata={"static": True})
    right: int = dataclasses.field(metadata={"static": True})
    tested: int = dataclasses.field(metadata={"static": True})

    def logits(self, images: Array) -> Array:
        """Returns logits `[num_images, classes]` of images in [−1, 1], `[num_images, ...]`, also flat ones."""
        return self._of(self.network.apply, images)

    def features(self, images: Array) -> Array:
        """Returns what the last layer sees, `[num_images, features]`, 0 or more, for the metrics that compare sets."""
        return self._of(self.network.features, images)

    def probabilities(self, images: Array) -> Array:
        """Returns p(class | image), `[num_images, classes]`, as `inception_score` takes them."""
        return jax.nn.softmax(self.logits(images))

    def classes(self, images: Array) -> Array:
        """Returns the likeliest class of each image, `[num_images]`, int32."""
        return jnp.argmax(self.logits(images), axis=1).astype(jnp.int32)

    def _of(self, function: Callable[..., Array], images: Array) -> Array:
        images = jnp.asarray(images)
        if images.ndim < 2 or int(np.prod(images.shape[1:])) != int(np.prod(self.shape)):
            raise ValueError(
                f"Images have the shape {images.shape}; this network sees images of {self.shape}, so the shape has to "
                f"be {('num_images', *self.shape)}, or flat ones."
            )
        parameters = jax.tree.map(lambda each: each.astype(images.dtype), self.parameters)
        return jax.lax.map(
            lambda image: function(parameters, image[None])[0],
            images.reshape(-1, *self.shape),
            batch_size=BLOCK,
        )


def feature_network(name: str | Path) -> FeatureNetwork:
    """Returns the network that was trained on a set of images, to name and compare images of their kind.

    Where a metric asks for features, or for classes, these networks stand in for Inception, which knows photographs and
    no digits. Numbers from one network do not compare with those from another.

    Args:
      name: "digits", "mnist_5000" or "animals", the sets of `data.images` whose images for training it has seen; or the
        `Path` of a file that `experiments/feature_classifiers.py` has left, for another set.

    Raises:
      ValueError: an unknown name, or a file that is missing or damaged.

    Example:
      >>> import jax.numpy as jnp
      >>> network = feature_network("digits")
      >>> network.shape, network.features(jnp.zeros((3, 8, 8, 1))).shape
      ((8, 8, 1), (3, 64))
    """
    from gangame.nets import image_classifier  # brings a network library, which the other metrics do without

    shipped = sorted(path.stem for path in FOLDER.glob("*.safetensors"))
    if not isinstance(name, Path) and name not in shipped:
        raise ValueError(
            f"name is {name!r}; it has to be one of {', '.join(shipped)}, or the Path of a file of weights, which "
            "experiments/feature_classifiers.py makes for other sets."
        )
    path = name if isinstance(name, Path) else FOLDER / f"{name}.safetensors"
    try:
        arrays, texts = safetensors.read(path)
        about = json.loads(texts["network"])
        network = image_classifier(**about)
        right, tested = int(texts["right"]), int(texts["tested"])
    except OSError as error:
        raise ValueError(f"{path} could not be read: {error.strerror}; check the path.") from error
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} holds weights, but not of such a network: {error} is missing or unknown.") from error
    shape = (about["size"], about["size"], about["channels"])
    return FeatureNetwork(_nested(network, arrays, path), network, shape, right, tested)


def save(path: Path, about: dict[str, int], parameters: PyTree, right: int, tested: int, texts: dict[str, str]) -> None:
    """Writes the file of a network, its numbers in float16.

    Args:
      path: the file.
      about: arguments of `nets.image_classifier`.
      parameters: of that network.
      right: how many test images it names right.
      tested: how many there were.
      texts: what else has to be known, such as the set of images.
    """
    arrays = {name: np.asarray(leaf, np.float16) for name, leaf in _flat(parameters).items()}
    own = {"network": json.dumps(about), "right": str(right), "tested": str(tested)}
    safetensors.write(path, arrays, {**texts, **own})


def _flat(tree: PyTree) -> dict[str, Array]:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return {jax.tree_util.keystr(place, simple=True, separator="/"): leaf for place, leaf in leaves}


def _nested(network: Any, arrays: dict[str, np.ndarray], path: Path) -> PyTree:
    """Returns the parameters of a network from arrays by name."""
    like = jax.eval_shape(network.init, jax.random.key(0))
    wanted = {name: leaf.shape for name, leaf in _flat(like).items()}
    if wanted != {name: array.shape for name, array in arrays.items()}:
        raise ValueError(f"{path} holds other arrays than its network has parameters; make it again.")
    leaves = [jnp.asarray(arrays[name], jnp.result_type(float)) for name in wanted]
    return jax.tree.unflatten(jax.tree.structure(like), leaves)
