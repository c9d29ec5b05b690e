"""Normalisations by name."""

from collections.abc import Callable

from flax import linen

from gangame.core import Array, PyTree
from gangame.nets.network import Network
from gangame.nets.norms.batch import BatchNorm, Norm
from gangame.nets.norms.conditional import ConditionalBatchNorm
from gangame.nets.norms.example import GroupNorm, InstanceNorm, LayerNorm
from gangame.nets.norms.reference import ReferenceBatchNorm, VirtualBatchNorm, examples, num_references, with_reference
from gangame.nets.spectral import spectrally_normalised

NORMS: dict[str, type[linen.Module] | None] = {
    "none": None,
    "batch": BatchNorm,
    "reference": ReferenceBatchNorm,
    "virtual": VirtualBatchNorm,
    "layer": LayerNorm,
    "group": GroupNorm,
    "instance": InstanceNorm,
    "conditional": ConditionalBatchNorm,
    "spectral": None,  # of the kernels, not of what comes out
}

PLAIN_NORMS = tuple(name for name in NORMS if name not in ("reference", "virtual", "conditional"))
"""Those that need nothing but what they normalise."""

__all__ = [
    "NORMS",
    "PLAIN_NORMS",
    "BatchNorm",
    "ConditionalBatchNorm",
    "GroupNorm",
    "InstanceNorm",
    "LayerNorm",
    "Norm",
    "ReferenceBatchNorm",
    "VirtualBatchNorm",
    "check_norm",
    "check_plain_norm",
    "examples",
    "normalised",
    "num_references",
    "prepared",
    "with_reference",
]


def normalised(
    norm: str,
    x: Array,
    *,
    classes: Array | None = None,
    num_references: int = 0,
    scale_init: Callable = linen.initializers.ones,
) -> Array:
    """Returns what a new layer of a module makes of its input; to be called where the module is compact.

    Args:
      norm: one of `NORMS`.
      x: `[batch, ..., channels]`, the reference batch first where the norm has one.
      classes: one-hot, `[batch, classes]`, for "conditional".
      num_references: rows of the reference batch, for "reference" and "virtual".
      scale_init: how the scale starts.
    """
    layer = NORMS[norm]
    if layer is None:
        return x
    if issubclass(layer, (ReferenceBatchNorm, VirtualBatchNorm)):
        return layer(scale_init, num_references)(x)
    return layer(scale_init)(x) if norm != "conditional" else layer(scale_init)(x, classes)


def check_norm(norm: str, reference: PyTree = None, num_classes: int = 0) -> None:
    """Complains of a norm that there is not, or that misses what it needs.

    Args:
      norm: the name.
      reference: the reference batch, points or with classes a pair (points, labels), or `None`.
      num_classes: number of classes, 0 for no labels.

    Raises:
      ValueError: an unknown norm, a reference batch for a norm without one or none for one with, classes missing,
        labels missing in the reference batch or too many there.
    """
    if norm not in NORMS:
        raise ValueError(f"norm is {norm!r}; it has to be one of {', '.join(NORMS)}.")
    if (reference is not None) != (norm in ("reference", "virtual")):
        raise ValueError(
            f"norm is {norm!r} and there is {'no' if reference is None else 'a'} reference batch; give one to the "
            "norms 'reference' and 'virtual', and to no other."
        )
    if num_classes < 0:
        raise ValueError(f"num_classes is {num_classes}; it has to be 0, for no labels, or more.")
    if norm == "conditional" and not num_classes:
        raise ValueError("norm is 'conditional' and num_classes is 0; it needs the number of classes.")
    if reference is not None and isinstance(reference, tuple) != (num_classes > 0):
        raise ValueError(
            f"num_classes is {num_classes} and the reference batch has {'' if num_classes == 0 else 'no '}labels; it "
            "is a pair (points, labels) where there are classes, and points alone where there are none."
        )
    if isinstance(reference, tuple) and (len(reference) != 2 or len(reference[0]) != len(reference[1])):
        raise ValueError(
            f"The reference batch is a tuple of {', '.join(str(len(each)) for each in reference)} entries; it has to "
            "be a pair (points, labels), as many of one as of the other."
        )


def check_plain_norm(norm: str) -> None:
    """Complains of a norm for a network that takes neither a reference batch nor labels.

    Raises:
      ValueError: a norm which is not one of `PLAIN_NORMS`.
    """
    if norm not in PLAIN_NORMS:
        raise ValueError(
            f"norm is {norm!r}; it has to be one of {', '.join(PLAIN_NORMS)}: this network takes neither a reference "
            "batch nor labels."
        )


def prepared(network: Network, norm: str, reference: PyTree = None) -> Network:
    """Returns the network with what its norm wants outside of the layers: the reference batch, or divided kernels.

    Args:
      network: one whose layers have this norm.
      norm: one of `NORMS`.
      reference: the reference batch of "reference" and "virtual", or `None`.
    """
    network = network if reference is None else with_reference(network, reference)
    return spectrally_normalised(network) if norm == "spectral" else network
