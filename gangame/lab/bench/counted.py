"""The work of a step, as XLA counts it, with loops counted as often as they run."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jax.extend.core import ClosedJaxpr, Jaxpr, jaxpr_as_fun

# Counted after XLA's own passes, which drop what is computed twice or for nothing; machine code is not needed for it.
QUICK: dict[str, int | bool] = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


class Work(NamedTuple):
    """What one call does.

    Attributes:
      flops: floating-point operations.
      traffic: bytes read and written by the fused operations, as if no cache held any of them.
      open_loop: something repeats until a condition holds, as iterative solvers do, and one trip of it was counted.
    """

    flops: float
    traffic: float
    open_loop: bool


def work_of(function: Callable, *arguments: Any) -> Work:
    """Returns the work of one call; XLA counts the body of a loop once, so loops of known length are unrolled first.

    Args:
      function: any function of arrays; it is compiled and not run.
      *arguments: trees of arrays, or of their shapes.

    Example:
      >>> import jax.numpy as jnp
      >>> cube = lambda x: jax.lax.scan(lambda y, _: (y @ x, None), x, length=2)[0]
      >>> work_of(cube, jnp.ones((10, 10), "float32")).flops
      4000.0
    """
    traced = jax.make_jaxpr(function)(*arguments)
    flat = jaxpr_as_fun(ClosedJaxpr(_unrolled(traced.jaxpr), traced.consts))
    lowered = jax.jit(flat).lower(*jax.tree.leaves(arguments))
    options: Any = QUICK if jax.default_backend() == "cpu" else None
    counted: Any = lowered.compile(compiler_options=options).cost_analysis() or {}
    open_loop = " while[" in str(traced)
    return Work(float(counted.get("flops", 0.0)), float(counted.get("bytes accessed", 0.0)), open_loop)


def _unrolled(program: Jaxpr) -> Jaxpr:
    equations = []
    for equation in program.eqns:
        parameters = {name: _inside(each) for name, each in equation.params.items()}
        if equation.primitive.name == "scan":
            parameters["unroll"] = max(parameters["length"], 1)
        if "prevent_cse" in parameters:  # what a loop computes again must not be found to be the same once it is flat
            parameters["prevent_cse"] = True
        equations.append(equation.replace(params=parameters))
    return program.replace(eqns=equations)


def _inside(parameter: Any) -> Any:
    if isinstance(parameter, (tuple, list)) and any(isinstance(each, ClosedJaxpr) for each in parameter):
        return type(parameter)(_inside(each) for each in parameter)
    if isinstance(parameter, ClosedJaxpr):
        return ClosedJaxpr(_unrolled(parameter.jaxpr), parameter.consts)
    return _unrolled(parameter) if isinstance(parameter, Jaxpr) else parameter
