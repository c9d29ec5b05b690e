"""Networks from other libraries: Flax NNX and Equinox, imported only where one is used."""

from collections.abc import Callable
from typing import Any

import jax

from gangame.core import Array, Key, PyTree
from gangame.nets.network import Network


def from_nnx(make: Callable[[Any], Any]) -> Network:
    """Returns the network of a Flax NNX module.

    Args:
      make: `make(rngs) -> module`, given an `nnx.Rngs`; the module maps `[batch, ...]` to `[batch, ...]` and has no
        variables but its parameters, so no running averages and no dropout.

    Returns:
      The network; its parameters are the pure dictionary of the module's state.

    Raises:
      ValueError: the module has other variables.

    Source: https://flax.readthedocs.io/en/latest/nnx_basics.html

    Example:
      >>> from flax import nnx
      >>> import jax.numpy as jnp
      >>> network = from_nnx(lambda rngs: nnx.Linear(2, 3, rngs=rngs))
      >>> jax.eval_shape(lambda key: network.apply(network.init(key), jnp.ones((5, 2))), jax.random.key(0)).shape
      (5, 3)
    """
    from flax import nnx

    definition, *(abstract, others) = nnx.split(nnx.eval_shape(lambda: make(nnx.Rngs(0))), nnx.Param, ...)
    if paths := [".".join(map(str, path)) for path, _ in nnx.to_flat_state(others)]:
        raise ValueError(
            f"The module keeps {', '.join(paths)} besides its parameters; losses of a game have no memory, so use "
            "layers that compute what they need from the batch."
        )

    def init(key: Key) -> PyTree:
        return nnx.to_pure_dict(nnx.state(make(nnx.Rngs(key)), nnx.Param))

    def apply(parameters: PyTree, inputs: PyTree) -> Array:
        state = jax.tree.map(lambda leaf: leaf, abstract)  # a copy, to put the parameters into
        nnx.replace_by_pure_dict(state, parameters)
        return nnx.merge(definition, state)(inputs)

    return Network(init, apply)


def from_equinox(make: Callable[[Key], Any]) -> Network:
    """Returns the network of an Equinox module.

    Args:
      make: `make(key) -> module`, which maps one example, without the batch axis. Its arrays of floating point numbers
        are the parameters; it has no other arrays.

    Returns:
      The network; its parameters are nested dictionaries, by the names of the module's fields and the indices of its
      lists.

    Raises:
      ValueError: the module has other arrays.

    Source: Kidger & Garcia, "Equinox: neural networks in JAX via callable PyTrees and filtered transformations", 2021,
    https://arxiv.org/abs/2111.00254.

    Example:
      >>> import equinox
      >>> import jax.numpy as jnp
      >>> network = from_equinox(lambda key: equinox.nn.Linear(2, 3, key=key))
      >>> parameters = jax.eval_shape(network.init, jax.random.key(0))
      >>> sorted(parameters), jax.eval_shape(network.apply, parameters, jnp.ones((5, 2))).shape
      (['bias', 'weight'], (5, 3))
    """
    import equinox
    from flax.traverse_util import flatten_dict, unflatten_dict

    def is_parameter(leaf: Any) -> bool:
        return equinox.is_inexact_array(leaf) or (
            isinstance(leaf, jax.ShapeDtypeStruct) and jax.numpy.issubdtype(leaf.dtype, jax.numpy.inexact)
        )

    shapes, static = equinox.partition(equinox.filter_eval_shape(make, jax.random.key(0)), is_parameter)
    paths, structure = jax.tree_util.tree_flatten_with_path(shapes)
    names = [tuple(_name(entry) for entry in path) for path, _ in paths]
    if others := [leaf for leaf in jax.tree.leaves(static) if isinstance(leaf, jax.ShapeDtypeStruct)]:
        raise ValueError(
            f"The module has {len(others)} arrays that are no parameters; keep them out of it, so that all that it "
            "holds can be moved by a rule."
        )

    def init(key: Key) -> PyTree:
        leaves = jax.tree.leaves(equinox.filter(make(key), equinox.is_inexact_array))
        return unflatten_dict(dict(zip(names, leaves, strict=True)))

    def apply(parameters: PyTree, inputs: PyTree) -> Array:
        flat = flatten_dict(parameters)
        module = equinox.combine(jax.tree.unflatten(structure, [flat[name] for name in names]), static)
        return jax.vmap(module)(inputs)

    return Network(init, apply)


def _name(entry: Any) -> str:
    """Returns the name of a step into a tree: a field, a key, or an index."""
    return str(getattr(entry, "name", getattr(entry, "key", getattr(entry, "idx", entry))))
