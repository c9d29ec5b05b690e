"""Many runs in one program: as many side by side as memory has room for, block after block."""

from collections.abc import Callable
from typing import Any

import jax
from jax import lax
from jax.extend.core import ClosedJaxpr, Jaxpr

CACHE = 2**25
"""Bytes of footprint that runs side by side may have on a CPU: beyond it they push each other out of its caches."""
NEAR = 2**20
"""The same of runs that do little with each number before they want the next: what a core has for itself."""


def devices() -> list[Any]:
    """Returns the devices of this process on which programs run that do not say where."""
    chosen = jax.config.jax_default_device  # type: ignore[attr-defined]
    if chosen is None or isinstance(chosen, str):
        return jax.local_devices(backend=chosen)
    return [chosen]


def side_by_side(needed: int, num_runs: int, cache: int | None = None) -> int:
    """Returns how many of `num_runs` runs of `needed` bytes to compute side by side, 1 or more.

    On devices that say how much memory they have they share a half of the smallest. On a CPU they share `cache` bytes,
    since a run whose arrays have to come from memory there takes up to twice as long as one alone.

    Args:
      needed: footprint of one run, in bytes.
      num_runs: how many there are, 1 or more.
      cache: what they may have on a CPU together, in bytes; None is `CACHE`.
    """
    limits = [(device.memory_stats() or {}).get("bytes_limit") for device in devices()]
    memory = min((limit // 2 for limit in limits if limit), default=CACHE if cache is None else cache)
    most = min(max(memory // max(needed, 1), 1), num_runs)
    blocks = -(-num_runs // most)
    return -(-num_runs // blocks)  # alike, since a last one of another size is compiled by itself


def in_blocks(function: Callable[..., Any], block: int) -> Callable[..., Any]:
    """Returns `function` mapped over the first axis of all its arguments, `block` entries side by side at a time.

    Memory is that of one block, and the program does not grow with the entries; each is the same, to rounding, as
    without blocks.
    """

    def mapped(*arguments: Any) -> Any:
        if block >= len(jax.tree.leaves(arguments)[0]):
            return jax.vmap(function)(*arguments)
        if block == 1:
            return lax.map(lambda each: function(*each), arguments)
        return lax.map(lambda each: function(*each), arguments, batch_size=block)

    return mapped


def footprint(function: Callable, *arguments: Any) -> int:
    """Returns the bytes of everything that one call reads and writes: its arguments and all intermediate results.

    An upper bound of what a compiler needs at once, since it keeps no elementwise intermediates and reuses what is no
    longer read. So the memory of n vmapped seeds is a + b n bytes, where b is at most the footprint of one seed's step
    (with GANs a third to a twentieth of it) and a, which is less than b, does not depend on n. The body of a loop
    counts once, what the loop stacks counts in full.

    Args:
      function: any function of arrays; it is traced only.
      *arguments: trees of arrays, or of their shapes.

    Example:
      >>> import jax.numpy as jnp
      >>> footprint(lambda x: x + 1, jnp.zeros(10, "float32"))
      80
    """
    program = jax.make_jaxpr(function)(*arguments).jaxpr
    return sum(_size(each) for each in program.invars) + _written(program)


def subprograms(parameter: Any) -> list[Jaxpr]:
    """Returns the programs in one parameter of an equation."""
    parts = parameter if isinstance(parameter, (tuple, list)) else (parameter,)
    opened = [part.jaxpr if isinstance(part, ClosedJaxpr) else part for part in parts]
    return [part for part in opened if isinstance(part, Jaxpr)]


def _written(program: Jaxpr) -> int:
    inner = sum(
        _written(part) for equation in program.eqns for each in equation.params.values() for part in subprograms(each)
    )
    return inner + sum(_size(each) for equation in program.eqns for each in equation.outvars)


def _size(variable: Any) -> int:
    shape = variable.aval
    return int(getattr(shape, "size", 0)) * int(getattr(getattr(shape, "dtype", None), "itemsize", 0))
