"""Batch normalisation whose outputs do not depend on what else is in the batch: reference and virtual ones.

The first rows of the batch are the reference batch R, which goes through the network with the others and is normalised
by its own statistics; `with_reference` puts it there.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from gangame.core import Array, PyTree
from gangame.nets.network import Network
from gangame.nets.norms.batch import EPSILON, Norm


class ReferenceBatchNorm(Norm):
    """By the statistics of the reference batch, for everybody.

    Attributes:
      num_references: |R|, how many rows are the reference batch.

    Source: Goodfellow, "NIPS 2016 Tutorial: Generative Adversarial Networks", 2017, section 4.3,
    https://arxiv.org/abs/1701.00160.
    """

    num_references: int = 1

    def standardised(self, x: Array) -> Array:
        """Returns x̂ for `[|R| + batch, ..., channels]`."""
        mean, variance = _moments(x[: self.num_references], range(x.ndim - 1))
        return (x - mean) * lax.rsqrt(variance + EPSILON)


class VirtualBatchNorm(Norm):
    """Each example by the statistics of the virtual batch that it makes together with the reference batch.

    Mean and mean square are m = w m(x) + (1 − w) m_R and q = w q(x) + (1 − w) q_R, with w = 1/(|R| + 1) and m(x), q(x)
    over the places of the one example; the variance is q − m².

    Attributes:
      num_references: |R|, how many rows are the reference batch.

    Source: Salimans et al., "Improved Techniques for Training GANs", 2016, https://arxiv.org/abs/1606.03498.
    """

    num_references: int = 1

    def standardised(self, x: Array) -> Array:
        """Returns x̂ for `[|R| + batch, ..., channels]`."""
        reference, examples = x[: self.num_references], x[self.num_references :]
        mean_reference, variance_reference = _moments(reference, range(x.ndim - 1))
        mean_own, variance_own = _moments(examples, range(1, x.ndim - 1))
        weight = 1 / (self.num_references + 1)
        mean = weight * mean_own + (1 - weight) * mean_reference
        # q − m², written as a sum of squares: a difference would round variances of almost nothing below zero.
        variance = (
            weight * (variance_own + (mean_own - mean) ** 2)
            + (1 - weight) * (variance_reference + (mean_reference - mean) ** 2)
        )  # fmt: skip
        return jnp.concatenate([
            (reference - mean_reference) * lax.rsqrt(variance_reference + EPSILON),
            (examples - mean) * lax.rsqrt(variance + EPSILON),
        ])  # fmt: skip


def _moments(x: Array, axes: range) -> tuple[Array, Array]:
    mean = jnp.mean(x, axis=axes, keepdims=True)
    return mean, jnp.mean((x - mean) ** 2, axis=axes, keepdims=True)


def with_reference(network: Network, reference: PyTree) -> Network:
    """Returns the network that sees a reference batch before each batch, and shows its outputs for the latter only.

    The reference batch goes through the current parameters at each call, which costs as much as the batch itself, and
    gradients go through it too.

    Args:
      network: one with reference or virtual batch normalisation for as many references. Where features are those of
        a minibatch, it leaves out the references itself; see `examples`.
      reference: `[references, ...]`, or a pair (points, labels), whose labels are whole numbers or weights of the
        classes, whatever those of the inputs are; a leaf of the network, so no constant of compiled programs.

    Raises:
      ValueError: in the network, where only one of reference batch and inputs has labels.
    """
    return network.mapped(_beside, jax.tree.map(jnp.asarray, reference))


def _beside(function: Any, reference: PyTree, parameters: PyTree, inputs: PyTree, *key: Any, **keyed: Any) -> Array:
    if isinstance(reference, tuple) != isinstance(inputs, tuple):
        labelled = "reference batch" if isinstance(reference, tuple) else "input"
        raise ValueError(f"Only the {labelled} of this network has labels; give both as (points, labels), or neither.")
    if isinstance(reference, tuple):
        (first, first_labels), (points, labels) = reference, inputs
        together: PyTree = (
            _joined(first, points),
            _joined(_like(labels, first_labels), _like(first_labels, labels)),
        )
    else:
        points, together = inputs, _joined(reference, inputs)
    return function(parameters, together, *key, **keyed)[-len(points) :]


def _joined(first: Array, x: Array) -> Array:
    return jnp.concatenate([first.astype(x.dtype), x])


def _like(others: Array, labels: Array) -> Array:
    """Returns labels, one-hot where the others are weights `[batch, classes]`."""
    return jax.nn.one_hot(labels, others.shape[-1]) if labels.ndim < others.ndim else labels


def examples(rows: Array | None, num_references: int) -> Any:
    """Returns the rows of a batch behind those of its reference batch, `None` for `None`."""
    return None if rows is None else rows[num_references:]


def num_references(reference: PyTree) -> int:
    """Returns the size of a reference batch, 0 for `None`."""
    return 0 if reference is None else len(jax.tree.leaves(reference)[0])
