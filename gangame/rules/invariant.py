"""What a loop would compute again and again, computed before it."""

from collections.abc import Callable

import jax
from jax.extend.core import ClosedJaxpr, Literal, jaxpr_as_fun

from gangame.core import PyTree


def held_fixed(function: Callable[[PyTree, PyTree], PyTree], held: PyTree, moving: PyTree) -> Callable:
    """Returns `moving -> function(held, moving)`, in which everything that depends on `held` alone is done already.

    For a function that a loop evaluates many times at one `held`. XLA moves some of such work out of a loop by itself,
    but not what belongs to it in the backward pass: the cotangents of an intermediate result that does not change in
    the loop can be added up there and pulled back once, and not in each trip. A GAN's samples G(z), while D learns, are
    such a result.

    The program is split where an equation of it reads `moving`, directly or through others; calls of compiled functions
    and loops are single equations. Differentiable as the function is.

    Args:
      function: `function(held, moving)`, without side effects.
      held: trees of arrays.
      moving: trees of the structure, shapes and dtypes that the loop will give.

    Example:
      >>> import jax.numpy as jnp
      >>> add_sine = held_fixed(lambda held, moving: jnp.sin(held) + moving, jnp.array(0.0), jnp.array(0.0))
      >>> print(add_sine(jnp.array(2.0)))
      2.0
    """
    traced, shape = jax.make_jaxpr(function, return_shape=True)(held, moving)
    program, known = traced.jaxpr, jax.tree.leaves(held)
    inputs_held, inputs_moving = program.invars[: len(known)], program.invars[len(known) :]
    moves, earlier, later = set(inputs_moving), [], []
    for equation in program.eqns:
        if any(not isinstance(each, Literal) and each in moves for each in equation.invars):
            moves.update(equation.outvars)
            later.append(equation)
        else:
            earlier.append(equation)
    read_later = [each for equation in later for each in equation.invars] + list(program.outvars)
    border = list(dict.fromkeys(each for each in read_later if not isinstance(each, Literal) and each not in moves))
    before = program.replace(invars=inputs_held, outvars=border, eqns=earlier)
    after = program.replace(constvars=[], invars=[*border, *inputs_moving], eqns=later)
    fixed = jaxpr_as_fun(ClosedJaxpr(before, traced.consts))(*known)

    def at(moving: PyTree) -> PyTree:
        results = jaxpr_as_fun(ClosedJaxpr(after, []))(*fixed, *jax.tree.leaves(moving))
        return jax.tree.unflatten(jax.tree.structure(shape), results)

    return at
