"""Networks that compute in a short float type, with parameters in a long one."""

from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array, PyTree
from gangame.nets.network import Network


def computed_in(network: Network, dtype: str | None) -> Network:
    """Returns the network which computes in another float type: parameters and inputs are cast, outputs cast back.

    Parameters stay as they are, and so do their gradients, so small steps are not lost; the outputs have the float type
    of the parameters, and the losses are computed in it. Whole numbers, such as labels, are left alone.

    Args:
      network: any.
      dtype: "bfloat16", "float16", ..., or `None` to change nothing. float16 has a short range and may need a factor
        before the loss; bfloat16 does not.

    Raises:
      ValueError: no float type of this name.

    Example:
      >>> from gangame import nets
      >>> short = computed_in(nets.mlp(2, (8,), 1), "bfloat16")
      >>> jax.eval_shape(lambda key: short.apply(short.init(key), jnp.ones((1, 2))), jax.random.key(0)).dtype
      dtype('float32')
    """
    if dtype is None:
        return network
    if dtype not in ("bfloat16", "float16", "float32", "float64"):
        raise ValueError(f"dtype is {dtype!r}; it has to be bfloat16, float16, float32, float64, or None.")

    def evaluate(function: Any, parameters: PyTree, inputs: PyTree, *key: Any, **keyed: Any) -> Array:
        outputs = function(_cast(parameters, dtype), _cast(inputs, dtype), *key, **keyed)
        own = [leaf.dtype for leaf in jax.tree.leaves(parameters) if jnp.issubdtype(leaf.dtype, jnp.floating)]
        return outputs.astype(jnp.result_type(*own)) if own else outputs

    return network.mapped(evaluate)


def _cast(tree: PyTree, dtype: str) -> PyTree:
    return jax.tree.map(lambda leaf: leaf.astype(dtype) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf, tree)
