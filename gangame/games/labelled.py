"""What games with labelled images share: whose images they are, labels beside latents, and naming as a cost."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array, Batch, Key
from gangame.data import Images, ImageSet, images
from gangame.games.attacks import cross_entropy
from gangame.games.digits import SOURCES
from gangame.nets import Network


def set_of(source: str | ImageSet) -> ImageSet:
    """Returns the set of images that is meant.

    Args:
      source: a name in `SOURCES`, or a set of images.

    Raises:
      ValueError: an unknown name.
    """
    if isinstance(source, ImageSet):
        return source
    if not isinstance(source, str) or source not in SOURCES:
        raise ValueError(f"source is {source!r}; it has to be one of {', '.join(SOURCES)}, or a data.ImageSet.")
    return images(SOURCES[source])


def num_classes_of(found: ImageSet) -> int:
    """Returns how many classes a set has.

    Raises:
      ValueError: fewer than two, so that there is nothing to name.
    """
    facts = found.facts
    if len(facts.classes) < 2:
        raise ValueError(
            f"The images of {facts.name!r} have no classes (facts.classes names {', '.join(facts.classes) or 'none'}); "
            "give a set of two or more, such as data.images('digits'), 'mnist', 'cifar10', or a folder of folders."
        )
    return len(facts.classes)


def seen_by(networks: Any, found: ImageSet) -> tuple[Images, Images]:
    """Returns images for training and for testing as networks see them: as vectors where `None` makes perceptrons."""
    return (found.train.flat(), found.test.flat()) if networks is None else (found.train, found.test)


def check_classifier(network: Network, images: Images, num_classes: int) -> None:
    """Raises a ValueError unless a network that does not draw has one logit of images for each class."""
    if network.stochastic:
        raise ValueError("The network draws, and this game gives it no key; leave its noise and dropout out.")
    key = jax.random.key(0)
    named = jax.eval_shape(lambda key: network.apply(network.init(key), images(key, 2)), key).shape
    if named != (2, num_classes):
        raise ValueError(f"The network says {named[1:]} of an image; it needs {num_classes} logits, one a class.")


def naming_cost(logits: Array, labels: Array) -> Array:
    """Returns −E log p(label), a scalar, from logits of the classes `[batch, classes]` and labels `[batch]`."""
    return jnp.mean(cross_entropy(logits, labels))


def drawn(key: Key, parts: dict[str, Callable[[Key], Any]], stochastic: bool) -> Batch:
    """Returns a batch of parts, each drawn with a key of its own, and for networks that draw a key for each, `keys`.

    Args:
      key: all the randomness.
      parts: `draw(key)` of each part, by its name.
      stochastic: whether a network draws.
    """
    *keys, key_networks = jax.random.split(key, len(parts) + 1)
    batch: dict[str, Any] = {name: draw(own) for (name, draw), own in zip(parts.items(), keys, strict=True)}
    if stochastic:
        batch["keys"] = dict(zip(parts, jax.random.split(key_networks, len(parts)), strict=True))
    return batch
