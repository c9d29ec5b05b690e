"""What games with labelled images share: whose images they are, labels beside latents, and naming as a cost."""

from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.data import Images, ImageSet, images
from gangame.games.digits import SOURCES


def images_of(source: str | ImageSet, networks: Any) -> tuple[Images, int]:
    """Returns the images for training, and how many classes they have.

    Args:
      source: a name in `SOURCES`, or a set of images.
      networks: `None` where the game makes perceptrons, which see an image as a vector.

    Raises:
      ValueError: an unknown name.
    """
    if isinstance(source, str):
        if source not in SOURCES:
            raise ValueError(f"source is {source!r}; it has to be one of {', '.join(SOURCES)}, or a data.ImageSet.")
        source = images(SOURCES[source])
    return source.train.flat() if networks is None else source.train, len(source.facts.classes)


def check_strength(name: str, strength: Any) -> None:
    """Raises a ValueError where a strength is known and negative."""
    if not isinstance(strength, jax.core.Tracer) and not strength >= 0:
        raise ValueError(f"{name} is {strength}; it has to be 0 or more.")


def naming_cost(logits: Array, labels: Array) -> Array:
    """Returns −E log p(label), a scalar, from logits of the classes `[batch, classes]` and labels `[batch]`."""
    chosen = jnp.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(logits, axis=1) - chosen)


def drawing_keys(key: Key, names: list[str]) -> dict[str, Key]:
    """Returns a key for each part of a batch, for networks that draw."""
    return dict(zip(names, jax.random.split(key, len(names)), strict=True))
